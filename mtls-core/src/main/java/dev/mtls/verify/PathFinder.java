package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.profile.ProfileViolation;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Searches a path from a leaf to an authority, depth first, and has each validated until one holds.
 *
 * <p>The JDK's own builder is not used: it does not bound its work, and it ignores what the authority itself is constrained to.
 */
final class PathFinder {
    /** Signature checks of one search; an honest chain takes one per certificate and one more per authority of the same name. */
    static final int MAX_SIGNATURE_CHECKS = 64;

    static final int MAX_PATHS = 16;

    private final SpiffeId id;
    private final X509Bundle bundle;
    private final Revocation revocation;
    private final List<X509Certificate> presented;
    private final ValidityCheck validity;
    private final List<X509Certificate> path = new ArrayList<>();
    private int signatureChecks;
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
        this.presented = presented;
        this.validity = validity;
    }

    VerifiedPeer find() throws PathRejection {
        X509Certificate leaf = presented.get(0);
        validity.check(leaf);
        path.add(leaf);
        VerifiedPeer found = extend(leaf);
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
        return signatureChecks;
    }

    private @Nullable VerifiedPeer extend(X509Certificate last) throws PathRejection {
        for (Candidate candidate : candidates(last)) {
            X509Certificate issuer = candidate.certificate();
            if (isAcceptable(candidate) && isSignedBy(last, issuer)) {
                VerifiedPeer found = candidate.isAuthority() ? tryPath(issuer) : extendThrough(issuer);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** Whoever bears the issuer's name, those with the right key identifier first; authorities before what the peer presented. */
    private List<Candidate> candidates(X509Certificate certificate) {
        byte[] signer = KeyIdentifiers.ofIssuer(certificate);
        Map<KeyIdentifiers.Match, List<Candidate>> byMatch = new EnumMap<>(KeyIdentifiers.Match.class);
        for (X509Certificate authority : bundle.authorities()) {
            addIfNamed(byMatch, certificate, signer, new Candidate(authority, true));
        }
        if (path.size() < X509Svid.MAX_CHAIN_LENGTH) {
            for (X509Certificate issuer : presented.subList(1, presented.size())) {
                addIfNamed(byMatch, certificate, signer, new Candidate(issuer, false));
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

    /** What need not, or must not, be asked whether its key has signed. */
    private boolean isAcceptable(Candidate candidate) {
        X509Certificate issuer = candidate.certificate();
        if (!candidate.isAuthority()
                && (isInPath(issuer) || bundle.authorities().contains(issuer))) {
            return false;
        }
        try {
            SvidProfile.checkKey(issuer);
            return true;
        } catch (ProfileViolation e) {
            reject(e);
            return false;
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

    private boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) throws PathRejection {
        if (++signatureChecks > MAX_SIGNATURE_CHECKS) {
            throw exhausted("no path was found within " + MAX_SIGNATURE_CHECKS + " signature checks");
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            // Another key of the same name: what a bundle holds while its root rotates.
            return false;
        }
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
            throw exhausted("none of its first " + MAX_PATHS + " paths to an authority holds");
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

    /** An honest path that does not hold says more than how many others there are. */
    private PathRejection exhausted(String what) {
        return firstRejection != null
                ? firstRejection
                : new PathRejection(FailureReason.CHAIN_TOO_LARGE, what + "; its chain has too many alternatives");
    }
}
