package dev.mtls.internal.connection;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.internal.tls.MtlsEngine;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.X509Context;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.trust.X509Bundle;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the registry. It refers to its engine weakly: a framework that forgets an engine without closing it takes the
 * connection with it.
 */
final class LiveConnection implements MtlsConnection {
    private static final Logger log = LoggerFactory.getLogger(LiveConnection.class);

    /** By what a peer was judged; as long as it is the same, so is the verdict. */
    record Judgement(@Nullable X509Bundle bundle, List<X509CRL> crls, PeerPolicy policy) {
        static Judgement of(X509Context context, PeerPolicy policy, PeerIdentity peer) {
            return new Judgement(context.bundles().bundle(peer.trustDomain()).orElse(null), context.crls(), policy);
        }

        boolean isSameAs(Judgement other) {
            return policy == other.policy && crls.equals(other.crls) && Objects.equals(bundle, other.bundle);
        }
    }

    /** Tells which connection an engine had that was forgotten. */
    static final class EngineReference extends WeakReference<MtlsEngine> {
        private final LiveConnection connection;

        EngineReference(MtlsEngine engine, ReferenceQueue<MtlsEngine> abandoned, LiveConnection connection) {
            super(engine, abandoned);
            this.connection = connection;
        }

        LiveConnection connection() {
            return connection;
        }
    }

    /** State and waiting actions change together. */
    private record Progress(State state, List<Runnable> onDrain, List<Runnable> onClose) {}

    private final long number;
    private final ConnectionRegistry registry;
    private final EngineReference engine;
    private final List<Due> due = new CopyOnWriteArrayList<>();
    private final Role role;
    private final PeerIdentity peer;
    private final Instant openedAt;
    private final AtomicReference<Progress> progress =
            new AtomicReference<>(new Progress(State.ACTIVE, List.of(), List.of()));
    private volatile Judgement judgement;
    private volatile long drainPlannedFor = Long.MAX_VALUE;
    private volatile @Nullable PeerVerificationException cutBy;

    LiveConnection(
            long number,
            ConnectionRegistry registry,
            MtlsEngine engine,
            ReferenceQueue<MtlsEngine> abandoned,
            PeerIdentity peer,
            Instant openedAt) {
        this.number = number;
        this.registry = registry;
        this.engine = new EngineReference(engine, abandoned, this);
        this.role = engine.binding().role();
        this.peer = peer;
        this.openedAt = openedAt;
        this.judgement =
                Judgement.of(engine.binding().context(), engine.binding().policy(), peer);
    }

    long number() {
        return number;
    }

    /** What is planned in the registry, to be taken out with the connection. */
    List<Due> due() {
        return due;
    }

    @Nullable
    MtlsEngine engine() {
        return engine.get();
    }

    /** The earliest moment for which a drain is planned. */
    long drainPlannedFor() {
        return drainPlannedFor;
    }

    void drainPlannedFor(long millis) {
        drainPlannedFor = millis;
    }

    Judgement judgement() {
        return judgement;
    }

    void judgedBy(Judgement passed) {
        judgement = passed;
    }

    @Override
    public PeerIdentity peer() {
        return peer;
    }

    @Override
    public Role role() {
        return role;
    }

    @Override
    public Instant openedAt() {
        return openedAt;
    }

    @Override
    public State state() {
        return progress.get().state();
    }

    @Override
    public Optional<PeerVerificationException> cutBy() {
        return Optional.ofNullable(cutBy);
    }

    @Override
    public void check() throws PeerVerificationException {
        PeerVerificationException cause = cutBy;
        if (cause != null) {
            throw cause;
        }
        registry.check(this);
    }

    @Override
    public Optional<PeerVerificationException> refusal() {
        PeerVerificationException cause = cutBy;
        MtlsEngine judged = engine.get();
        if (cause != null || judged == null || state() == State.CLOSED) {
            return Optional.ofNullable(cause);
        }
        return registry.judge(this, judged);
    }

    @Override
    public void drain(String cause) {
        registry.drain(this, cause);
    }

    @Override
    public void onDrain(Runnable action) {
        Progress before = progress.getAndUpdate(now -> now.state() == State.ACTIVE
                ? new Progress(now.state(), with(now.onDrain(), action), now.onClose())
                : now);
        if (before.state() == State.DRAINING) {
            run(action);
        }
    }

    @Override
    public void onClose(Runnable action) {
        Progress before = progress.getAndUpdate(now -> now.state() != State.CLOSED
                ? new Progress(now.state(), now.onDrain(), with(now.onClose(), action))
                : now);
        if (before.state() == State.CLOSED) {
            run(action);
        }
    }

    /** Starts the drain; false if it had started, or the connection has ended. */
    boolean startDrain() {
        Progress before = progress.getAndUpdate(
                now -> now.state() == State.ACTIVE ? new Progress(State.DRAINING, List.of(), now.onClose()) : now);
        if (before.state() != State.ACTIVE) {
            return false;
        }
        before.onDrain().forEach(LiveConnection::run);
        return true;
    }

    /** Cuts the connection; false if it has ended. */
    boolean cut(PeerVerificationException cause) {
        // Before anything that could take time: from here on no byte passes. And before the engine is severed, whose
        // framework then reports the end at once: it was cut, it did not end by itself.
        cutBy = cause;
        Progress before = progress.getAndSet(new Progress(State.CLOSED, List.of(), List.of()));
        MtlsEngine severed = engine.get();
        if (severed != null) {
            severed.sever(cause);
        }
        before.onClose().forEach(LiveConnection::run);
        return before.state() != State.CLOSED;
    }

    /** Ends the connection, if it has not ended. */
    void end() {
        Progress before = progress.getAndSet(new Progress(State.CLOSED, List.of(), List.of()));
        before.onClose().forEach(LiveConnection::run);
    }

    private static List<Runnable> with(List<Runnable> actions, Runnable action) {
        List<Runnable> more = new ArrayList<>(actions);
        more.add(action);
        return List.copyOf(more);
    }

    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            log.warn("An action at the end of a connection failed; the connection ends all the same", e);
        }
    }

    @Override
    public String toString() {
        return "MtlsConnection[" + role + ", peer " + peer + ", " + state() + ", opened " + openedAt + "]";
    }
}
