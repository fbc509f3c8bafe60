package dev.mtls.grpc;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.failure.PeerVerificationException;
import io.grpc.Attributes;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A call that knows its connection: it says why if the connection was cut, and starts anew if the connection was given up before
 * anything of the call was sent. gRPC itself starts such calls anew as long as its retries are enabled, even without a retry policy;
 * after {@code disableRetry()} they would fail (grpc-java#2562).
 *
 * <p>Until it has been sent, the call remembers what it was told. One thread at a time hands that on, so that each attempt gets all of it
 * in order. No lock is held while that happens.
 */
final class ConnectedCall<Q, R> extends ClientCall<Q, R> {
    private static final int MAX_ATTEMPTS = 5;
    private static final int MAX_DEPTH = 10;

    private final Function<ClientStreamTracer.Factory, ClientCall<Q, R>> newCall;
    private final Object lock = new Object();
    private final List<Consumer<Attempt>> told = new ArrayList<>();
    private Attempt current;
    private int handedOn;
    private boolean handingOn;
    private boolean cancelled;
    private int attempts = 1;

    ConnectedCall(Function<ClientStreamTracer.Factory, ClientCall<Q, R>> newCall) {
        this.newCall = newCall;
        this.current = new Attempt();
    }

    /** One call of gRPC's. Its tracer tells to which connection it has come, and whether it was sent. */
    private final class Attempt extends ClientStreamTracer.Factory {
        private final ClientCall<Q, R> call;
        private volatile boolean started;
        private volatile @Nullable Attributes connection;
        private volatile boolean sent;

        Attempt() {
            call = newCall.apply(this);
        }

        boolean isUnsent() {
            return connection != null && !sent;
        }

        /** Why the connection was cut, if it was. */
        Optional<PeerVerificationException> cut() {
            Attributes on = connection;
            return on == null
                    ? Optional.empty()
                    : MtlsConnection.find(on.get(Grpc.TRANSPORT_ATTR_SSL_SESSION))
                            .flatMap(MtlsConnection::refusal);
        }

        @Override
        public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes transport, Metadata headers) {
                    connection = transport;
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
        synchronized (lock) {
            if (failed != current || cancelled || attempts == MAX_ATTEMPTS) {
                return false;
            }
            attempts++;
        }
        Attempt next = new Attempt();
        synchronized (lock) {
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
            if (status.getCode() != Status.Code.UNAVAILABLE) {
                super.onClose(status, trailers);
            } else if (!attempt.isUnsent() || !restart(attempt)) {
                super.onClose(explained(status, attempt), trailers);
            }
        }
    }

    /** A description may travel on to other callers, and names the reason alone; a cause does not. */
    private static Status explained(Status status, ConnectedCall<?, ?>.Attempt attempt) {
        Optional<PeerVerificationException> cut = attempt.cut();
        if (cut.isPresent()) {
            return status.withDescription("connection cut: " + cut.get().reason())
                    .withCause(cut.get());
        }
        return refusal(status.getCause())
                .map(refusal -> status.withDescription("handshake failed: " + refusal.reason()))
                .orElse(status);
    }

    private static Optional<MtlsFailure> refusal(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
            if (cause instanceof MtlsFailure) {
                return Optional.of((MtlsFailure) cause);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
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
        return "ConnectedCall[" + current().call + "]";
    }
}
