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
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * RFC 5280 §6 for one given path. Every link of it is validated by the JDK (signature, the algorithms that the JDK's security
 * properties disable, critical extensions); what goes through the whole path is done here, the authority included, of which the JDK
 * takes no more than name and key: critical extensions, path length, name constraints.
 *
 * <p>The JDK is not given the path whole because it cannot: name constraints that are narrowed further down throw unchecked
 * exceptions in it where they leave nothing of a kind of URI.
 *
 * <p>Certificate policies play no part in SPIFFE and are not processed. A CA that requires them is refused.
 */
final class PathValidation {
    private static final String PROVIDER = "SUN";
    private static final String POLICY_CONSTRAINTS = "2.5.29.36";

    /** What is understood of an authority: basic constraints, both key usages, alternative names, name constraints, policies. */
    private static final Set<String> UNDERSTOOD =
            Set.of("2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.30", "2.5.29.32");

    private PathValidation() {}

    /**
     * Validates the path.
     *
     * @param moment when all of it is valid
     */
    static void validate(List<X509Certificate> path, X509Certificate authority, Instant moment) throws PathRejection {
        checkCriticalExtensions(authority);
        checkPathLength(path, authority);
        NameConstraints.check(path, authority);
        for (int i = path.size() - 1; i >= 0; i--) {
            checkNoPolicyConstraints(path.get(i));
            checkLink(path.get(i), i == path.size() - 1 ? authority : path.get(i + 1), moment);
        }
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
        X509Certificate limiting = authority;
        // Integer.MAX_VALUE where it is not limited.
        int left = authority.getBasicConstraints();
        for (int i = path.size() - 1; i > 0; i--) {
            X509Certificate signing = path.get(i);
            if (!isSelfIssued(signing) && left-- <= 0) {
                throw new PathRejection(
                        FailureReason.INVALID_PATH,
                        SvidProfile.name(limiting) + " allows " + limiting.getBasicConstraints()
                                + " intermediates below it, and there are more");
            }
            if (signing.getBasicConstraints() < left) {
                limiting = signing;
                left = signing.getBasicConstraints();
            }
        }
    }

    /** A CA's certificate for itself, such as for its next key: it does not count where RFC 5280 §6 limits those below a CA. */
    static boolean isSelfIssued(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    private static void checkNoPolicyConstraints(X509Certificate certificate) throws PathRejection {
        if (certificate.getExtensionValue(POLICY_CONSTRAINTS) != null) {
            throw new PathRejection(
                    FailureReason.INVALID_PATH,
                    SvidProfile.name(certificate) + " demands certificate policies, which are not supported");
        }
    }

    private static void checkLink(X509Certificate certificate, X509Certificate issuer, Instant moment)
            throws PathRejection {
        try {
            CertPath link = CertificateFactory.getInstance("X.509", PROVIDER).generateCertPath(List.of(certificate));
            // Given the certificate, the JDK would refuse an issuer whose key identifier is not the one that its child
            // names.
            TrustAnchor anchor = new TrustAnchor(issuer.getSubjectX500Principal(), issuer.getPublicKey(), null);
            PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(moment));
            CertPathValidator.getInstance("PKIX", PROVIDER).validate(link, parameters);
        } catch (CertPathValidatorException e) {
            FailureReason reason = e.getReason() == BasicReason.ALGORITHM_CONSTRAINED
                    ? FailureReason.UNSUPPORTED_ALGORITHM
                    : FailureReason.INVALID_PATH;
            throw new PathRejection(
                    reason, SvidProfile.name(certificate) + " breaks a rule of RFC 5280: " + e.getMessage(), e);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new PathRejection(
                    FailureReason.INVALID_PATH, SvidProfile.name(certificate) + " cannot be validated: " + e, e);
        }
    }
}
