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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Searches a path from a leaf to an authority, depth first, and has each validated until one holds.
 *
 * <p>The JDK's own builder is not used: it does not bound its work, and it ignores what the authority itself is constrained to.
 */
final class PathFinder {
    /** Signature checks of one search; an honest chain takes one per certificate and one more per authority of the same name. */
    private static final int MAX_SIGNATURE_CHECKS = 64;

    private static final int MAX_PATHS = 16;

    private final SpiffeId id;
    private final X509Bundle bundle;
    private final Revocation revocation;
    private final List<X509Certificate> presented;
    private final ValidityCheck validity;
    private final List<X509Certificate> path = new ArrayList<>();
    private int signatureChecks;
    private int paths;
    private @Nullable PathRejection firstRejection;

    PathFinder(
            SpiffeId id,
            X509Bundle bundle,
            List<X509CRL> crls,
            List<X509Certificate> presented,
            ValidityCheck validity) {
        this.id = id;
        this.bundle = bundle;
        this.revocation = new Revocation(crls, validity.now());
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
                "no path leads from its certificate to one of the "
                        + bundle.authorities().size() + " authorities of " + bundle.trustDomain()
                        + "; was the root rotated, or is the bundle out of date?");
    }

    private @Nullable VerifiedPeer extend(X509Certificate last) throws PathRejection {
        for (X509Certificate authority : bundle.authorities()) {
            if (isIssuedBy(last, authority)) {
                VerifiedPeer found = tryPath(authority);
                if (found != null) {
                    return found;
                }
            }
        }
        if (path.size() >= X509Svid.MAX_CHAIN_LENGTH) {
            return null;
        }
        for (X509Certificate issuer : presented.subList(1, presented.size())) {
            if (path.contains(issuer) || bundle.authorities().contains(issuer) || !isIssuedBy(last, issuer)) {
                continue;
            }
            path.add(issuer);
            VerifiedPeer found = extend(issuer);
            if (found != null) {
                return found;
            }
            path.remove(path.size() - 1);
        }
        return null;
    }

    private boolean isIssuedBy(X509Certificate certificate, X509Certificate issuer) throws PathRejection {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
                || !KeyIdentifiers.mayBeIssuerOf(issuer, certificate)) {
            return false;
        }
        if (++signatureChecks > MAX_SIGNATURE_CHECKS) {
            throw new PathRejection(
                    FailureReason.CHAIN_TOO_LARGE,
                    "no path was found within " + MAX_SIGNATURE_CHECKS
                            + " signature checks; its chain has too many alternatives");
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            // Another key of the same name: what a bundle holds while its root rotates.
            return false;
        }
    }

    private @Nullable VerifiedPeer tryPath(X509Certificate authority) throws PathRejection {
        if (++paths > MAX_PATHS) {
            throw new PathRejection(
                    FailureReason.CHAIN_TOO_LARGE, "none of its first " + MAX_PATHS + " paths to an authority holds");
        }
        try {
            validate(authority);
        } catch (PathRejection e) {
            if (firstRejection == null) {
                firstRejection = e;
            }
            return null;
        }
        Instant validUntil = authority.getNotAfter().toInstant();
        for (X509Certificate certificate : path) {
            Instant notAfter = certificate.getNotAfter().toInstant();
            validUntil = notAfter.isBefore(validUntil) ? notAfter : validUntil;
        }
        return new VerifiedPeer(id, path, authority, validUntil);
    }

    private void validate(X509Certificate authority) throws PathRejection {
        validity.check(authority);
        for (X509Certificate signing : path.subList(1, path.size())) {
            validity.check(signing);
            try {
                SvidProfile.checkSigning(signing, id.trustDomain());
            } catch (ProfileViolation e) {
                throw new PathRejection(e.reason(), e.getMessage(), e);
            }
        }
        PathValidation.validate(path, authority, validity.now());
        revocation.check(path, authority);
    }
}
