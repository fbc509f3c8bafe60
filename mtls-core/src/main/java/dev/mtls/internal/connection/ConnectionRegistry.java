package dev.mtls.internal.connection;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
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
import java.util.List;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All live connections of one {@code Mtls}. Judges them afresh when trust or policy has changed, drains the old and ends the expired.
 *
 * <p>Lock-free: a concurrent map of the connections, and a sorted one of what is due when. No lock is held while an engine is severed
 * or an action of an adapter runs.
 */
public final class ConnectionRegistry implements ConnectionObserver {
    private static final Logger log = LoggerFactory.getLogger(ConnectionRegistry.class);

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
        // Trust, policy or our identity may have changed during the handshake, and the re-check of all connections may
        // have missed this one.
        drainSuperseded(
                connection,
                engine.binding().context().svid(),
                current.get().context().svid());
        try {
            check(connection, engine);
        } catch (PeerVerificationException e) {
            log.debug("Cut right after its handshake", e);
        }
        return connection;
    }

    private void schedule(LiveConnection connection) {
        Duration maxAge = settings.maxAge();
        if (maxAge != null) {
            long tenth = maxAge.toMillis() / 10;
            long latest = connection.openedAt().plus(maxAge).toEpochMilli() - (isClient(connection) ? tenth : 0);
            planDrain(connection, latest - tenth, latest);
        }
        if (!settings.outliveIdentity()) {
            long end = connection.peer().validUntil().toEpochMilli();
            // A peer that connects with an identity near its end has no newer one: drained at once, it would only
            // connect again.
            long left = end - connection.openedAt().toEpochMilli();
            long lead = Math.min(drainLead(connection.peer().leaf()), left / 2);
            planDrain(connection, end - lead, end - lead / 2);
            plan(new Due(end + 1, connection.number(), true), connection);
        }
    }

    /**
     * Clients drain before servers have cause to: if a server closes a connection while a request is on its way, the request is lost.
     */
    private static boolean isClient(LiveConnection connection) {
        return connection.role() == Role.CLIENT;
    }

    /** Plans a drain at a random moment of the range, unless one is planned no later than that. */
    private void planDrain(LiveConnection connection, long earliest, long latest) {
        if (connection.drainPlannedFor() > latest) {
            long at = earliest + ThreadLocalRandom.current().nextLong(latest - earliest + 1);
            connection.drainPlannedFor(at);
            plan(new Due(at, connection.number(), false), connection);
        }
    }

    private void plan(Due when, LiveConnection connection) {
        connection.due().add(when);
        due.put(when, connection);
        if (connection.state() == MtlsConnection.State.CLOSED) {
            due.remove(when);
        }
    }

    /** How long before the end of the peer's leaf the drain starts, at the earliest; at the latest it is half of that. */
    private static long drainLead(X509Certificate leaf) {
        Duration validity = Duration.between(
                leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant());
        return Math.min(validity.toMillis() / DRAIN_LEAD_SHARE, MAX_DRAIN_LEAD.toMillis());
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
            if (cause instanceof PeerVerificationException verification) {
                return Optional.of(verification);
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    @Override
    public void closed(MtlsEngine engine) {
        if (engine.attachment() instanceof LiveConnection connection) {
            connection.end();
            forget(connection);
        }
    }

    @Override
    public void expired(MtlsEngine engine, PeerVerificationException cause) {
        if (engine.attachment() instanceof LiveConnection connection) {
            cut(connection, cause);
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

    /**
     * Judges every connection afresh and cuts those that fail. Called after a change of trust or policy. All are cut before the first is
     * reported: a log that is slow must not keep a connection alive.
     */
    public void checkAll() {
        List<MtlsEvent> cuts = new ArrayList<>();
        for (LiveConnection connection : connections.values()) {
            MtlsEngine engine = connection.engine();
            if (engine == null) {
                forget(connection);
                continue;
            }
            judgeWithoutFail(connection, engine)
                    .flatMap(refusal -> cutUnreported(connection, refusal))
                    .ifPresent(cuts::add);
        }
        cuts.forEach(events::report);
    }

    /** An error in the judgement of one connection must neither spare it nor those after it. */
    private Optional<PeerVerificationException> judgeWithoutFail(LiveConnection connection, MtlsEngine engine) {
        try {
            return judge(connection, engine);
        } catch (RuntimeException e) {
            return Optional.of(new PeerVerificationException(
                    FailureReason.INVALID_PATH, connection.peer().id(), "its verification failed: " + e, e));
        }
    }

    /**
     * Drains what presents an identity that our present one has superseded. One after the other, soon, if its issuer is another: peers
     * trust the issuer of before for some time still, and when they cease to, there must be no such connection left to cut. On clients
     * also, when the identity that was presented nears its end: before the server does that.
     */
    public void drainSuperseded(X509Svid present) {
        for (LiveConnection connection : connections.values()) {
            MtlsEngine engine = connection.engine();
            if (engine != null && connection.state() == MtlsConnection.State.ACTIVE) {
                drainSuperseded(connection, engine.binding().context().svid(), present);
            }
        }
    }

    private void drainSuperseded(LiveConnection connection, X509Svid presented, X509Svid present) {
        if (presented == present) {
            return;
        }
        if (!Issuer.of(presented).equals(Issuer.of(present))) {
            long now = clock.millis();
            planDrain(connection, now, now + spread(present).toMillis());
        } else if (isClient(connection) && present.notAfter().isAfter(presented.notAfter())) {
            long end = presented.notAfter().toEpochMilli();
            long lead = drainLead(presented.leaf());
            planDrain(connection, end - 2 * lead, end - lead - lead / 2);
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
        cutUnreported(connection, cause).ifPresent(events::report);
    }

    /** Cuts the connection; empty if it has ended already. */
    private Optional<MtlsEvent> cutUnreported(LiveConnection connection, PeerVerificationException cause) {
        boolean cut = connection.cut(cause);
        forget(connection);
        if (!cut) {
            return Optional.empty();
        }
        return Optional.of(new MtlsEvent.ConnectionCut(
                clock.instant(),
                connection.role(),
                connection.peer().id(),
                cause.reason(),
                String.valueOf(cause.getMessage())));
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
        MtlsEngine engine = connection.engine();
        if (engine == null) {
            forget(connection);
        } else if (!due.end()) {
            drain(connection, causeOfDrain(connection, engine, now));
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

    private String causeOfDrain(LiveConnection connection, MtlsEngine engine, long now) {
        if (connection.peer().validUntil().toEpochMilli() - now <= MAX_DRAIN_LEAD.toMillis()) {
            return "the peer's identity nears its end";
        }
        Duration maxAge = settings.maxAge();
        if (maxAge != null
                && now
                        >= connection.openedAt().toEpochMilli()
                                + maxAge.toMillis() / 10 * (isClient(connection) ? 8 : 9)) {
            return "the connection has reached its maximum age";
        }
        boolean sameIssuer = Issuer.of(engine.binding().context().svid())
                .equals(Issuer.of(current.get().context().svid()));
        return sameIssuer ? "the identity that we presented nears its end" : "our own identity has a new issuer";
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
