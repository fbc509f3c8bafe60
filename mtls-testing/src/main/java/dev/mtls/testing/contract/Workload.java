package dev.mtls.testing.contract;

import dev.mtls.Mtls;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.testing.RecordedEvents;
import java.util.Set;
import java.util.stream.Collectors;

/** One workload: an identity with what belongs to it. */
final class Workload implements AutoCloseable {
    final SpiffeId id;
    final RecordedEvents events = new RecordedEvents();
    final Mtls mtls;

    Workload(SpiffeId id, Mtls.Builder builder) throws SourceUnavailableException {
        this.id = id;
        this.mtls = builder.addListener(events).build();
    }

    /** How many handshakes with the peer ended well so far. */
    long accepted(SpiffeId peer) {
        return events.of(MtlsEvent.HandshakeAccepted.class).stream()
                .filter(event -> event.peer().equals(peer))
                .count();
    }

    /** The connections with the peer that live now. */
    Set<MtlsConnection> connectionsWith(SpiffeId peer) {
        return mtls.connections().stream()
                .filter(connection -> connection.peer().id().equals(peer))
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        mtls.close();
    }
}
