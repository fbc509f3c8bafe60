package dev.mtls.grpc;

import dev.mtls.grpc.internal.Readiness;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;

/** Hears of each connection of a server, and puts the peer among its attributes. */
final class ServerConnections extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes transport) {
        Readiness.ready(transport);
        return withPeer(transport);
    }

    static Attributes withPeer(Attributes transport) {
        return MtlsGrpc.peer(transport)
                .map(peer ->
                        transport.toBuilder().set(MtlsGrpc.PEER_ATTRIBUTE, peer).build())
                .orElse(transport);
    }
}
