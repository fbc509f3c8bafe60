package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.SourceState;
import dev.mtls.source.X509Source;
import dev.mtls.source.X509Update;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source whose identity a {@link CertificateAuthority} of this process issues.
 *
 * <p>It renews itself when between 45 and 50 % of the remaining life of its SVID is over, or at a fixed interval if told so. It
 * publishes every change of its authority's bundles and CRLs at once, on the thread that makes the change, and renews when its
 * signing certificate is replaced. When issuing fails, the last good SVID stays, and it tries again after a second, then after
 * longer and longer up to a minute.
 *
 * <p>The first snapshot has been published when a source is handed out, unless issuing fails: then its {@linkplain #state() state}
 * says why. Unlike with other sources, {@link #renew()} does its work on the calling thread, which takes about a millisecond with
 * EC keys.
 *
 * <p>Close a source after use: its authority holds on to it until then.
 *
 * <p>Safe for use by several threads.
 */
public final class CaSource implements X509Source {
    private static final Logger log = LoggerFactory.getLogger(CaSource.class);
    private static final double EARLIEST_RENEWAL = 0.45;
    private static final double LATEST_RENEWAL = 0.5;
    private static final Duration MIN_DELAY = Duration.ofMillis(100);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final Duration LAST_RETRY = Duration.ofMinutes(1);
    private static final int MAX_DOUBLINGS = 6;

    private final Hierarchy hierarchy;
    private final Node node;
    private final SvidRequest request;
    private final @Nullable Duration interval;
    private final Clock clock;
    private final SnapshotPublisher publisher;
    private final ScheduledExecutorService executor;
    private final boolean ownsExecutor;
    private final Subscription subscription;

    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicBoolean renewalAsked = new AtomicBoolean();
    private volatile boolean closed;

    // Of whoever runs the updates, see update().
    private Hierarchy.@Nullable Issued held;
    private Instant renewAt = Instant.MIN;
    private int failures;
    private @Nullable ScheduledFuture<?> next;

    private CaSource(Builder builder) {
        this.hierarchy = builder.authority.hierarchy();
        this.node = builder.authority.node();
        this.request = builder.request;
        this.interval = builder.interval;
        this.clock = hierarchy.clock();
        this.publisher = new SnapshotPublisher(clock, request.id());
        this.ownsExecutor = builder.executor == null;
        this.executor = builder.executor == null ? newExecutor(request.id()) : builder.executor;
        this.subscription = hierarchy.subscribe(this::update);
    }

    /**
     * A source of the ID with all defaults of {@link Builder}.
     *
     * @throws IllegalArgumentException if the authority does not issue the ID
     */
    public static CaSource of(CertificateAuthority authority, SpiffeId id) {
        return builder(authority, SvidRequest.of(id)).build();
    }

    /** Begins a source of SVIDs as requested. */
    public static Builder builder(CertificateAuthority authority, SvidRequest request) {
        return new Builder(requireNonNull(authority, "authority"), requireNonNull(request, "request"));
    }

    @Override
    public SourceState state() {
        return publisher.state();
    }

    @Override
    public Subscription subscribe(Runnable listener) {
        return publisher.subscribe(listener);
    }

    /**
     * Has a new SVID issued now and publishes it. When this returns, it is in force, or the {@linkplain #state() state} says why
     * not; if another thread is at it, or a listener calls this, it happens right after.
     */
    @Override
    public void renew() {
        renewalAsked.set(true);
        update();
    }

    /** One thread at a time; the others leave their wish behind and go, so that no lock is held while listeners are called. */
    private void update() {
        if (pending.getAndIncrement() > 0) {
            return;
        }
        boolean done = false;
        try {
            int seen;
            do {
                seen = pending.get();
                updateOnce();
            } while (pending.addAndGet(-seen) > 0);
            done = true;
        } finally {
            if (!done) {
                // An Error, such as too little memory: the next one must find the way free.
                pending.set(0);
            }
        }
    }

    private void updateOnce() {
        try {
            if (!closed) {
                publish();
            }
            failures = 0;
        } catch (SvidRejectedException e) {
            failures++;
            if (!closed) {
                publisher.fail(e);
                log.warn("No SVID for {}: {}", request.id(), e.getMessage());
            }
        } catch (RuntimeException e) {
            failures++;
            log.error("Issuing an SVID for {} failed; it is tried again", request.id(), e);
        } finally {
            scheduleNext();
        }
    }

    private void publish() throws SvidRejectedException {
        hierarchy.refreshCrls();
        Instant now = clock.instant();
        State state = hierarchy.state();
        Hierarchy.Issued current = held;
        boolean asked = renewalAsked.getAndSet(false);
        if (current != null && !asked && current.signer() == state.signer(node) && now.isBefore(renewAt)) {
            publisher.publish(update(current, state));
            return;
        }
        Hierarchy.Issued renewed = hierarchy.issue(node, request);
        publisher.publish(update(renewed, renewed.state()));
        log.debug("Published {}", renewed.svid());
        held = renewed;
        renewAt = now.plus(untilRenewal(Duration.between(now, renewed.svid().notAfter())));
    }

    private static X509Update update(Hierarchy.Issued issued, State state) {
        return new X509Update(List.of(issued.svid()), state.bundles(), state.crls());
    }

    private Duration untilRenewal(Duration life) {
        double share = ThreadLocalRandom.current().nextDouble(EARLIEST_RENEWAL, LATEST_RENEWAL);
        Duration half = Duration.ofMillis((long) (life.toMillis() * share));
        Duration due = half.compareTo(MIN_DELAY) < 0 ? MIN_DELAY : half;
        return interval != null && interval.compareTo(due) < 0 ? interval : due;
    }

    private void scheduleNext() {
        if (next != null) {
            next.cancel(false);
        }
        if (closed) {
            return;
        }
        try {
            next = failures > 0 ? schedule(this::renew, retryDelay()) : scheduleRenewalOrCrls();
        } catch (RejectedExecutionException e) {
            if (!closed) {
                log.error("The executor of the source of {} was shut down: it will not renew itself", request.id());
            }
        }
    }

    private ScheduledFuture<?> scheduleRenewalOrCrls() {
        Instant now = clock.instant();
        Duration renewal = Duration.between(now, renewAt);
        Optional<Duration> crls = hierarchy.crlsDueAt().map(due -> Duration.between(now, due));
        if (crls.isPresent() && crls.get().compareTo(renewal) < 0) {
            return schedule(this::update, crls.get());
        }
        return schedule(this::renew, renewal);
    }

    private ScheduledFuture<?> schedule(Runnable task, Duration delay) {
        return executor.schedule(task, Math.max(1, delay.toMillis()), TimeUnit.MILLISECONDS);
    }

    private Duration retryDelay() {
        Duration delay = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
        long millis = Math.min(delay.toMillis(), LAST_RETRY.toMillis());
        return Duration.ofMillis((long) (millis * ThreadLocalRandom.current().nextDouble(0.8, 1)));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        subscription.close();
        if (ownsExecutor) {
            executor.shutdown();
        }
        // Cancels what is scheduled: an update under way does so itself when it sees that this is closed.
        update();
        publisher.close();
    }

    private static ScheduledExecutorService newExecutor(SpiffeId id) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "mtls-ca-source " + id);
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    /**
     * Makes a source.
     *
     * <ul>
     *   <li>executor: a daemon thread of the source's own
     *   <li>renewal: at half life
     * </ul>
     *
     * <p>For use by one thread.
     */
    public static final class Builder {
        private static final Duration MIN_INTERVAL = Duration.ofMillis(10);

        private final CertificateAuthority authority;
        private final SvidRequest request;
        private @Nullable ScheduledExecutorService executor;
        private @Nullable Duration interval;

        private Builder(CertificateAuthority authority, SvidRequest request) {
            this.authority = authority;
            this.request = request;
        }

        /**
         * Runs renewals; closing the source does not shut it down. For many sources in one process.
         *
         * @throws IllegalStateException if it was set before
         */
        public Builder executor(ScheduledExecutorService executor) {
            if (this.executor != null) {
                throw new IllegalStateException("executor: set twice");
            }
            this.executor = requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Renews at this interval, unless half of the SVID's life is over before. For tests and demonstrations.
         *
         * @throws IllegalArgumentException if it is not between 10 milliseconds and 366 days
         * @throws IllegalStateException if it was set before
         */
        public Builder renewEvery(Duration interval) {
            if (this.interval != null) {
                throw new IllegalStateException("renewEvery: set twice, to " + this.interval + " and to " + interval);
            }
            this.interval = Limits.check("renewEvery", interval, MIN_INTERVAL, Limits.MAX_SVID_TTL);
            return this;
        }

        /**
         * Makes the source, has its first SVID issued and publishes it.
         *
         * @throws IllegalArgumentException if the authority does not issue the ID
         */
        public CaSource build() {
            authority.hierarchy().check(authority.node(), request);
            CaSource source = new CaSource(this);
            source.renew();
            return source;
        }
    }
}
