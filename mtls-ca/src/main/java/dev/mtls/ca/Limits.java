package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The bounds of what can be asked of an authority. */
final class Limits {
    /** Certificates count whole seconds: one of a second might be over before it is read. */
    static final Duration MIN_TTL = Duration.ofSeconds(2);

    static final Duration MAX_SVID_TTL = Duration.ofDays(366);
    static final Duration MAX_SIGNING_TTL = Duration.ofDays(7305);
    static final Duration MAX_CRL_TTL = Duration.ofDays(366);
    static final Duration MAX_BACKDATE = Duration.ofHours(24);
    static final int MAX_PATH_LENGTH = 7;

    /** The most characters of a part of a subject (RFC 5280 appendix A.1). */
    static final int MAX_NAME = 64;

    private Limits() {}

    static Duration check(String name, Duration value, Duration min, Duration max) {
        requireNonNull(value, name);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + min + " to " + max + ")");
        }
        return value;
    }

    static int checkPathLength(int pathLength) {
        if (pathLength < 0 || pathLength > MAX_PATH_LENGTH) {
            throw new IllegalArgumentException(
                    "pathLength: " + pathLength + " (expected: 0 to " + MAX_PATH_LENGTH + ")");
        }
        return pathLength;
    }
}
