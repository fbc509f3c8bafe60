package dev.mtls;

import static java.util.Objects.requireNonNull;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.event.MtlsListener;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.DangerousSettings;
import dev.mtls.internal.connection.ConnectionRegistry;
import dev.mtls.internal.connection.ConnectionSettings;
import dev.mtls.internal.event.Events;
import dev.mtls.internal.tls.Endpoint;
import dev.mtls.internal.tls.ProviderKind;
import dev.mtls.internal.tls.VerifiedChains;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Context;
import dev.mtls.source.X509Source;
import dev.mtls.svid.X509Svid;
import dev.mtls.tls.ProviderChoice;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.verify.X509SvidVerifier;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mutual TLS with the identity that a source delivers and renews.
 *
 * <pre>{@code
 * Mtls mtls = Mtls.create(source);
 * SSLContext client = mtls.client(PeerPolicy.id("spiffe://prod/ns/pay/sa/api")).sslContext();
 * SSLContext server = mtls.server(PeerPolicy.trustDomain("prod")).sslContext();
 * }</pre>
 *
 * <p>Every handshake is bound to the snapshot in force when it starts; every connection is judged afresh when trust or a policy
 * changes, and cut if its peer would be refused now.
 *
 * <p>Safe for use by several threads. Holds one daemon thread until {@linkplain #close() closed}, and a second one while there are
 * events for listeners.
 */
public final class Mtls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Mtls.class);
    private static final Duration SWEEP_INTERVAL = Duration.ofMillis(100);
    private static final String DISABLED_EXTENSIONS = "jdk.tls.server.disableExtensions";

    private final X509Source source;
    private final boolean sharedSource;
    private final Clock clock;
    private final TlsProvider wantedProvider;
    private final @Nullable SpiffeId expectedId;
    private final TlsProfile profile;
    private final ConnectionSettings connectionSettings;
    private final X509SvidVerifier verifier;
    private final Events events;
    private final ConnectionRegistry registry;
    private final ScheduledThreadPoolExecutor timer;
    private final AtomicReference<@Nullable InForce> inForce = new AtomicReference<>();
    private final AtomicReference<SourceHealth.@Nullable SourceError> refused = new AtomicReference<>();
    private final AtomicReference<@Nullable Instant> reportedStale = new AtomicReference<>();
    private final AtomicReference<@Nullable X509Context> reportedExpiring = new AtomicReference<>();
    private final AtomicBoolean serverNamesExplained = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final X509Source.Subscription subscription;

    /** The snapshot that new handshakes are bound to, with the provider chosen for it. */
    private record InForce(Endpoint.Current current, ProviderChoice choice) {
        X509Context context() {
            return current.chains().context();
        }
    }

    private Mtls(Builder builder) {
        source = builder.source;
        sharedSource = builder.sharedSource;
        clock = builder.clock;
        wantedProvider = builder.provider;
        expectedId = builder.expectedId;
        profile = builder.profile;
        connectionSettings =
                new ConnectionSettings(builder.maxConnectionAge, builder.drainGrace, builder.outliveIdentity);
        verifier = X509SvidVerifier.create(clock, builder.notBeforeTolerance);
        events = new Events(builder.listeners);
        registry = new ConnectionRegistry(
                clock, events, connectionSettings, () -> current().chains());
        timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "mtls-connections");
            thread.setDaemon(true);
            return thread;
        });
        subscription = source.subscribe(this::sourceChanged);
    }

    /**
     * Starts with the source and the defaults, and waits for the first identity, at most 30 seconds.
     *
     * @throws SourceUnavailableException if none comes in time; it says what the source says
     */
    public static Mtls create(X509Source source) throws SourceUnavailableException {
        return builder(source).build();
    }

    /** Prepares to start with the source and settings. */
    public static Builder builder(X509Source source) {
        return new Builder(source);
    }

    /** A client that connects to servers that the policy allows, whatever the target. */
    public MtlsClient client(PeerPolicy policy) {
        return client(TargetPolicies.all(policy));
    }

    /** A client that expects a certain server at each target. */
    public MtlsClient client(TargetPolicies policies) {
        return new MtlsClient(this, endpoint(Role.CLIENT, requireNonNull(policies, "policies")));
    }

    /** A server that takes connections of clients that the policy allows. */
    public MtlsServer server(PeerPolicy policy) {
        TargetPolicies policies = TargetPolicies.all(policy);
        explainServerNames();
        return new MtlsServer(this, endpoint(Role.SERVER, policies));
    }

    private Endpoint endpoint(Role role, TargetPolicies policies) {
        checkOpen();
        return new Endpoint(role, policies::policyFor, profile, clock, this::current, registry);
    }

    /** SunJSSE fails a handshake for a server name that is no host name, before anything of ours is asked. */
    private void explainServerNames() {
        InForce now = inForce.get();
        if (now == null
                || now.choice().provider() != TlsProvider.JDK
                || System.getProperty(DISABLED_EXTENSIONS, "").contains("server_name")
                || serverNamesExplained.getAndSet(true)) {
            return;
        }
        log.info(
                "The JDK's TLS provider refuses the server names that Istio sidecars send (outbound_.8080_._.foo.ns.svc.cluster.local). If"
                        + " sidecars call this server, add Conscrypt (org.conscrypt:conscrypt-openjdk-uber), or start the JVM with -D{}=server_name",
                DISABLED_EXTENSIONS);
    }

    private Endpoint.Current current() {
        checkOpen();
        InForce now = inForce.get();
        if (now == null) {
            throw new IllegalStateException("no identity is in force");
        }
        return now.current();
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("this Mtls has been closed");
        }
    }

    /** The snapshot that new handshakes are bound to. */
    public X509Context context() {
        InForce now = inForce.get();
        if (now == null) {
            throw new IllegalStateException("no identity is in force");
        }
        return now.context();
    }

    /** The connections that live at this moment, of all clients and servers made here. */
    public Collection<MtlsConnection> connections() {
        return registry.connections();
    }

    /** How all this fares. Never blocks. */
    public MtlsHealth health() {
        InForce now = inForce.get();
        Collection<MtlsConnection> connections = registry.connections();
        int draining = 0;
        for (MtlsConnection connection : connections) {
            draining += connection.state() == MtlsConnection.State.DRAINING ? 1 : 0;
        }
        return new MtlsHealth(
                source.state().health(),
                now == null ? new ProviderChoice(wantedProvider, "no identity is in force yet") : now.choice(),
                now == null ? 0 : now.context().generation(),
                Optional.ofNullable(refused.get()),
                connections.size(),
                draining,
                connectionSettings.outliveIdentity(),
                events.dropped());
    }

    /** Asks the source for a new identity now; see {@link X509Source#renew}. */
    public void renew() {
        source.renew();
    }

    /** Judges all live connections afresh, soon, on the thread of this object. */
    void checkConnections() {
        try {
            timer.execute(this::checkAll);
        } catch (RejectedExecutionException e) {
            log.debug("Closed: all connections have been cut", e);
        }
    }

    private void checkAll() {
        try {
            registry.checkAll();
            registry.drainSuperseded(context().svid());
        } catch (RuntimeException e) {
            if (closed.get()) {
                log.debug("Closed during a re-check: all connections have been cut", e);
                return;
            }
            log.error("The re-check of live connections failed", e);
        }
    }

    private void sourceChanged() {
        if (closed.get()) {
            return;
        }
        var state = source.state();
        state.context().ifPresent(this::accept);
        SourceHealth health = state.health();
        health.lastError().ifPresent(error -> reportStale(health, error));
    }

    private void reportStale(SourceHealth health, SourceHealth.SourceError error) {
        if (health.state() == SourceHealth.State.HEALTHY || error.at().equals(reportedStale.getAndSet(error.at()))) {
            return;
        }
        events.report(new MtlsEvent.SnapshotRejected(error.at(), error.reason(), error.message()));
        health.age().ifPresent(age -> events.report(new MtlsEvent.SourceStale(clock.instant(), health.cause(), age)));
    }

    private void accept(X509Context context) {
        InForce before = inForce.get();
        if (before != null && before.context().generation() >= context.generation()) {
            return;
        }
        InForce next;
        try {
            checkExpected(context.svid());
            ProviderChoice choice = ProviderKind.choose(wantedProvider, context.svid());
            next = new InForce(
                    new Endpoint.Current(new VerifiedChains(context, verifier, clock), ProviderKind.of(choice)),
                    choice);
        } catch (SvidRejectedException e) {
            SourceHealth.SourceError error =
                    new SourceHealth.SourceError(e.reason(), String.valueOf(e.getMessage()), clock.instant());
            refused.set(error);
            events.report(new MtlsEvent.SnapshotRejected(error.at(), error.reason(), error.message()));
            return;
        }
        InForce replaced = inForce.getAndUpdate(
                now -> now != null && now.context().generation() >= context.generation() ? now : next);
        if (replaced != null && replaced.context().generation() >= context.generation()) {
            return;
        }
        refused.set(null);
        if (replaced == null || !replaced.choice().equals(next.choice())) {
            log.info(
                    "TLS provider {}: {}",
                    next.choice().provider(),
                    next.choice().reason());
        }
        X509Svid svid = context.svid();
        events.report(new MtlsEvent.SnapshotPublished(
                clock.instant(),
                svid.id(),
                svid.leaf().getSerialNumber().toString(16),
                svid.notAfter(),
                context.generation()));
        checkConnections();
    }

    private void checkExpected(X509Svid svid) throws SvidRejectedException {
        if (expectedId != null && !expectedId.equals(svid.id())) {
            throw new SvidRejectedException(
                    FailureReason.UNEXPECTED_IDENTITY,
                    "the source delivered " + svid.id() + " (expected: " + expectedId
                            + "); check what the source is registered for");
        }
    }

    private void sweep() {
        try {
            registry.sweep();
            warnOfExpiry();
        } catch (RuntimeException e) {
            log.error("The sweep of live connections failed", e);
        }
    }

    /** An identity is renewed at half of its life, as a rule: with a third left, something is wrong. */
    private void warnOfExpiry() {
        InForce now = inForce.get();
        if (now == null) {
            return;
        }
        X509Svid svid = now.context().svid();
        Duration life = Duration.between(svid.notBefore(), svid.notAfter());
        if (clock.instant().isAfter(svid.notAfter().minus(life.dividedBy(3)))
                && reportedExpiring.getAndSet(now.context()) != now.context()) {
            events.report(new MtlsEvent.IdentityExpiring(clock.instant(), svid.id(), svid.notAfter()));
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // sweep() lets no exception out.
    private void start(Duration timeout) throws SourceUnavailableException {
        CountDownLatch delivered = new CountDownLatch(1);
        X509Source.Subscription waiting = source.subscribe(() -> {
            if (inForce.get() != null) {
                delivered.countDown();
            }
        });
        try (waiting) {
            sourceChanged();
            boolean inTime = inForce.get() != null || delivered.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!inTime) {
                throw unavailable(timeout);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SourceUnavailableException(
                    FailureReason.NO_IDENTITY, "interrupted while waiting for the first identity", e);
        }
        long interval = SWEEP_INTERVAL.toMillis();
        timer.scheduleAtFixedRate(this::sweep, interval, interval, TimeUnit.MILLISECONDS);
    }

    private SourceUnavailableException unavailable(Duration timeout) {
        SourceHealth.SourceError refusal = refused.get();
        if (refusal != null) {
            return new SourceUnavailableException(refusal.reason(), refusal.message());
        }
        SourceHealth health = source.state().health();
        FailureReason reason =
                health.lastError().map(SourceHealth.SourceError::reason).orElse(FailureReason.NO_IDENTITY);
        return new SourceUnavailableException(reason, "no identity within " + timeout + ": " + health.cause());
    }

    /**
     * Cuts all connections, ends the thread, and closes the source, unless it was declared {@linkplain Builder#sharedSource shared}.
     * Contexts made here make no more engines. Further calls do nothing.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        subscription.close();
        timer.shutdownNow();
        registry.close();
        events.close();
        if (!sharedSource) {
            source.close();
        }
    }

    /**
     * Settings of an {@link Mtls}. Defaults:
     *
     * <ul>
     *   <li>provider: {@link TlsProvider#AUTO}
     *   <li>profile: {@link TlsProfile#november2026()}
     *   <li>start timeout: 30 seconds
     *   <li>maximum age of connections: 1 hour
     *   <li>grace period of drained connections: 30 seconds
     *   <li>tolerance for certificates that are not valid yet: 60 seconds
     *   <li>expected ID: any
     *   <li>the source is closed with the {@code Mtls}
     * </ul>
     *
     * <p>Not safe for use by several threads. Each setting may be made once.
     */
    public static final class Builder {
        private static final Duration LONGEST = Duration.ofDays(365);

        static {
            DangerousSettings.grantOutliveIdentity(builder -> ((Builder) builder).outliveIdentity = true);
        }

        private final X509Source source;
        private final List<MtlsListener> listeners = new ArrayList<>();
        private final List<String> made = new ArrayList<>();
        private TlsProvider provider = TlsProvider.AUTO;
        private TlsProfile profile = TlsProfile.november2026();
        private Duration startTimeout = Duration.ofSeconds(30);
        private @Nullable Duration maxConnectionAge = Duration.ofHours(1);
        private Duration drainGrace = Duration.ofSeconds(30);
        private Duration notBeforeTolerance = X509SvidVerifier.DEFAULT_NOT_BEFORE_TOLERANCE;
        private Clock clock = Clock.systemUTC();
        private @Nullable SpiffeId expectedId;
        private boolean sharedSource;
        private boolean outliveIdentity;

        private Builder(X509Source source) {
            this.source = requireNonNull(source, "source");
        }

        private void once(String setting) {
            if (made.contains(setting)) {
                throw new IllegalStateException(setting + " was set already");
            }
            made.add(setting);
        }

        private static Duration positive(String name, Duration duration) {
            if (duration.isNegative() || duration.isZero() || duration.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        name + ": " + duration + " (expected: more than 0, at most 365 days)");
            }
            return duration;
        }

        /** The TLS implementation to use. */
        public Builder provider(TlsProvider provider) {
            once("provider");
            this.provider = requireNonNull(provider, "provider");
            return this;
        }

        /** What is offered and accepted in handshakes. */
        public Builder profile(TlsProfile profile) {
            once("profile");
            this.profile = requireNonNull(profile, "profile");
            return this;
        }

        /** How long {@link #build} waits for the first identity. */
        public Builder startTimeout(Duration timeout) {
            once("startTimeout");
            this.startTimeout = positive("startTimeout", timeout);
            return this;
        }

        /**
         * The age at which connections are drained, each up to a tenth earlier, at random; on clients all of them a tenth earlier than that,
         * so that the servers' closing does not meet requests.
         */
        public Builder maxConnectionAge(Duration age) {
            once("maxConnectionAge");
            this.maxConnectionAge = positive("maxConnectionAge", age);
            return this;
        }

        /** Lets connections grow as old as the peer's identity. */
        public Builder unlimitedConnectionAge() {
            once("maxConnectionAge");
            this.maxConnectionAge = null;
            return this;
        }

        /** How long a drained connection may finish what runs on it. */
        public Builder drainGrace(Duration grace) {
            once("drainGrace");
            this.drainGrace = positive("drainGrace", grace);
            return this;
        }

        /** How far in the future a peer's certificate may start to be valid, 0 to 5 minutes. */
        public Builder notBeforeTolerance(Duration tolerance) {
            once("notBeforeTolerance");
            this.notBeforeTolerance = requireNonNull(tolerance, "tolerance");
            return this;
        }

        /** The only identity of our own that may be used: if the source delivers another, it is refused, and the one before stays. */
        public Builder expectedId(SpiffeId id) {
            once("expectedId");
            this.expectedId = requireNonNull(id, "id");
            return this;
        }

        /** Leaves the source open when the {@code Mtls} is closed: others use it too. */
        public Builder sharedSource() {
            once("sharedSource");
            this.sharedSource = true;
            return this;
        }

        /** Tells the time; for tests. */
        public Builder clock(Clock clock) {
            once("clock");
            this.clock = requireNonNull(clock, "clock");
            return this;
        }

        /** Adds a listener. */
        public Builder addListener(MtlsListener listener) {
            listeners.add(requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Starts, and waits for the first identity.
         *
         * @throws SourceUnavailableException if none comes in time, or the provider asked for cannot use it; the source is closed then,
         *     unless it is shared
         * @throws IllegalArgumentException if the tolerance is out of range
         * @throws IllegalStateException if Conscrypt was asked for and is not there
         */
        public Mtls build() throws SourceUnavailableException {
            Mtls mtls = new Mtls(this);
            boolean started = false;
            try {
                mtls.start(startTimeout);
                started = true;
                return mtls;
            } finally {
                if (!started) {
                    mtls.close();
                }
            }
        }
    }
}
