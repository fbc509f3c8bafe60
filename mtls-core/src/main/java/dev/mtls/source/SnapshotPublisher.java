package dev.mtls.source;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every source does alike: checks an update, publishes it with one atomic write, keeps the last good one, counts, knows the
 * health, and calls the listeners. For authors of {@link X509Source}s.
 *
 * <p>An update is rejected whole if it holds no SVID, an SVID that has expired meanwhile, no bundle of the default SVID's trust
 * domain, or not the expected identity.
 *
 * <p>Safe for use by several threads; holds no lock while it calls listeners.
 */
public final class SnapshotPublisher {
    private static final Logger log = LoggerFactory.getLogger(SnapshotPublisher.class);

    private final Clock clock;
    private final @Nullable SpiffeId expectedId;
    private final AtomicReference<Progress> state;
    private final CopyOnWriteArrayList<Subscriber> subscribers = new CopyOnWriteArrayList<>();

    /** All that changes, in one immutable piece. */
    private record Progress(
            @Nullable X509Context context,
            long rotations,
            SourceHealth.@Nullable SourceError lastError,
            boolean lastUpdateFailed,
            boolean closed) {}

    /** Its identity is its own, so that one listener may subscribe twice. */
    private static final class Subscriber {
        final Runnable listener;

        Subscriber(Runnable listener) {
            this.listener = listener;
        }
    }

    /**
     * Makes a publisher without a snapshot.
     *
     * @param clock tells the time for validity and age
     * @param expectedId the only default identity that may be published, or null for any
     */
    public SnapshotPublisher(Clock clock, @Nullable SpiffeId expectedId) {
        this.clock = requireNonNull(clock, "clock");
        this.expectedId = expectedId;
        this.state = new AtomicReference<>(new Progress(null, 0, null, false, false));
    }

    /**
     * Publishes an update as the next snapshot.
     *
     * @return the snapshot now in force
     * @throws SvidRejectedException if the update cannot be used; it is recorded as the last error and the snapshot before it stays
     */
    public X509Context publish(X509Update update) throws SvidRejectedException {
        requireNonNull(update, "update");
        Instant now = clock.instant();
        try {
            check(update, now);
        } catch (SvidRejectedException e) {
            fail(e);
            throw e;
        }
        Progress next = state.updateAndGet(last -> {
            if (last.closed) {
                return last;
            }
            X509Context before = last.context;
            long generation = before == null ? 1 : before.generation() + 1;
            boolean rotated = before != null
                    && !before.svid().leaf().equals(update.svids().get(0).leaf());
            X509Context context = new X509Context(generation, now, update);
            return new Progress(context, last.rotations + (rotated ? 1 : 0), last.lastError, false, false);
        });
        X509Context context = next.context;
        if (next.closed || context == null) {
            throw new SvidRejectedException(
                    FailureReason.SOURCE_CLOSED, "the source is closed and publishes nothing more");
        }
        notifySubscribers();
        return context;
    }

    private void check(X509Update update, Instant now) throws SvidRejectedException {
        if (update.svids().isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.NO_IDENTITY, "the update holds no X.509-SVID (expected: one or more)");
        }
        for (X509Svid svid : update.svids()) {
            if (now.isAfter(svid.notAfter())) {
                throw new SvidRejectedException(
                        FailureReason.EXPIRED,
                        "the X.509-SVID of " + svid.id() + " expired at " + svid.notAfter() + " (now: " + now + ")");
            }
        }
        SpiffeId id = update.svids().get(0).id();
        if (expectedId != null && !expectedId.equals(id)) {
            throw new SvidRejectedException(
                    FailureReason.UNEXPECTED_IDENTITY,
                    "the source delivered " + id + " (expected: " + expectedId
                            + "); check what the source is registered for");
        }
        if (update.bundles().bundle(id.trustDomain()).isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.NO_BUNDLE,
                    "the update has no bundle of " + id.trustDomain() + ", the trust domain of " + id + " (bundles of: "
                            + update.bundles().trustDomains() + ")");
        }
    }

    /** Records that an update failed. The snapshot in force stays. */
    public void fail(MtlsFailure failure) {
        Instant now = clock.instant();
        SourceHealth.SourceError error = new SourceHealth.SourceError(failure.reason(), failure.getMessage(), now);
        state.updateAndGet(last -> new Progress(last.context, last.rotations, error, true, last.closed));
        notifySubscribers();
    }

    /**
     * Records that the source has again, after failed updates, exactly what is in force. Publishes nothing; does nothing if there is no
     * snapshot.
     */
    public void unchanged() {
        state.updateAndGet(last -> last.context == null
                ? last
                : new Progress(last.context, last.rotations, last.lastError, false, last.closed));
        notifySubscribers();
    }

    /** Records that the source was closed. Nothing is published after this. */
    public void close() {
        state.updateAndGet(
                last -> new Progress(last.context, last.rotations, last.lastError, last.lastUpdateFailed, true));
        notifySubscribers();
        subscribers.clear();
    }

    /** See {@link X509Source#subscribe}. */
    public X509Source.Subscription subscribe(Runnable listener) {
        Subscriber subscriber = new Subscriber(requireNonNull(listener, "listener"));
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    private void notifySubscribers() {
        for (Subscriber subscriber : subscribers) {
            try {
                subscriber.listener.run();
            } catch (RuntimeException e) {
                log.warn("A listener of an identity source failed; the others are still called", e);
            }
        }
    }

    /** See {@link X509Source#state}. */
    public SourceState state() {
        Progress now = state.get();
        return new SourceState(Optional.ofNullable(now.context), health(now));
    }

    private SourceHealth health(Progress record) {
        X509Context context = record.context;
        Optional<SourceHealth.SourceError> lastError = Optional.ofNullable(record.lastError);
        if (context == null) {
            String cause = record.closed
                    ? "the source was closed before it delivered an identity"
                    : lastError.map(SourceHealth.SourceError::message).orElse("no identity has been delivered yet");
            SourceHealth.State state = record.closed ? SourceHealth.State.CLOSED : SourceHealth.State.WAITING;
            return new SourceHealth(state, cause, 0, 0, Optional.empty(), List.of(), List.of(), lastError);
        }
        Instant now = clock.instant();
        List<SourceHealth.SvidValidity> svids = new ArrayList<>();
        for (X509Svid svid : context.svids()) {
            svids.add(new SourceHealth.SvidValidity(svid.id(), svid.notAfter()));
        }
        List<SourceHealth.AuthorityValidity> authorities = new ArrayList<>();
        for (X509Bundle bundle : context.bundles().bundles()) {
            for (X509Certificate authority : bundle.authorities()) {
                authorities.add(new SourceHealth.AuthorityValidity(
                        bundle.trustDomain(),
                        authority.getSerialNumber().toString(16),
                        authority.getNotAfter().toInstant()));
            }
        }
        SourceHealth.State state = stateOf(record, context, now);
        return new SourceHealth(
                state,
                cause(state, record, context),
                context.generation(),
                record.rotations,
                Optional.of(Duration.between(context.receivedAt(), now)),
                svids,
                authorities,
                lastError);
    }

    private static SourceHealth.State stateOf(Progress record, X509Context context, Instant now) {
        if (record.closed) {
            return SourceHealth.State.CLOSED;
        }
        if (now.isAfter(context.svid().notAfter())) {
            return SourceHealth.State.EXPIRED;
        }
        return record.lastUpdateFailed ? SourceHealth.State.STALE : SourceHealth.State.HEALTHY;
    }

    private static String cause(SourceHealth.State state, Progress record, X509Context context) {
        String lastError = record.lastError == null ? "" : "; last error: " + record.lastError.message();
        return switch (state) {
            case CLOSED -> "the source was closed";
            case EXPIRED ->
                "the identity " + context.svid().id() + " expired at "
                        + context.svid().notAfter() + lastError;
            case STALE ->
                "the last update failed and generation " + context.generation() + " stays in force" + lastError;
            case WAITING, HEALTHY -> "generation " + context.generation() + " is in force";
        };
    }
}
