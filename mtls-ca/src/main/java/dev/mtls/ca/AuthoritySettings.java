package dev.mtls.ca;

import java.time.Clock;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a {@link CertificateAuthority.Builder} was told.
 *
 * @param keyType of roots
 * @param pathLength of roots; empty for no limit
 */
record AuthoritySettings(
        Clock clock,
        KeyType keyType,
        OptionalInt pathLength,
        Duration rootTtl,
        Duration svidTtl,
        Duration crlTtl,
        Duration backdate) {}
