package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies the CRLs of a snapshot to every certificate of a path.
 *
 * <p>A CRL applies to the certificates of the issuer whose name it bears <em>and</em> whose key signed it: SPIRE gives its CAs the
 * same name in every trust domain. Without a CRL of its issuer a certificate is not revoked; with one that is stale or of an
 * unsupported kind its status is unknown, and it is refused.
 */
final class Revocation {
    private static final int CRL_SIGN = 6;

    private final List<X509CRL> crls;
    private final Instant now;

    Revocation(List<X509CRL> crls, Instant now) {
        this.crls = crls;
        this.now = now;
    }

    void check(List<X509Certificate> path, X509Certificate authority) throws PathRejection {
        if (crls.isEmpty()) {
            return;
        }
        for (int i = 0; i < path.size(); i++) {
            check(path.get(i), i + 1 < path.size() ? path.get(i + 1) : authority);
        }
    }

    private void check(X509Certificate certificate, X509Certificate issuer) throws PathRejection {
        for (X509CRL crl : crls) {
            if (isSignedBy(crl, issuer)) {
                check(certificate, crl);
            }
        }
    }

    private void check(X509Certificate certificate, X509CRL crl) throws PathRejection {
        if (crl.isRevoked(certificate)) {
            throw new PathRejection(
                    FailureReason.REVOKED,
                    SvidProfile.name(certificate) + " is revoked by the CRL of "
                            + crl.getThisUpdate().toInstant());
        }
        if (crl.hasUnsupportedCriticalExtension() || !isEmpty(crl.getCriticalExtensionOIDs())) {
            throw new PathRejection(
                    FailureReason.REVOCATION_UNKNOWN,
                    "a CRL of the issuer of " + SvidProfile.name(certificate)
                            + " has critical extensions (delta and indirect CRLs are not supported); publish a complete CRL");
        }
        if (crl.getNextUpdate() == null || now.isAfter(crl.getNextUpdate().toInstant())) {
            throw new PathRejection(
                    FailureReason.REVOCATION_UNKNOWN,
                    "the CRL of the issuer of " + SvidProfile.name(certificate) + " was due for renewal at "
                            + (crl.getNextUpdate() == null
                                    ? "no stated time"
                                    : crl.getNextUpdate().toInstant()) + " (now: " + now + ")");
        }
    }

    private static boolean isSignedBy(X509CRL crl, X509Certificate issuer) {
        boolean @Nullable [] usage = issuer.getKeyUsage();
        if (!crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
                || (usage != null && !usage[CRL_SIGN])) {
            return false;
        }
        try {
            crl.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            // Another authority of the same name.
            return false;
        }
    }

    private static boolean isEmpty(@Nullable Set<String> oids) {
        return oids == null || oids.isEmpty();
    }
}
