package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.profile.SvidProfile;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

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

    /** A moment at which the whole path is valid: now, or, where the tolerance let through what starts later, that start. */
    Instant momentWithin(List<X509Certificate> path, X509Certificate authority) throws PathRejection {
        Instant moment = now;
        X509Certificate last = authority;
        for (X509Certificate certificate : withAuthority(path, authority)) {
            Instant notBefore = certificate.getNotBefore().toInstant();
            if (notBefore.isAfter(moment)) {
                moment = notBefore;
                last = certificate;
            }
        }
        Instant end = end(path, authority);
        if (moment.isAfter(end)) {
            throw new PathRejection(
                    FailureReason.NOT_YET_VALID,
                    SvidProfile.name(last) + " is valid from " + moment + ", and another of its path only until " + end
                            + " (now: " + now + "); compare the clocks");
        }
        return moment;
    }

    /** The earliest end of validity. */
    static Instant end(List<X509Certificate> path, X509Certificate authority) {
        Instant end = authority.getNotAfter().toInstant();
        for (X509Certificate certificate : path) {
            Instant notAfter = certificate.getNotAfter().toInstant();
            end = notAfter.isBefore(end) ? notAfter : end;
        }
        return end;
    }

    private static List<X509Certificate> withAuthority(List<X509Certificate> path, X509Certificate authority) {
        List<X509Certificate> all = new ArrayList<>(path);
        all.add(authority);
        return all;
    }
}
