package dev.mtls.internal.connection;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long connections live.
 *
 * @param maxAge the age at which a server's connection is drained at the latest, a client's a tenth earlier; null for no limit
 * @param drainGrace how long a draining connection may finish what runs
 * @param outliveIdentity whether connections go on after the end of the peer's identity
 */
public record ConnectionSettings(@Nullable Duration maxAge, Duration drainGrace, boolean outliveIdentity) {}
