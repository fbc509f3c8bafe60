package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.SourceState;
import dev.mtls.source.X509Source;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509BundleSet;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source that has its identity issued by a {@link CertificateAuthority} in this process, and renews it at half life.
 *
 * <p>Safe for use by several threads.
 */
public final class CaSource implements X509Source {
    private static final Logger log = LoggerFactory.getLogger(CaSource.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final CertificateAuthority authority;
    private final SpiffeId id;
    private final SnapshotPublisher publisher;
    private final ScheduledExecutorService executor;
    private final boolean ownsExecutor;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile @Nullable ScheduledFuture<?> next;
    private volatile boolean closed;

    private CaSource(CertificateAuthority authority, SpiffeId id, @Nullable ScheduledExecutorService executor) {
        this.authority = authority;
        this.id = id;
        this.publisher = new SnapshotPublisher(authority.clock(), id);
        this.ownsExecutor = executor == null;
        this.executor = executor == null ? newExecutor(id) : executor;
    }

    /** A source with a thread of its own, which has published its first snapshot. */
    public static CaSource of(CertificateAuthority authority, SpiffeId id) {
        return start(new CaSource(requireNonNull(authority, "authority"), requireNonNull(id, "id"), null));
    }

    /** A source that renews on the executor, which has published its first snapshot. The executor is not shut down. */
    public static CaSource of(CertificateAuthority authority, SpiffeId id, ScheduledExecutorService executor) {
        return start(new CaSource(
                requireNonNull(authority, "authority"),
                requireNonNull(id, "id"),
                requireNonNull(executor, "executor")));
    }

    private static CaSource start(CaSource source) {
        source.renew();
        return source;
    }

    @Override
    public SourceState state() {
        return publisher.state();
    }

    @Override
    public Subscription subscribe(Runnable listener) {
        return publisher.subscribe(listener);
    }

    /** Has a new SVID issued and publishes it, on this thread. Calls at the same time are seen as one. */
    @Override
    public void renew() {
        if (requests.getAndIncrement() > 0) {
            return;
        }
        int seen;
        do {
            seen = requests.get();
            renewOnce();
        } while (requests.addAndGet(-seen) > 0);
    }

    private void renewOnce() {
        if (closed) {
            return;
        }
        Duration delay = RETRY;
        try {
            X509Svid svid = authority.issue(id);
            publisher.publish(X509Update.of(svid, X509BundleSet.of(authority.bundle())));
            delay = untilHalfLife(svid);
        } catch (SvidRejectedException e) {
            publisher.fail(e);
        } catch (RuntimeException e) {
            log.error("Issuing an SVID to {} failed; trying again", id, e);
        }
        schedule(delay);
    }

    private Duration untilHalfLife(X509Svid svid) {
        Instant now = authority.clock().instant();
        double share = ThreadLocalRandom.current().nextDouble(0.45, 0.5);
        return Duration.ofMillis((long) (Duration.between(now, svid.notAfter()).toMillis() * share));
    }

    private void schedule(Duration delay) {
        ScheduledFuture<?> last = next;
        if (last != null) {
            last.cancel(false);
        }
        next = executor.schedule(this::renew, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        closed = true;
        ScheduledFuture<?> last = next;
        if (last != null) {
            last.cancel(false);
        }
        if (ownsExecutor) {
            executor.shutdownNow();
        }
        publisher.close();
    }

    private static ScheduledExecutorService newExecutor(SpiffeId id) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "mtls-ca-source " + id);
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }
}
