package dev.mtls.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A stream as a client sees it. */
final class TestStream {
    private final AtomicLong received = new AtomicLong();
    private final CountDownLatch first = new CountDownLatch(1);
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final ClientCall<byte[], byte[]> call;

    private TestStream(ClientCall<byte[], byte[]> call) {
        this.call = call;
    }

    static TestStream start(Channel channel, MethodDescriptor<byte[], byte[]> method) {
        TestStream stream = new TestStream(channel.newCall(method, CallOptions.DEFAULT));
        stream.call.start(stream.new Listener(), new Metadata());
        stream.call.request(Integer.MAX_VALUE);
        return stream;
    }

    private final class Listener extends ClientCall.Listener<byte[]> {
        @Override
        public void onMessage(byte[] message) {
            received.incrementAndGet();
            first.countDown();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end.complete(status);
            first.countDown();
        }
    }

    TestStream send() {
        call.sendMessage(new byte[16]);
        return this;
    }

    TestStream halfClose() {
        call.halfClose();
        return this;
    }

    /** Waits for the first message, or the end. */
    TestStream awaitFirst() throws InterruptedException {
        first.await();
        return this;
    }

    boolean isReady() {
        return call.isReady();
    }

    long received() {
        return received.get();
    }

    CompletableFuture<Status> end() {
        return end;
    }

    void cancel() {
        call.cancel("the test ends it", null);
    }
}
