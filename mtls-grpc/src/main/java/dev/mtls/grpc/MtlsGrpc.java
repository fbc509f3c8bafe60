package dev.mtls.grpc;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.grpc.internal.Transport;
import dev.mtls.tls.PeerIdentity;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/** gRPC channels and servers with mutual TLS. */
public final class MtlsGrpc {
    /** The peer, in the context of each call that a server handles. */
    public static final Context.Key<PeerIdentity> PEER = Context.key("dev.mtls.peer");

    /** The peer, among the transport attributes of a server. */
    public static final Attributes.Key<PeerIdentity> PEER_ATTRIBUTE = Attributes.Key.create("dev.mtls.peer");

    private MtlsGrpc() {}

    /** A builder of channels whose servers the client's policy allows. */
    public static ManagedChannelBuilder<?> channel(String target, MtlsClient client) {
        return configure(GrpcTransport.any().load().channel(requireNonNull(target, "target")), client);
    }

    /** A builder of a server on all addresses of this host, whose clients the server's policy allows. */
    public static ServerBuilder<?> server(int port, MtlsServer server) {
        return server(new InetSocketAddress(port), server);
    }

    /** A builder of a server whose clients the server's policy allows. */
    public static ServerBuilder<?> server(SocketAddress address, MtlsServer server) {
        return configure(GrpcTransport.any().load().server(requireNonNull(address, "address")), server);
    }

    /** Configures a {@code NettyChannelBuilder} of either transport. */
    public static <B extends ManagedChannelBuilder<?>> B configure(B builder, MtlsClient client) {
        requireNonNull(client, "client");
        Transport transport = GrpcTransport.of(requireNonNull(builder, "builder"));
        transport.secure(builder, client.sslContext());
        return builder;
    }

    /** Configures a {@code NettyServerBuilder} of either transport. */
    public static <B extends ServerBuilder<?>> B configure(B builder, MtlsServer server) {
        requireNonNull(server, "server");
        Transport transport = GrpcTransport.of(requireNonNull(builder, "builder"));
        transport.secure(builder, server.sslContext());
        builder.addTransportFilter(new PeerFilter());
        builder.intercept(new PeerInterceptor());
        return builder;
    }

    /** The peer of a call, from {@code ServerCall.getAttributes()} or {@code ClientCall.getAttributes()}. */
    public static Optional<PeerIdentity> peer(Attributes attributes) {
        return PeerIdentity.find(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    }
}
