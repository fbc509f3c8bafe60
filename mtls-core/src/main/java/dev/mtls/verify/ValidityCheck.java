package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/** The one place that compares a certificate's validity with the time. */
record ValidityCheck(Instant now, Duration notBeforeTolerance) {
    void check(X509Certificate certificate) throws PathRejection {
        Instant notAfter = certificate.getNotAfter().toInstant();
        if (now.isAfter(notAfter)) {
            throw new PathRejection(
                    FailureReason.EXPIRED,
                    SvidProfile.name(certificate) + " expired at " + notAfter + " (now: " + now + ")");
        }
        Instant notBefore = certificate.getNotBefore().toInstant();
        if (now.plus(notBeforeTolerance).isBefore(notBefore)) {
            throw new PathRejection(
                    FailureReason.NOT_YET_VALID,
                    SvidProfile.name(certificate) + " is valid from " + notBefore + " (now: " + now
                            + "); compare the clocks");
        }
    }
}
