package dev.mtls;

import dev.mtls.source.SourceHealth;
import dev.mtls.tls.ProviderChoice;
import java.util.Optional;

/**
 * How an {@link Mtls} fares.
 *
 * @param source how its source fares
 * @param provider the TLS implementation in use, and why
 * @param generation the snapshot in force
 * @param refused why the source's newest snapshot is not in force, if it is not
 * @param connections how many connections live
 * @param draining how many of them are being drained
 * @param connectionsOutliveIdentity whether connections may go on after the end of the peer's identity, a weakened setting
 * @param droppedEvents how many events were lost since listeners were too slow
 */
public record MtlsHealth(
        SourceHealth source,
        ProviderChoice provider,
        long generation,
        Optional<SourceHealth.SourceError> refused,
        int connections,
        int draining,
        boolean connectionsOutliveIdentity,
        long droppedEvents) {}
