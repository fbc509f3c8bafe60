package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * RFC 5280 §6 for one given path: the JDK's validation, and beside it what the JDK does not apply of the authority itself (its path
 * length and its name constraints).
 */
final class PathValidation {
    private static final String NAME_CONSTRAINTS = "2.5.29.30";

    private PathValidation() {}

    static void validate(List<X509Certificate> path, X509Certificate authority, Instant now) throws PathRejection {
        checkPathLength(path, authority);
        try {
            CertPath certPath = CertificateFactory.getInstance("X.509").generateCertPath(path);
            TrustAnchor anchor = new TrustAnchor(authority, nameConstraints(authority));
            PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(latestStart(path, now)));
            CertPathValidator.getInstance("PKIX").validate(certPath, parameters);
        } catch (CertPathValidatorException e) {
            throw new PathRejection(reason(e), describe(e, path), e);
        } catch (GeneralSecurityException e) {
            throw new PathRejection(FailureReason.INVALID_PATH, "its path cannot be validated: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // The JDK's validator throws NullPointerException where a URI name constraint meets a trust domain that is
            // no host name.
            if (!hasNameConstraints(path, authority)) {
                throw new PathRejection(FailureReason.INVALID_PATH, "its path cannot be validated: " + e, e);
            }
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    "a CA is constrained to certain names, and its trust domain, which is not a host name, cannot be compared with them",
                    e);
        }
    }

    /** A certificate that the tolerance let through although it is not valid yet must not fail here. */
    private static Instant latestStart(List<X509Certificate> path, Instant now) {
        Instant latest = now;
        for (X509Certificate certificate : path) {
            Instant notBefore = certificate.getNotBefore().toInstant();
            latest = notBefore.isAfter(latest) ? notBefore : latest;
        }
        return latest;
    }

    private static void checkPathLength(List<X509Certificate> path, X509Certificate authority) throws PathRejection {
        int below = 0;
        for (X509Certificate signing : path.subList(1, path.size())) {
            if (!signing.getSubjectX500Principal().equals(signing.getIssuerX500Principal())) {
                below++;
            }
        }
        // Integer.MAX_VALUE where it is not limited.
        if (below > authority.getBasicConstraints()) {
            throw new PathRejection(
                    FailureReason.INVALID_PATH,
                    "the authority allows " + authority.getBasicConstraints() + " intermediates below it (seen: "
                            + below + ")");
        }
    }

    /** The extension's value without the octet string around it. */
    private static byte @Nullable [] nameConstraints(X509Certificate authority) {
        byte[] value = authority.getExtensionValue(NAME_CONSTRAINTS);
        if (value == null) {
            return null;
        }
        int lengthOctets = (value[1] & 0x80) == 0 ? 1 : 1 + (value[1] & 0x7f);
        return Arrays.copyOfRange(value, 1 + lengthOctets, value.length);
    }

    private static boolean hasNameConstraints(List<X509Certificate> path, X509Certificate authority) {
        return authority.getExtensionValue(NAME_CONSTRAINTS) != null
                || path.stream().anyMatch(certificate -> certificate.getExtensionValue(NAME_CONSTRAINTS) != null);
    }

    private static FailureReason reason(CertPathValidatorException e) {
        if (e.getReason() == PKIXReason.INVALID_NAME
                || String.valueOf(e.getMessage()).contains("name constraints")) {
            return FailureReason.NAME_CONSTRAINTS;
        }
        if (e.getReason() == CertPathValidatorException.BasicReason.ALGORITHM_CONSTRAINED) {
            return FailureReason.UNSUPPORTED_ALGORITHM;
        }
        return FailureReason.INVALID_PATH;
    }

    private static String describe(CertPathValidatorException e, List<X509Certificate> path) {
        String which = e.getIndex() < 0 ? "its path" : SvidProfile.name(path.get(e.getIndex()));
        return which + " breaks a rule of RFC 5280: " + e.getMessage();
    }
}
