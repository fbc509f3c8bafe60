package dev.mtls.it.resumption;

import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** A transport of gRPC. */
interface GrpcTransport {
    /** Makes builders of channels to a port of this host, all with the same credentials. */
    Supplier<ManagedChannelBuilder<?>> channels(Side side, int port);

    ServerBuilder<?> server(Side side);

    /** A free port of this host. */
    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
