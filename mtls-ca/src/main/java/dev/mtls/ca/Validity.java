package dev.mtls.ca;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** From when until when a certificate is valid, both ends included, in whole seconds: X.509 knows no fractions. */
record Validity(Instant notBefore, Instant notAfter) {
    Validity {
        notBefore = notBefore.truncatedTo(ChronoUnit.SECONDS);
        // Towards the past: never longer than asked for.
        notAfter = notAfter.truncatedTo(ChronoUnit.SECONDS);
    }

    static Validity of(Instant now, Duration backdate, Duration ttl) {
        return new Validity(now.minus(backdate), now.plus(ttl));
    }

    /** The part of it that lies within the issuer's: a certificate that outlives its issuer only looks valid. */
    Validity within(Signer issuer) {
        return new Validity(later(notBefore, issuer.notBefore()), earlier(notAfter, issuer.notAfter()));
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
