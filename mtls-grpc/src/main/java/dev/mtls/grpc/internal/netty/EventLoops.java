package dev.mtls.grpc.internal.netty;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The event loops of all channels: gRPC takes a channel factory only together with event loops. */
final class EventLoops {
    @SuppressWarnings("deprecation") // Netty 4.1 has no other.
    private static final EventLoopGroup SHARED = new NioEventLoopGroup(0, new DefaultThreadFactory("mtls-grpc", true));

    private EventLoops() {}

    static EventLoopGroup shared() {
        return SHARED;
    }
}
