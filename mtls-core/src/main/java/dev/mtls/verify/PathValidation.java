package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * RFC 5280 §6 for one given path: the JDK's validation, and beside it what the JDK does not apply of the authority itself (its
 * critical extensions, path length and name constraints).
 */
final class PathValidation {
    private static final String PROVIDER = "SUN";

    /** What is understood of an authority: basic constraints, both key usages, alternative names, name constraints, policies. */
    private static final Set<String> UNDERSTOOD =
            Set.of("2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.30", "2.5.29.32");

    private PathValidation() {}

    static void validate(List<X509Certificate> path, X509Certificate authority, Instant now) throws PathRejection {
        checkCriticalExtensions(authority);
        checkPathLength(path, authority);
        NameConstraints.check(path, authority);
        try {
            CertPath certPath =
                    CertificateFactory.getInstance("X.509", PROVIDER).generateCertPath(path);
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
            parameters.setRevocationEnabled(false);
            // Policies play no part, and mapping them is what makes their number grow with each certificate.
            parameters.setPolicyMappingInhibited(true);
            parameters.setDate(Date.from(latestStart(path, now)));
            CertPathValidator.getInstance("PKIX", PROVIDER).validate(certPath, parameters);
        } catch (CertPathValidatorException e) {
            throw new PathRejection(reason(e), describe(e, path), e);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new PathRejection(FailureReason.INVALID_PATH, "its path cannot be validated: " + e, e);
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

    private static void checkCriticalExtensions(X509Certificate authority) throws PathRejection {
        @Nullable Set<String> critical = authority.getCriticalExtensionOIDs();
        if (critical != null && !UNDERSTOOD.containsAll(critical)) {
            throw new PathRejection(
                    FailureReason.INVALID_PATH,
                    "the authority, " + SvidProfile.name(authority)
                            + ", has critical extensions that are not understood: " + critical);
        }
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
                    "the authority, " + SvidProfile.name(authority) + ", allows " + authority.getBasicConstraints()
                            + " intermediates below it (seen: " + below + ")");
        }
    }

    private static FailureReason reason(CertPathValidatorException e) {
        CertPathValidatorException.Reason reason = e.getReason();
        if (reason == PKIXReason.INVALID_NAME) {
            return FailureReason.NAME_CONSTRAINTS;
        }
        if (reason == BasicReason.ALGORITHM_CONSTRAINED) {
            return FailureReason.UNSUPPORTED_ALGORITHM;
        }
        return reason == BasicReason.EXPIRED ? FailureReason.EXPIRED : FailureReason.INVALID_PATH;
    }

    private static String describe(CertPathValidatorException e, List<X509Certificate> path) {
        String which = e.getIndex() < 0 ? "its path" : SvidProfile.name(path.get(e.getIndex()));
        return which + " breaks a rule of RFC 5280: " + e.getMessage();
    }
}
