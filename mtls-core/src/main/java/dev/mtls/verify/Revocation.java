package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.SignatureException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies the CRLs of a snapshot to every certificate of a path.
 *
 * <p>A CRL applies to the certificates of the issuer whose name it bears <em>and</em> whose key signed it: SPIRE gives its CAs the
 * same name in every trust domain. Without a CRL of its issuer a certificate is not revoked. With one, it must not be listed in any,
 * each must be of a kind that is understood, and one must be current; else its status is unknown, and it is refused.
 *
 * <p>CRLs come from the snapshot alone: nothing is fetched, and a peer cannot present any.
 */
final class Revocation {
    private static final int CRL_SIGN = 6;
    private static final String DELTA_CRL_INDICATOR = "2.5.29.27";
    private static final String ISSUING_DISTRIBUTION_POINT = "2.5.29.28";

    private final List<X509CRL> crls;
    private final ValidityCheck validity;

    Revocation(List<X509CRL> crls, ValidityCheck validity) {
        this.crls = crls;
        this.validity = validity;
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
        List<X509CRL> applying = new ArrayList<>();
        for (X509CRL crl : crls) {
            if (isSignedBy(crl, issuer, certificate)) {
                applying.add(crl);
            }
        }
        for (X509CRL crl : applying) {
            if (crl.isRevoked(certificate)) {
                throw new PathRejection(
                        FailureReason.REVOKED,
                        SvidProfile.name(certificate) + " is revoked by the CRL of "
                                + crl.getThisUpdate().toInstant());
            }
        }
        for (X509CRL crl : applying) {
            checkKind(crl, issuer, certificate);
        }
        if (!applying.isEmpty() && applying.stream().noneMatch(this::isCurrent)) {
            X509CRL crl = applying.get(0);
            throw unknown(
                    certificate,
                    "is of " + crl.getThisUpdate().toInstant() + " and was due for renewal at "
                            + (crl.getNextUpdate() == null
                                    ? "no stated time"
                                    : crl.getNextUpdate().toInstant()) + " (now: "
                            + validity.now() + ")");
        }
    }

    /** What is not a complete list of all of the issuer's certificates is not ignored: it may be there to say more. */
    private static void checkKind(X509CRL crl, X509Certificate issuer, X509Certificate certificate)
            throws PathRejection {
        boolean @Nullable [] usage = issuer.getKeyUsage();
        if (usage != null && !usage[CRL_SIGN]) {
            throw unknown(certificate, "comes from an issuer that may not sign CRLs (expected: key usage cRLSign)");
        }
        @Nullable Set<String> critical = crl.getCriticalExtensionOIDs();
        if ((critical != null && !critical.isEmpty())
                || crl.getExtensionValue(DELTA_CRL_INDICATOR) != null
                || crl.getExtensionValue(ISSUING_DISTRIBUTION_POINT) != null) {
            throw unknown(
                    certificate,
                    "is a delta, indirect or partial CRL, or has critical extensions " + critical
                            + " (expected: a complete CRL)");
        }
        if (!SvidProfile.isStrongSignature(crl.getSigAlgOID(), crl.getSigAlgParams())) {
            throw unknown(certificate, "is signed with " + crl.getSigAlgName() + " (expected: SHA-256 or better)");
        }
    }

    private boolean isCurrent(X509CRL crl) {
        Instant now = validity.now();
        return crl.getNextUpdate() != null
                && !now.isAfter(crl.getNextUpdate().toInstant())
                && !now.plus(validity.notBeforeTolerance())
                        .isBefore(crl.getThisUpdate().toInstant());
    }

    private static boolean isSignedBy(X509CRL crl, X509Certificate issuer, X509Certificate certificate)
            throws PathRejection {
        if (!crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            crl.verify(issuer.getPublicKey());
            return true;
        } catch (SignatureException | InvalidKeyException e) {
            // Another authority of the same name.
            return false;
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new PathRejection(
                    FailureReason.REVOCATION_UNKNOWN,
                    "a CRL in the name of the issuer of " + SvidProfile.name(certificate) + " cannot be verified: " + e,
                    e);
        }
    }

    private static PathRejection unknown(X509Certificate certificate, String why) {
        return new PathRejection(
                FailureReason.REVOCATION_UNKNOWN,
                "the CRL of the issuer of " + SvidProfile.name(certificate) + " " + why);
    }
}
