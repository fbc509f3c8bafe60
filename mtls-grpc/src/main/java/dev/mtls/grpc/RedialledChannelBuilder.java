package dev.mtls.grpc;

import dev.mtls.grpc.internal.Redialling;
import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;

/** A builder whose channels can be told to dial anew. */
final class RedialledChannelBuilder extends ForwardingChannelBuilder2<RedialledChannelBuilder> {
    private final ManagedChannelBuilder<?> builder;
    private final Redialling redialling;

    RedialledChannelBuilder(ManagedChannelBuilder<?> builder, Redialling redialling) {
        this.builder = builder;
        this.redialling = redialling;
    }

    @Override
    protected ManagedChannelBuilder<?> delegate() {
        return builder;
    }

    @Override
    public ManagedChannel build() {
        ManagedChannel channel = super.build();
        redialling.add(channel);
        return channel;
    }
}
