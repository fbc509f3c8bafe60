package dev.mtls.grpc;

import dev.mtls.identity.SpiffeId;
import dev.mtls.testing.contract.SeenPeer;
import dev.mtls.tls.PeerIdentity;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What the servers of the tests do. */
final class TestService implements AutoCloseable {
    /** Answers with the client as the service sees it. */
    static final MethodDescriptor<byte[], byte[]> WHO = Bytes.method("Who", MethodType.UNARY);

    /** Sends something every 10 milliseconds until the client ends it. */
    static final MethodDescriptor<byte[], byte[]> DOWNLOAD = Bytes.method("Download", MethodType.SERVER_STREAMING);

    /** Counts what it gets. */
    static final MethodDescriptor<byte[], byte[]> UPLOAD = Bytes.method("Upload", MethodType.CLIENT_STREAMING);

    /** Sends back each message. */
    static final MethodDescriptor<byte[], byte[]> ECHO = Bytes.method("Echo", MethodType.BIDI_STREAMING);

    private static final int PERIOD_MILLIS = 10;

    private final Map<SpiffeId, LongAdder> uploaded = new ConcurrentHashMap<>();
    private final LongAdder calls = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "test-service");
        thread.setDaemon(true);
        return thread;
    });

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(Bytes.SERVICE)
                .addMethod(WHO, ServerCalls.asyncUnaryCall(this::who))
                .addMethod(DOWNLOAD, ServerCalls.asyncServerStreamingCall(this::download))
                .addMethod(UPLOAD, ServerCalls.asyncClientStreamingCall(this::upload))
                .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(this::echo))
                .build();
    }

    long uploaded(SpiffeId client) {
        return uploaded.computeIfAbsent(client, absent -> new LongAdder()).sum();
    }

    /** How many calls have reached the service. */
    long calls() {
        return calls.sum();
    }

    /** How many streams have ended before their time. */
    long cancelled() {
        return cancelled.sum();
    }

    private void who(byte[] request, StreamObserver<byte[]> answer) {
        calls.increment();
        answer.onNext(Bytes.of(SeenPeer.of(MtlsGrpc.PEER.get()).toString()));
        answer.onCompleted();
    }

    private void download(byte[] request, StreamObserver<byte[]> pieces) {
        calls.increment();
        ServerCallStreamObserver<byte[]> observer = (ServerCallStreamObserver<byte[]>) pieces;
        ScheduledFuture<?> sending = timer.scheduleAtFixedRate(
                () -> {
                    if (observer.isReady()) {
                        observer.onNext(new byte[16]);
                    }
                },
                0,
                PERIOD_MILLIS,
                TimeUnit.MILLISECONDS);
        observer.setOnCancelHandler(() -> {
            cancelled.increment();
            sending.cancel(false);
        });
    }

    private StreamObserver<byte[]> upload(StreamObserver<byte[]> answer) {
        calls.increment();
        PeerIdentity peer = MtlsGrpc.PEER.get();
        LongAdder count = uploaded.computeIfAbsent(peer.id(), absent -> new LongAdder());
        return new Counted(answer) {
            @Override
            public void onNext(byte[] piece) {
                count.increment();
            }
        };
    }

    private StreamObserver<byte[]> echo(StreamObserver<byte[]> answers) {
        calls.increment();
        return new Counted(answers) {
            @Override
            public void onNext(byte[] message) {
                answers.onNext(message);
            }
        };
    }

    private abstract class Counted implements StreamObserver<byte[]> {
        private final StreamObserver<byte[]> answers;

        Counted(StreamObserver<byte[]> answers) {
            this.answers = answers;
        }

        @Override
        public void onError(Throwable failure) {
            cancelled.increment();
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
