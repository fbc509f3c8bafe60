package dev.mtls.it.resumption;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A gRPC client; each call has a channel of its own, of the same credentials. */
final class GrpcCalling implements Calling {
    private final Supplier<ManagedChannelBuilder<?>> channels;
    private final Sightings seen;

    GrpcCalling(GrpcTransport transport, Side side, int port, Sightings seen) {
        this.channels = transport.channels(side, port);
        this.seen = seen;
    }

    @Override
    public void call() throws Exception {
        ManagedChannel channel = channels.get().disableRetry().build();
        try {
            ClientCall<GrpcCall.Nothing, GrpcCall.Nothing> call = channel.newCall(GrpcCall.METHOD, CallOptions.DEFAULT);
            ClientCalls.futureUnaryCall(call, new GrpcCall.Nothing()).get(30, TimeUnit.SECONDS);
            InetSocketAddress local = (InetSocketAddress) call.getAttributes().get(Grpc.TRANSPORT_ATTR_LOCAL_ADDR);
            seen.add(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION), local.getPort());
        } finally {
            channel.shutdownNow();
            channel.awaitTermination(30, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {}
}
