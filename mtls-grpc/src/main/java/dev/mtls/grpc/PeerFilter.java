package dev.mtls.grpc;

import dev.mtls.tls.PeerIdentity;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;

/** Puts the peer among the attributes of each connection. */
final class PeerFilter extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes attributes) {
        return PeerIdentity.find(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION))
                .map(peer -> attributes.toBuilder()
                        .set(MtlsGrpc.PEER_ATTRIBUTE, peer)
                        .build())
                .orElse(attributes);
    }
}
