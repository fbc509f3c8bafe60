package dev.mtls.internal.connection;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.event.Events;
import dev.mtls.internal.tls.ConnectionObserver;
import dev.mtls.internal.tls.MtlsEngine;
import dev.mtls.internal.tls.VerifiedChains;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.svid.X509Svid;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.verify.X509SvidVerifier;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * All live connections of one {@code Mtls}. Judges them afresh when trust or policy has changed, drains the old and ends the expired.
 *
 * <p>Lock-free: a concurrent map of the connections, and a sorted one of what is due when. No lock is held while an engine is severed
 * or an action of an adapter runs.
 */
public final class ConnectionRegistry implements ConnectionObserver {
    /** A drain starts this share of the peer's validity before its end, but at most {@link #MAX_DRAIN_LEAD}. */
    private static final int DRAIN_LEAD_SHARE = 5;

    private static final Duration MAX_DRAIN_LEAD = Duration.ofMinutes(5);
    private static final Duration MAX_SPREAD = Duration.ofMinutes(1);

    private final Clock clock;
    private final Events events;
    private final ConnectionSettings settings;
    private final Supplier<VerifiedChains> current;
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentMap<Long, LiveConnection> connections = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<Due, LiveConnection> due = new ConcurrentSkipListMap<>();
    private final ReferenceQueue<MtlsEngine> abandoned = new ReferenceQueue<>();

    /** Starts empty. */
    public ConnectionRegistry(
            Clock clock, Events events, ConnectionSettings settings, Supplier<VerifiedChains> current) {
        this.clock = clock;
        this.events = events;
        this.settings = settings;
        this.current = current;
    }

    @Override
    public Object established(MtlsEngine engine) {
        PeerIdentity peer = Objects.requireNonNull(engine.peer());
        Instant now = clock.instant();
        LiveConnection connection = new LiveConnection(numbers.incrementAndGet(), this, engine, abandoned, peer, now);
        connections.put(connection.number(), connection);
        if (settings.outliveIdentity()) {
            engine.liveBeyondValidity();
        }
        schedule(connection);
        SSLSession session = engine.getSession();
        events.report(new MtlsEvent.HandshakeAccepted(
                now,
                connection.role(),
                engine.binding().context().svid().id(),
                peer.id(),
                session.getProtocol(),
                session.getCipherSuite(),
                engine.keyExchangeGroup(),
                peer.generation(),
                Duration.between(engine.startedAt(), now)));
        // Trust or policy may have changed during the handshake, and the re-check of all connections may have missed
        // this one.
        try {
            check(connection, engine);
        } catch (PeerVerificationException e) {
            return connection;
        }
        return connection;
    }

    private void schedule(LiveConnection connection) {
        Instant drainAt = Instant.MAX;
        Duration maxAge = settings.maxAge();
        if (maxAge != null) {
            long jitter = ThreadLocalRandom.current().nextLong(maxAge.toMillis() / 10 + 1);
            drainAt = connection.openedAt().plus(maxAge).minusMillis(jitter);
        }
        if (!settings.outliveIdentity()) {
            Instant end = connection.peer().validUntil();
            Instant lead = end.minus(drainLead(connection.peer()));
            drainAt = lead.isBefore(drainAt) ? lead : drainAt;
            plan(new Due(end.toEpochMilli() + 1, connection.number(), true), connection);
        }
        if (drainAt != Instant.MAX) {
            plan(new Due(drainAt.toEpochMilli(), connection.number(), false), connection);
        }
    }

    private void plan(Due when, LiveConnection connection) {
        connection.due().add(when);
        due.put(when, connection);
        if (connection.state() == MtlsConnection.State.CLOSED) {
            due.remove(when);
        }
    }

    /** How long before the end the drain starts: a fifth of the validity, at most 5 minutes, less up to a half of that at random. */
    private static Duration drainLead(PeerIdentity peer) {
        Duration validity = Duration.between(
                peer.leaf().getNotBefore().toInstant(),
                peer.leaf().getNotAfter().toInstant());
        Duration lead = validity.dividedBy(DRAIN_LEAD_SHARE);
        long millis = (lead.compareTo(MAX_DRAIN_LEAD) < 0 ? lead : MAX_DRAIN_LEAD).toMillis();
        return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    }

    @Override
    public void rejected(MtlsEngine engine, Exception failure) {
        Optional<PeerVerificationException> verification = find(failure);
        events.report(new MtlsEvent.HandshakeRejected(
                clock.instant(),
                engine.binding().role(),
                engine.binding().context().svid().id(),
                verification.flatMap(PeerVerificationException::claimedId),
                verification.map(PeerVerificationException::reason).orElse(FailureReason.HANDSHAKE_FAILED),
                verification.map(Throwable::getMessage).orElseGet(() -> String.valueOf(failure.getMessage())),
                engine.binding().context().generation()));
    }

    private static Optional<PeerVerificationException> find(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause instanceof PeerVerificationException) {
                return Optional.of((PeerVerificationException) cause);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    @Override
    public void closed(MtlsEngine engine) {
        Object attachment = engine.attachment();
        if (attachment instanceof LiveConnection) {
            LiveConnection connection = (LiveConnection) attachment;
            connection.end();
            forget(connection);
        }
    }

    @Override
    public void expired(MtlsEngine engine, PeerVerificationException cause) {
        Object attachment = engine.attachment();
        if (attachment instanceof LiveConnection) {
            cut((LiveConnection) attachment, cause);
        }
    }

    private void forget(LiveConnection connection) {
        connections.remove(connection.number());
        connection.due().forEach(due::remove);
    }

    /** The live connections at this moment. */
    public Collection<MtlsConnection> connections() {
        return new ArrayList<>(connections.values());
    }

    /** Judges every connection afresh and cuts those that fail. Called after a change of trust or policy. */
    public void checkAll() {
        for (LiveConnection connection : connections.values()) {
            MtlsEngine engine = connection.engine();
            if (engine == null) {
                forget(connection);
                continue;
            }
            try {
                check(connection, engine);
            } catch (PeerVerificationException e) {
                // It has been cut and reported.
                continue;
            }
        }
    }

    /**
     * Drains, one after the other, the connections that present an identity of another issuer than our present one. Peers trust the
     * issuer of before for some time still: when they cease to, there must be no such connection left to cut.
     */
    public void drainSuperseded(X509Svid present) {
        Issuer issuer = Issuer.of(present);
        Map<X509Svid, Boolean> superseded = new IdentityHashMap<>();
        long spread = spread(present).toMillis();
        for (LiveConnection connection : connections.values()) {
            MtlsEngine engine = connection.engine();
            if (engine == null || connection.state() != MtlsConnection.State.ACTIVE) {
                continue;
            }
            X509Svid presented = engine.binding().context().svid();
            if (superseded.computeIfAbsent(presented, each -> !Issuer.of(each).equals(issuer))) {
                long at = clock.millis() + ThreadLocalRandom.current().nextLong(spread + 1);
                plan(new Due(at, connection.number(), false), connection);
            }
        }
    }

    /** Not all connections are to be opened anew at the same moment: a sixtieth of the validity, at most a minute. */
    private static Duration spread(X509Svid svid) {
        Duration share = Duration.between(svid.notBefore(), svid.notAfter()).dividedBy(60);
        return share.compareTo(MAX_SPREAD) < 0 ? share : MAX_SPREAD;
    }

    void check(LiveConnection connection) throws PeerVerificationException {
        MtlsEngine engine = connection.engine();
        if (engine != null) {
            check(connection, engine);
        }
    }

    private void check(LiveConnection connection, MtlsEngine engine) throws PeerVerificationException {
        Optional<PeerVerificationException> refusal = judge(connection, engine);
        if (refusal.isPresent()) {
            cut(connection, refusal.get());
            throw refusal.get();
        }
    }

    /** Judges the peer by what is in force now. */
    Optional<PeerVerificationException> judge(LiveConnection connection, MtlsEngine engine) {
        VerifiedChains chains = current.get();
        PeerPolicy policy;
        try {
            policy = engine.endpoint().policyFor(engine.getPeerHost(), engine.getPeerPort());
        } catch (IllegalArgumentException e) {
            return Optional.of(new PeerVerificationException(
                    FailureReason.POLICY_DENIED,
                    connection.peer().id(),
                    "the target is no longer known: " + e.getMessage(),
                    e));
        }
        LiveConnection.Judgement now = LiveConnection.Judgement.of(chains.context(), policy, connection.peer());
        if (connection.judgement().isSameAs(now)) {
            return Optional.empty();
        }
        try {
            List<X509Certificate> presented = engine.presentedChain();
            X509SvidVerifier.authorize(
                    chains.verify(presented, connection.role().peer()).id(),
                    policy,
                    connection.role().peer());
            connection.judgedBy(now);
            return Optional.empty();
        } catch (PeerVerificationException e) {
            return Optional.of(e);
        }
    }

    private void cut(LiveConnection connection, PeerVerificationException cause) {
        boolean cut = connection.cut(cause);
        forget(connection);
        if (cut) {
            SpiffeId peer = connection.peer().id();
            events.report(new MtlsEvent.ConnectionCut(
                    clock.instant(), connection.role(), peer, cause.reason(), String.valueOf(cause.getMessage())));
        }
    }

    void drain(LiveConnection connection, String cause) {
        Instant now = clock.instant();
        Instant deadline = now.plus(settings.drainGrace());
        if (!settings.outliveIdentity() && connection.peer().validUntil().isBefore(deadline)) {
            deadline = connection.peer().validUntil();
        }
        if (connection.state() != MtlsConnection.State.ACTIVE) {
            return;
        }
        plan(new Due(deadline.toEpochMilli(), connection.number(), true), connection);
        if (connection.startDrain()) {
            events.report(new MtlsEvent.ConnectionDrained(
                    now, connection.role(), connection.peer().id(), cause, deadline));
        }
    }

    /** Does what is due. Called several times per second. */
    public void sweep() {
        for (Reference<?> gone = abandoned.poll(); gone != null; gone = abandoned.poll()) {
            forget(((LiveConnection.EngineReference) gone).connection());
        }
        long now = clock.millis();
        while (!due.isEmpty() && due.firstKey().millis() <= now) {
            var entry = due.pollFirstEntry();
            if (entry != null) {
                act(entry.getKey(), entry.getValue(), now);
            }
        }
    }

    private void act(Due due, LiveConnection connection, long now) {
        if (connection.engine() == null) {
            forget(connection);
        } else if (!due.end()) {
            drain(connection, causeOfDrain(connection, now));
        } else if (now > connection.peer().validUntil().toEpochMilli() && !settings.outliveIdentity()) {
            cut(
                    connection,
                    new PeerVerificationException(
                            FailureReason.EXPIRED,
                            connection.peer().id(),
                            "connection cut: the identity of " + connection.peer() + " ended at "
                                    + connection.peer().validUntil()));
        } else if (connection.state() == MtlsConnection.State.DRAINING) {
            cut(
                    connection,
                    new PeerVerificationException(
                            FailureReason.DRAINED,
                            connection.peer().id(),
                            "connection closed: its grace period after the drain is over"));
        }
    }

    private String causeOfDrain(LiveConnection connection, long now) {
        Duration maxAge = settings.maxAge();
        if (connection.peer().validUntil().toEpochMilli() - now <= MAX_DRAIN_LEAD.toMillis()) {
            return "the peer's identity nears its end";
        }
        if (maxAge != null
                && now
                        >= connection
                                .openedAt()
                                .plus(maxAge.multipliedBy(9).dividedBy(10))
                                .toEpochMilli()) {
            return "the connection has reached its maximum age";
        }
        return "our own identity has a new issuer";
    }

    /** Cuts all connections. */
    public void close() {
        for (LiveConnection connection : connections.values()) {
            cut(
                    connection,
                    new PeerVerificationException(
                            FailureReason.SOURCE_CLOSED,
                            connection.peer().id(),
                            "connection cut: the identity of this end was closed"));
        }
    }
}
