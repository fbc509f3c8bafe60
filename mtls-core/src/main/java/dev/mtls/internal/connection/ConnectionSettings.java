package dev.mtls.internal.connection;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long connections live.
 *
 * @param maxAge the age at which a connection is drained, less up to a tenth at random; null for no limit
 * @param drainGrace how long a draining connection may finish what runs
 * @param outliveIdentity whether connections go on after the end of the peer's identity
 */
public record ConnectionSettings(@Nullable Duration maxAge, Duration drainGrace, boolean outliveIdentity) {}
