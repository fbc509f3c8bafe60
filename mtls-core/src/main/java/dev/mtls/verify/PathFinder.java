package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.profile.ProfileViolation;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.trust.X509Bundle;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Searches a path from a leaf to an authority, depth first, and has each validated until one holds.
 *
 * <p>The JDK's own builder is not used: it does not bound its work, and it ignores what the authority itself is constrained to.
 *
 * <p>Signatures are checked from the authorities down, so that no key is ever used that no authority vouches for: a stranger cannot
 * choose what a check costs, nor have more of them made than there are certificates in its chain and authorities of one name.
 */
final class PathFinder {
    static final int MAX_PATHS = 16;

    private final SpiffeId id;
    private final X509Bundle bundle;
    private final Revocation revocation;
    private final X509Certificate leaf;
    private final List<X509Certificate> intermediates = new ArrayList<>();
    private final ValidityCheck validity;
    private final SignatureChecks signatures = new SignatureChecks();
    private final Set<X509Certificate> vouchedFor = new HashSet<>();
    private final List<X509Certificate> path = new ArrayList<>();
    private int paths;
    private @Nullable PathRejection firstRejection;

    /** One that bears the name of a certificate's issuer. */
    private record Candidate(X509Certificate certificate, boolean isAuthority) {}

    PathFinder(
            SpiffeId id,
            X509Bundle bundle,
            List<X509CRL> crls,
            List<X509Certificate> presented,
            ValidityCheck validity) {
        this.id = id;
        this.bundle = bundle;
        this.revocation = new Revocation(crls, validity);
        this.leaf = presented.get(0);
        this.validity = validity;
        for (X509Certificate certificate : presented.subList(1, presented.size())) {
            if (!bundle.authorities().contains(certificate)) {
                intermediates.add(certificate);
            }
        }
    }

    VerifiedPeer find() throws PathRejection {
        validity.check(leaf);
        path.add(leaf);
        VerifiedPeer found;
        try {
            vouch();
            found = extend(leaf);
        } catch (PathRejection exhausted) {
            // A path that does not hold says more than how many others there are.
            throw firstRejection == null ? exhausted : firstRejection;
        }
        if (found != null) {
            return found;
        }
        if (firstRejection != null) {
            throw firstRejection;
        }
        throw new PathRejection(
                FailureReason.UNKNOWN_AUTHORITY,
                "no path leads from its " + SvidProfile.name(leaf) + ", issued by \"" + leaf.getIssuerX500Principal()
                        + "\", to one of the " + bundle.authorities().size() + " authorities of " + bundle.trustDomain()
                        + "; was the root rotated, is the bundle out of date, or is an intermediate missing?");
    }

    int signatureChecks() {
        return signatures.count();
    }

    /** Finds the intermediates that an authority has signed, or another of them. */
    private void vouch() throws PathRejection {
        boolean more = true;
        while (more) {
            more = false;
            for (X509Certificate intermediate : intermediates) {
                if (!vouchedFor.contains(intermediate) && hasIssuer(intermediate)) {
                    vouchedFor.add(intermediate);
                    more = true;
                }
            }
        }
    }

    private boolean hasIssuer(X509Certificate certificate) throws PathRejection {
        for (Candidate candidate : candidates(certificate)) {
            if (signatures.isSignedBy(certificate, candidate.certificate())) {
                return true;
            }
        }
        return false;
    }

    private @Nullable VerifiedPeer extend(X509Certificate last) throws PathRejection {
        for (Candidate candidate : candidates(last)) {
            X509Certificate issuer = candidate.certificate();
            if (!isInPath(issuer) && signatures.isSignedBy(last, issuer)) {
                VerifiedPeer found = candidate.isAuthority() ? tryPath(issuer) : extendThrough(issuer);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /**
     * Authorities, and intermediates that one vouches for, that bear the issuer's name: those with the right key identifier first, and
     * authorities before intermediates.
     */
    private List<Candidate> candidates(X509Certificate certificate) {
        byte[] signer = KeyIdentifiers.ofIssuer(certificate);
        Map<KeyIdentifiers.Match, List<Candidate>> byMatch = new EnumMap<>(KeyIdentifiers.Match.class);
        for (X509Certificate authority : bundle.authorities()) {
            addIfNamed(byMatch, certificate, signer, new Candidate(authority, true));
        }
        for (X509Certificate intermediate : intermediates) {
            if (vouchedFor.contains(intermediate)) {
                addIfNamed(byMatch, certificate, signer, new Candidate(intermediate, false));
            }
        }
        List<Candidate> candidates = new ArrayList<>();
        byMatch.values().forEach(candidates::addAll);
        return candidates;
    }

    private static void addIfNamed(
            Map<KeyIdentifiers.Match, List<Candidate>> byMatch,
            X509Certificate certificate,
            byte @Nullable [] signer,
            Candidate candidate) {
        X509Certificate issuer = candidate.certificate();
        if (certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            byMatch.computeIfAbsent(KeyIdentifiers.match(signer, issuer), match -> new ArrayList<>())
                    .add(candidate);
        }
    }

    /** A path through the same name and key twice has a shorter one in it that is as good. */
    private boolean isInPath(X509Certificate issuer) {
        for (X509Certificate certificate : path) {
            if (certificate.getSubjectX500Principal().equals(issuer.getSubjectX500Principal())
                    && certificate.getPublicKey().equals(issuer.getPublicKey())) {
                return true;
            }
        }
        return false;
    }

    private @Nullable VerifiedPeer extendThrough(X509Certificate signing) throws PathRejection {
        try {
            validity.check(signing);
            SvidProfile.checkSigning(signing, id.trustDomain());
        } catch (ProfileViolation e) {
            reject(e);
            return null;
        } catch (PathRejection e) {
            reject(e);
            return null;
        }
        path.add(signing);
        VerifiedPeer found = extend(signing);
        path.remove(path.size() - 1);
        return found;
    }

    private @Nullable VerifiedPeer tryPath(X509Certificate authority) throws PathRejection {
        if (++paths > MAX_PATHS) {
            throw new PathRejection(
                    FailureReason.CHAIN_TOO_LARGE, "none of its first " + MAX_PATHS + " paths to an authority holds");
        }
        try {
            validity.check(authority);
            SvidProfile.checkAuthority(authority, id.trustDomain());
            PathValidation.validate(path, authority, validity.momentWithin(path, authority));
            revocation.check(path, authority);
        } catch (ProfileViolation e) {
            reject(e);
            return null;
        } catch (PathRejection e) {
            reject(e);
            return null;
        }
        return new VerifiedPeer(id, path, authority, ValidityCheck.end(path, authority));
    }

    private void reject(ProfileViolation violation) {
        reject(new PathRejection(violation.reason(), violation.getMessage(), violation));
    }

    private void reject(PathRejection rejection) {
        if (firstRejection == null) {
            firstRejection = rejection;
        }
    }
}
