package dev.mtls.grpc;

import dev.mtls.grpc.internal.Transport;
import dev.mtls.grpc.internal.netty.NettyTransport;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** gRPC's two transports over Netty. One is enough; which one, the program's dependencies say. */
public enum GrpcTransport {
    /** {@code io.grpc:grpc-netty}, with the program's own Netty. */
    NETTY("io.grpc.netty.NettyChannelBuilder") {
        @Override
        Transport create() {
            return new NettyTransport();
        }
    },
    /** {@code io.grpc:grpc-netty-shaded}, with a Netty of its own under other names. */
    NETTY_SHADED("io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder") {
        @Override
        Transport create() {
            return new dev.mtls.grpc.internal.shaded.NettyTransport();
        }
    };

    private final String marker;

    GrpcTransport(String marker) {
        this.marker = marker;
    }

    abstract Transport create();

    private boolean isPresent() {
        try {
            Class.forName(marker, false, GrpcTransport.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** This transport, which must be present. */
    Transport load() {
        if (!isPresent()) {
            throw missing(this + " was asked for, but is not present");
        }
        return create();
    }

    /** The transport that is present; {@link #NETTY} if both are. */
    static Transport any() {
        return find(transport -> true).orElseThrow(() -> missing("no gRPC transport is present"));
    }

    /** The transport that is present and made the builder. */
    static Transport of(Object builder, Predicate<Transport> made) {
        return find(made)
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "builder: " + builder.getClass().getName()
                                        + " (expected: a NettyChannelBuilder or NettyServerBuilder of grpc-netty or grpc-netty-shaded)"));
    }

    private static Optional<Transport> find(Predicate<Transport> fits) {
        return Stream.of(values())
                .filter(GrpcTransport::isPresent)
                .map(GrpcTransport::create)
                .filter(fits)
                .findFirst();
    }

    private static IllegalStateException missing(String what) {
        return new IllegalStateException(what
                + " (expected: io.grpc:grpc-netty-shaded or io.grpc:grpc-netty among the dependencies; on a module path"
                + " also --add-modules ALL-MODULE-PATH, which gRPC needs there)");
    }
}
