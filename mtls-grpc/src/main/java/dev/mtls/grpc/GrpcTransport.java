package dev.mtls.grpc;

import dev.mtls.grpc.internal.Transport;
import dev.mtls.grpc.internal.netty.NettyTransport;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;

/** The two transports. */
public enum GrpcTransport {
    /** grpc-netty. */
    NETTY("io.grpc.netty.NettyChannelBuilder") {
        @Override
        Transport load() {
            return new NettyTransport();
        }
    },
    /** grpc-netty-shaded. */
    NETTY_SHADED("io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder") {
        @Override
        Transport load() {
            return new dev.mtls.grpc.internal.shaded.NettyTransport();
        }
    };

    private final String marker;

    GrpcTransport(String marker) {
        this.marker = marker;
    }

    abstract Transport load();

    boolean isPresent() {
        try {
            Class.forName(marker, false, GrpcTransport.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    static GrpcTransport any() {
        for (GrpcTransport transport : values()) {
            if (transport.isPresent()) {
                return transport;
            }
        }
        throw new IllegalStateException(
                "no gRPC transport is present: add io.grpc:grpc-netty or io.grpc:grpc-netty-shaded");
    }

    static Transport of(ManagedChannelBuilder<?> builder) {
        for (GrpcTransport transport : values()) {
            if (transport.isPresent() && transport.load().made(builder)) {
                return transport.load();
            }
        }
        throw new IllegalArgumentException("builder: " + builder.getClass().getName()
                + " (expected: a NettyChannelBuilder of grpc-netty or grpc-netty-shaded)");
    }

    static Transport of(ServerBuilder<?> builder) {
        for (GrpcTransport transport : values()) {
            if (transport.isPresent() && transport.load().made(builder)) {
                return transport.load();
            }
        }
        throw new IllegalArgumentException("builder: " + builder.getClass().getName()
                + " (expected: a NettyServerBuilder of grpc-netty or grpc-netty-shaded)");
    }
}
