package dev.mtls.grpc;

import dev.mtls.grpc.internal.Readiness;
import io.grpc.Attributes;
import io.grpc.ClientTransportFilter;

/** Hears of each connection of a channel, and puts the peer among its attributes. */
final class ClientConnections extends ClientTransportFilter {
    @Override
    public Attributes transportReady(Attributes transport) {
        Readiness.ready(transport);
        return ServerConnections.withPeer(transport);
    }
}
