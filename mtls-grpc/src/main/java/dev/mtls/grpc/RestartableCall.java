package dev.mtls.grpc;

import io.grpc.Attributes;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call that is started anew if its connection ends before the call was sent. Until it has been sent, it remembers what it was told.
 *
 * <p>What the call is told goes through a list, and one thread at a time hands it on, so that each attempt gets all of it in order. No
 * lock is held while that happens.
 */
final class RestartableCall<Q, R> extends ClientCall<Q, R> {
    private static final int MAX_ATTEMPTS = 5;

    private final Function<ClientStreamTracer.Factory, ClientCall<Q, R>> newCall;
    private final Object lock = new Object();
    private final List<Consumer<Attempt>> told = new ArrayList<>();
    private Attempt current;
    private int handedOn;
    private boolean handingOn;
    private boolean cancelled;
    private int attempts = 1;

    RestartableCall(Function<ClientStreamTracer.Factory, ClientCall<Q, R>> newCall) {
        this.newCall = newCall;
        this.current = new Attempt();
    }

    /** One call of gRPC's. Its tracer tells whether it has come to a connection, and whether it was sent. */
    private final class Attempt extends ClientStreamTracer.Factory {
        private final ClientCall<Q, R> call;
        private volatile boolean started;
        private volatile boolean onConnection;
        private volatile boolean sent;

        Attempt() {
            call = newCall.apply(this);
        }

        boolean isUnsent() {
            return onConnection && !sent;
        }

        @Override
        public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes connection, Metadata headers) {
                    onConnection = true;
                }

                @Override
                public void outboundHeaders() {
                    sent = true;
                    forgetIfSent();
                }
            };
        }
    }

    private void tell(Consumer<Attempt> message) {
        synchronized (lock) {
            told.add(message);
            if (handingOn) {
                return;
            }
            handingOn = true;
        }
        handOn();
    }

    private void handOn() {
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
    }

    private @Nullable Runnable next() {
        synchronized (lock) {
            if (handedOn < told.size()) {
                Consumer<Attempt> message = told.get(handedOn++);
                Attempt attempt = current;
                return () -> message.accept(attempt);
            }
            handingOn = false;
            forgetIfSent();
            return null;
        }
    }

    private void forgetIfSent() {
        synchronized (lock) {
            if (current.sent && !handingOn) {
                told.clear();
                handedOn = 0;
            }
        }
    }

    /** Starts anew; false if the call has had its chances. */
    private boolean restart(Attempt failed) {
        Attempt next = new Attempt();
        synchronized (lock) {
            if (failed != current || cancelled || attempts == MAX_ATTEMPTS) {
                return false;
            }
            attempts++;
            current = next;
            handedOn = 0;
            if (handingOn) {
                return true;
            }
            handingOn = true;
        }
        handOn();
        return true;
    }

    private Attempt current() {
        synchronized (lock) {
            return current;
        }
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
        tell(attempt -> {
            // A call may change its headers.
            Metadata copy = new Metadata();
            copy.merge(headers);
            attempt.call.start(new Answers(listener, attempt), copy);
            attempt.started = true;
        });
    }

    private final class Answers extends SimpleForwardingClientCallListener<R> {
        private final Attempt attempt;

        Answers(Listener<R> listener, Attempt attempt) {
            super(listener);
            this.attempt = attempt;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.getCode() != Status.Code.UNAVAILABLE || !attempt.isUnsent() || !restart(attempt)) {
                super.onClose(status, trailers);
            }
        }
    }

    @Override
    public void request(int numMessages) {
        tell(attempt -> attempt.call.request(numMessages));
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
        synchronized (lock) {
            cancelled = true;
        }
        tell(attempt -> attempt.call.cancel(message, cause));
    }

    @Override
    public void halfClose() {
        tell(attempt -> attempt.call.halfClose());
    }

    @Override
    public void sendMessage(Q message) {
        tell(attempt -> attempt.call.sendMessage(message));
    }

    @Override
    public void setMessageCompression(boolean enabled) {
        tell(attempt -> attempt.call.setMessageCompression(enabled));
    }

    @Override
    public boolean isReady() {
        Attempt attempt = current();
        return attempt.started && attempt.call.isReady();
    }

    @Override
    public Attributes getAttributes() {
        return current().call.getAttributes();
    }

    @Override
    public String toString() {
        return "RestartableCall[" + current().call + "]";
    }
}
