package dev.mtls.grpc;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Builders of both transports. Retries are off: each failure must show. */
enum Builders {
    NETTY {
        @Override
        ManagedChannelBuilder<?> forTarget(String target) {
            return io.grpc.netty.NettyChannelBuilder.forTarget(target);
        }

        @Override
        ServerBuilder<?> forAddress(SocketAddress address) {
            return io.grpc.netty.NettyServerBuilder.forAddress(address);
        }
    },
    SHADED {
        @Override
        ManagedChannelBuilder<?> forTarget(String target) {
            return io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder.forTarget(target);
        }

        @Override
        ServerBuilder<?> forAddress(SocketAddress address) {
            return io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder.forAddress(address);
        }
    };

    abstract ManagedChannelBuilder<?> forTarget(String target);

    abstract ServerBuilder<?> forAddress(SocketAddress address);

    /** To a server of this host. */
    ManagedChannelBuilder<?> channel(MtlsClient client, int port) {
        return MtlsGrpc.configure(forTarget("dns:///localhost:" + port), client).disableRetry();
    }

    /** To a server of this host. */
    ManagedChannel channel(MtlsClient client, Server server) {
        return channel(client, server.getPort()).build();
    }

    /** On a free port of this host. */
    ServerBuilder<?> server(MtlsServer server) {
        return MtlsGrpc.configure(forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), server);
    }
}
