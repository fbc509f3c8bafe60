package dev.mtls.examples.quickstart;

import dev.mtls.grpc.MtlsGrpc;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.PeerIdentity;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Calls a {@link GrpcServer}, on a warm connection and on new ones, without retries and without waiting for readiness. */
final class GrpcLink implements Link {
    private final Workload from;
    private final SpiffeId server;
    private final String target;
    private final ManagedChannel warm;

    GrpcLink(Workload from, SpiffeId server, int port) {
        this.from = from;
        this.server = server;
        this.target = "127.0.0.1:" + port;
        this.warm = channel();
    }

    private ManagedChannel channel() {
        return MtlsGrpc.channel(target, from.mtls().client(PeerPolicy.id(server)))
                .disableRetry()
                .build();
    }

    @Override
    public PeerIdentity call(boolean newConnection, @Nullable String body) throws IOException {
        if (!newConnection) {
            return call(warm, body);
        }
        ManagedChannel fresh = channel();
        try {
            return call(fresh, body);
        } finally {
            fresh.shutdown();
        }
    }

    private PeerIdentity call(ManagedChannel channel, @Nullable String body) throws IOException {
        String sent = body == null ? "" : body;
        ClientCall<String, String> call =
                channel.newCall(Echo.METHOD, CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS));
        AtomicReference<Optional<PeerIdentity>> peer = new AtomicReference<>(Optional.empty());
        try {
            String answer = ClientCalls.blockingUnaryCall(new PeerReader(call, peer), sent);
            if (!answer.equals("hello " + from.id() + " " + sent)) {
                throw new IOException("unexpected answer: " + answer);
            }
        } catch (StatusRuntimeException e) {
            throw new IOException(e.getStatus() + ", caused by " + e.getCause(), e);
        }
        return peer.get().orElseThrow(() -> new IOException("the answer came without a verified peer"));
    }

    /** Reads who answers, which is known when the headers arrive. */
    private static final class PeerReader extends SimpleForwardingClientCall<String, String> {
        private final AtomicReference<Optional<PeerIdentity>> peer;

        PeerReader(ClientCall<String, String> call, AtomicReference<Optional<PeerIdentity>> peer) {
            super(call);
            this.peer = peer;
        }

        @Override
        public void start(Listener<String> listener, Metadata headers) {
            super.start(
                    new SimpleForwardingClientCallListener<>(listener) {
                        @Override
                        public void onHeaders(Metadata received) {
                            peer.set(MtlsGrpc.peer(getAttributes()));
                            super.onHeaders(received);
                        }
                    },
                    headers);
        }
    }

    @Override
    public String toString() {
        return from.id() + " over gRPC";
    }

    @Override
    public void close() {
        warm.shutdownNow();
    }
}
