package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectedCallTest {
    private static final Status GIVEN_UP = Status.UNAVAILABLE.withDescription("the connection was drained");
    private static final Metadata.Key<String> KEY = Metadata.Key.of("key", Metadata.ASCII_STRING_MARSHALLER);

    private final List<Attempt> attempts = new ArrayList<>();
    private final ConnectedCall<String, String> call = new ConnectedCall<>(Attempt::new);
    private final List<String> heard = new ArrayList<>();

    /** What gRPC makes, as far as it matters here. */
    private class Attempt extends ClientCall<String, String> {
        final ClientStreamTracer tracer;
        final List<String> told = new ArrayList<>();
        Listener<String> listener = new Listener<>() {};

        Attempt(ClientStreamTracer.Factory factory) {
            attempts.add(this);
            tracer = factory.newClientStreamTracer(
                    ClientStreamTracer.StreamInfo.newBuilder()
                            .setCallOptions(CallOptions.DEFAULT)
                            .build(),
                    new Metadata());
        }

        Attempt onConnection() {
            tracer.streamCreated(Attributes.EMPTY, new Metadata());
            return this;
        }

        Attempt sent() {
            tracer.outboundHeaders();
            return this;
        }

        void close(Status status) {
            listener.onClose(status, new Metadata());
        }

        @Override
        public void start(Listener<String> answers, Metadata headers) {
            listener = answers;
            told.add("start " + headers.get(KEY));
            headers.discardAll(KEY);
        }

        @Override
        public void request(int numMessages) {
            told.add("request " + numMessages);
        }

        @Override
        public void cancel(String message, Throwable cause) {
            told.add("cancel " + message);
        }

        @Override
        public void halfClose() {
            told.add("half-close");
        }

        @Override
        public void sendMessage(String message) {
            told.add("send " + message);
        }

        @Override
        public boolean isReady() {
            return true;
        }
    }

    private void start() {
        Metadata headers = new Metadata();
        headers.put(KEY, "value");
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(String message) {
                        heard.add(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        heard.add("close " + status.getCode());
                    }
                },
                headers);
    }

    @Test
    void connectionEndedBeforeTheCallWasSent_startedAnewWithAllThatItWasTold() {
        start();
        call.request(2);
        call.sendMessage("a");
        attempts.get(0).onConnection().close(GIVEN_UP);
        call.halfClose();

        assertThat(attempts).hasSize(2);
        assertThat(attempts.get(1).told).containsExactly("start value", "request 2", "send a", "half-close");
        attempts.get(1).listener.onMessage("answer");
        attempts.get(1).close(Status.OK);
        assertThat(heard).containsExactly("answer", "close OK");
    }

    @Test
    void connectionEndedWhileTheCallStarts_startedAnew() {
        ConnectedCall<String, String> direct = new ConnectedCall<>(factory -> new Attempt(factory) {
            @Override
            public void start(Listener<String> answers, Metadata headers) {
                super.start(answers, headers);
                if (attempts.size() == 1) {
                    onConnection().close(GIVEN_UP);
                }
            }
        });
        attempts.remove(0);
        direct.start(new ClientCall.Listener<>() {}, new Metadata());
        direct.sendMessage("a");

        assertThat(attempts).hasSize(2);
        assertThat(attempts.get(1).told).containsExactly("start null", "send a");
    }

    @Test
    void connectionEndedAfterTheCallWasSent_callFails() {
        start();
        attempts.get(0).onConnection().sent().close(GIVEN_UP);

        assertThat(attempts).hasSize(1);
        assertThat(heard).containsExactly("close UNAVAILABLE");
    }

    @Test
    void noConnection_callFails() {
        start();
        attempts.get(0).close(Status.UNAVAILABLE.withDescription("connection refused"));

        assertThat(attempts).hasSize(1);
        assertThat(heard).containsExactly("close UNAVAILABLE");
    }

    @Test
    void otherStatus_callFails() {
        start();
        attempts.get(0).onConnection().close(Status.DEADLINE_EXCEEDED);

        assertThat(attempts).hasSize(1);
        assertThat(heard).containsExactly("close DEADLINE_EXCEEDED");
    }

    @Test
    void cancelled_notStartedAnew() {
        start();
        call.cancel("enough", null);
        attempts.get(0).onConnection().close(GIVEN_UP);

        assertThat(attempts).hasSize(1);
        assertThat(attempts.get(0).told).containsExactly("start value", "cancel enough");
        assertThat(heard).containsExactly("close UNAVAILABLE");
    }

    @Test
    void everyConnectionEnds_givesUpAfterFiveAttempts() {
        start();
        for (int i = 0; i < 5; i++) {
            attempts.get(i).onConnection().close(GIVEN_UP);
        }

        assertThat(attempts).hasSize(5);
        assertThat(heard).containsExactly("close UNAVAILABLE");
    }

    @Test
    void sentAtTheSecondAttempt_laterMessagesGoThere() {
        start();
        call.sendMessage("a");
        attempts.get(0).onConnection().close(GIVEN_UP);
        attempts.get(1).onConnection().sent();
        call.sendMessage("b");

        assertThat(attempts.get(0).told).containsExactly("start value", "send a");
        assertThat(attempts.get(1).told).containsExactly("start value", "send a", "send b");
    }

    @Test
    void ready_onceStarted() {
        assertThat(call.isReady()).isFalse();
        start();
        assertThat(call.isReady()).isTrue();
    }
}
