package dev.mtls.grpc;

import io.grpc.ForwardingServerBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;

/** A builder whose servers know the peer of each call before any interceptor of the user runs: the last one added is the first. */
final class PeerServerBuilder extends ForwardingServerBuilder<PeerServerBuilder> {
    private final ServerBuilder<?> builder;
    private boolean intercepted;

    PeerServerBuilder(ServerBuilder<?> builder) {
        this.builder = builder;
    }

    @Override
    protected ServerBuilder<?> delegate() {
        return builder;
    }

    @Override
    public Server build() {
        if (!intercepted) {
            intercepted = true;
            builder.intercept(new PeerInterceptor());
        }
        return super.build();
    }
}
