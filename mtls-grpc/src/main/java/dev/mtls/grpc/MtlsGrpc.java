package dev.mtls.grpc;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.tls.PeerIdentity;
import io.grpc.Attributes;
import io.grpc.ChannelCredentials;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/**
 * Mutual TLS for gRPC, over grpc-netty or grpc-netty-shaded, whichever is present.
 *
 * <pre>{@code
 * ManagedChannel channel = MtlsGrpc.channel("dns:///pay:8443", mtls.client(PeerPolicy.id("spiffe://prod/ns/pay/sa/api"))).build();
 * Server server = MtlsGrpc.server(8443, mtls.server(PeerPolicy.trustDomain("prod"))).addService(service).build().start();
 * }</pre>
 *
 * <p>Connections obey changes:
 *
 * <ul>
 *   <li>Cut: the running calls of the connection end at once. On a client their status is {@code UNAVAILABLE}, with the {@link
 *       dev.mtls.failure.PeerVerificationException} among its causes; on a server they are cancelled.
 *   <li>Drained by the server: the client gets a GOAWAY and makes new calls on a new connection; the calls that run may end within the
 *       grace period.
 *   <li>Drained by the client: the channel goes through idle ({@code ManagedChannel.enterIdle()}), so that new calls dial anew; the
 *       calls that run may end within the grace period.
 * </ul>
 *
 * <p>A server judges the client before each call. One that it would refuse now gets {@code UNAUTHENTICATED} with the label of the
 * reason as the description, if its connection is not cut already.
 *
 * <p>A handshake that fails shows in the calls of a channel as {@code UNAVAILABLE}, with the reason among the causes of the status if
 * it was the client that refused.
 */
public final class MtlsGrpc {
    /** The client that makes a call, in the context of the call on a server, from the first interceptor on. */
    public static final Context.Key<PeerIdentity> PEER = Context.key("dev.mtls.peer");

    /** The client, among the attributes of each call on a server. */
    public static final Attributes.Key<PeerIdentity> PEER_ATTRIBUTE = Attributes.Key.create("dev.mtls.peer");

    private MtlsGrpc() {}

    /**
     * A builder of channels to a target whose servers the client's policy allows. For one expected server, narrow the client: {@code
     * client.expecting(id)}.
     *
     * @throws IllegalStateException if neither grpc-netty nor grpc-netty-shaded is present; if both are, it is grpc-netty, unless {@link
     *     #configure(ManagedChannelBuilder, MtlsClient)} is used
     */
    public static ManagedChannelBuilder<?> channel(String target, MtlsClient client) {
        requireNonNull(client, "client");
        return configure(GrpcTransport.any().channel(requireNonNull(target, "target")), client);
    }

    /**
     * A builder of a server that listens on a port of all addresses of this host, for clients that the server's policy allows.
     *
     * @throws IllegalStateException if neither grpc-netty nor grpc-netty-shaded is present; if both are, it is grpc-netty, unless {@link
     *     #configure(ServerBuilder, MtlsServer)} is used
     */
    public static ServerBuilder<?> server(int port, MtlsServer server) {
        return server(new InetSocketAddress(port), server);
    }

    /** Like {@link #server(int, MtlsServer)}, on one address. */
    public static ServerBuilder<?> server(SocketAddress address, MtlsServer server) {
        requireNonNull(server, "server");
        return configure(GrpcTransport.any().server(requireNonNull(address, "address")), server);
    }

    /**
     * Has a {@code NettyChannelBuilder}, of grpc-netty or grpc-netty-shaded, build channels with mutual TLS only. It must have been made
     * without credentials, and its TLS context, event loops and channel factory are set here.
     *
     * @return the builder
     * @throws IllegalArgumentException if it is another kind of builder
     */
    public static <B extends ManagedChannelBuilder<?>> B configure(B builder, MtlsClient client) {
        requireNonNull(builder, "builder");
        requireNonNull(client, "client");
        GrpcTransport.of(builder, transport -> transport.made(builder)).secure(builder, client.sslContext());
        builder.intercept(new ConnectedCalls());
        return builder;
    }

    /**
     * Has a {@code NettyServerBuilder}, of grpc-netty or grpc-netty-shaded, build servers with mutual TLS only. It must have been made
     * without credentials, and its TLS context, event loops and channel factory are set here.
     *
     * @return the builder to go on with; servers that another one builds do not know the peer in the context of calls, and do not judge
     *     it for each call
     * @throws IllegalArgumentException if it is another kind of builder
     */
    public static ServerBuilder<?> configure(ServerBuilder<?> builder, MtlsServer server) {
        requireNonNull(builder, "builder");
        requireNonNull(server, "server");
        GrpcTransport.of(builder, transport -> transport.made(builder)).secure(builder, server.sslContext());
        builder.addTransportFilter(new PeerFilter());
        return new PeerServerBuilder(builder);
    }

    /**
     * The peer of a call, from the attributes of a {@code ServerCall}, or of a {@code ClientCall} that has received headers; empty if the
     * call is not over a connection of this library.
     */
    public static Optional<PeerIdentity> peer(Attributes attributes) {
        return PeerIdentity.find(attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    }

    /**
     * Credentials for builders that are made elsewhere, such as {@code Grpc.newChannelBuilder(target, credentials)}.
     *
     * <p>Channels with credentials verify the server and are cut like any other. But they cannot be drained, as gRPC gives credentials no
     * hold on the connection: a connection to be drained goes on as before, and is cut at the end of the grace period. Prefer {@link
     * #channel} or {@link #configure(ManagedChannelBuilder, MtlsClient)}.
     *
     * @throws IllegalStateException if the transport is not present
     */
    public static ChannelCredentials channelCredentials(GrpcTransport transport, MtlsClient client) {
        requireNonNull(transport, "transport");
        requireNonNull(client, "client");
        return transport.load().channelCredentials(client.sslContext());
    }

    /**
     * Credentials for builders that are made elsewhere, such as {@code Grpc.newServerBuilderForPort(port, credentials)}. Add the {@link
     * #interceptor} to them.
     *
     * <p>Servers with credentials verify the client and are cut like any other. But they cannot be drained, as gRPC gives credentials no
     * hold on the connection: a connection to be drained goes on as before, and is cut at the end of the grace period; a {@code
     * maxConnectionAge} below that of the {@code Mtls} keeps it from coming to that. Prefer {@link #server} or {@link
     * #configure(ServerBuilder, MtlsServer)}.
     *
     * @throws IllegalStateException if the transport is not present
     */
    public static ServerCredentials serverCredentials(GrpcTransport transport, MtlsServer server) {
        requireNonNull(transport, "transport");
        requireNonNull(server, "server");
        return transport.load().serverCredentials(server.sslContext());
    }

    /**
     * The interceptor that puts {@link #PEER} into the context and judges the client before each call, for servers with {@linkplain
     * #serverCredentials credentials}; the builders made here have it. Add it last, so that it runs first. A call that is not over a
     * connection of this library gets {@code UNAUTHENTICATED}.
     */
    public static ServerInterceptor interceptor() {
        return new PeerInterceptor();
    }
}
