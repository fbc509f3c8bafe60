package dev.mtls.source.file;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.X509Update;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the files time and again and publishes what has changed and settled.
 *
 * <p>Looks run one after the other, whatever the executor; what they remember is theirs alone.
 */
final class FileWatch {
    private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

    /** A change must be in force within a second: two looks if the stat does not show it, and another to settle. */
    private static final long LOOK_MILLIS = 250;

    private static final int LOOKS_PER_READ = 2;

    /** How long a content must stay the same before it is used. */
    private static final long SETTLE_MILLIS = 100;

    /** After as many looks that each saw another content, the files are whole, and rewritten often. */
    private static final int MAX_UNSETTLED_LOOKS = 3;

    /** How long files may be unusable, because they are being written, before it is an error. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Layout layout;
    private final SnapshotPublisher publisher;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService executor;
    private final boolean ownsExecutor;
    private final AtomicReference<@Nullable Future<?>> next = new AtomicReference<>();
    private final AtomicInteger wantedLooks = new AtomicInteger();
    private final AtomicBoolean forced = new AtomicBoolean();
    private volatile boolean closed;

    private Map<Path, FileReading.Stat> lastStats = Map.of();
    private Map<Path, String> lastDigests = Map.of();
    private Map<Path, String> digestsInForce = Map.of();
    private Map<Path, String> refusedDigests = Map.of();
    private int looksSinceRead;
    private int unsettledLooks;
    private @Nullable Failing failing;

    /**
     * A failure that lasts.
     *
     * @param digests the content that failed; empty if none could be read
     * @param sinceNanos when the trouble began, perhaps with another failure
     * @param reported whether the publisher knows
     */
    private record Failing(MtlsFailure failure, Map<Path, String> digests, long sinceNanos, boolean reported) {
        boolean isLike(MtlsFailure other, Map<Path, String> otherDigests) {
            boolean sameText = failure.getMessage().equals(other.getMessage());
            // With the same content, a text differs by the time in it at most.
            return failure.reason() == other.reason()
                    && digests.equals(otherDigests)
                    && (sameText || !digests.isEmpty());
        }
    }

    /**
     * Prepares looking; {@link #look} starts it.
     *
     * @param nanoTime tells elapsed time, which no setting of a clock changes
     * @param executor where to look, or null for a thread of its own
     */
    FileWatch(
            Layout layout,
            SnapshotPublisher publisher,
            Clock clock,
            LongSupplier nanoTime,
            @Nullable ScheduledExecutorService executor) {
        this.layout = layout;
        this.publisher = publisher;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.ownsExecutor = executor == null;
        this.executor = executor == null ? newExecutor() : executor;
    }

    private static ScheduledExecutorService newExecutor() {
        // The first task starts the thread.
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "mtls-files");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Looks at the files, and has the next look scheduled. */
    void look() {
        if (wantedLooks.getAndIncrement() > 0) {
            // The look under way is followed by another.
            return;
        }
        int looks = 1;
        do {
            schedule(lookOnce());
            looks = wantedLooks.addAndGet(-looks);
        } while (looks > 0);
    }

    /** Looks as soon as possible, and reads the files whatever their stats. Returns at once. */
    void lookNow() {
        forced.set(true);
        try {
            executor.execute(this::look);
        } catch (RejectedExecutionException e) {
            reject(e);
        }
    }

    void close() {
        closed = true;
        cancel(next.getAndSet(null));
        if (ownsExecutor) {
            executor.shutdownNow();
        }
    }

    private void schedule(long millis) {
        try {
            Future<?> scheduled = executor.schedule(this::look, millis, TimeUnit.MILLISECONDS);
            cancel(next.getAndSet(scheduled));
            if (closed) {
                cancel(scheduled);
            }
        } catch (RejectedExecutionException e) {
            reject(e);
        }
    }

    private void reject(RejectedExecutionException e) {
        if (!closed) {
            publisher.fail(new SourceUnavailableException(
                    FailureReason.SOURCE_UNREACHABLE,
                    "the executor that looks at the files has been shut down; changes are not seen any more",
                    e));
        }
    }

    private static void cancel(@Nullable Future<?> look) {
        if (look != null) {
            look.cancel(false);
        }
    }

    /** One look; tells in how many milliseconds the next is due. */
    private long lookOnce() {
        try {
            return lookAtFiles();
        } catch (SourceUnavailableException e) {
            return failed(e, Map.of());
        } catch (SvidRejectedException e) {
            return failed(e, Map.of());
        } catch (RuntimeException | Error e) {
            // From a file system or security provider, or our own mistake: it must not end the looking in silence.
            log.warn("Looking at the files of an identity failed unexpectedly", e);
            return failed(
                    new SourceUnavailableException(
                            FailureReason.UNREADABLE_FILE,
                            "the files cannot be read: " + e.getClass().getName(),
                            e),
                    Map.of());
        }
    }

    private long lookAtFiles() throws SourceUnavailableException, SvidRejectedException {
        Folders folders = new Folders();
        FileSet files = layout.files(folders);
        Map<Path, FileReading.Stat> stats = FileReading.stat(files.paths(), folders);
        boolean asBefore = stats.equals(lastStats) && lastDigests.equals(digestsInForce) && failing == null;
        boolean mustRead = forced.getAndSet(false);
        lastStats = stats;
        looksSinceRead++;
        if (asBefore && !mustRead && looksSinceRead < LOOKS_PER_READ) {
            return LOOK_MILLIS;
        }
        looksSinceRead = 0;
        Map<Path, byte[]> contents = FileReading.read(stats);
        Map<Path, String> digests = FileReading.digests(contents);
        boolean settled = hasSettled(digests, stats);
        lastDigests = digests;
        if (digests.equals(digestsInForce)) {
            recovered();
            return LOOK_MILLIS;
        }
        if (!settled) {
            unsettledLooks++;
            return SETTLE_MILLIS;
        }
        unsettledLooks = 0;
        return publish(files, contents, digests);
    }

    /** At first there is nothing to lose by a set that is still being written, and time to win. */
    private boolean hasSettled(Map<Path, String> digests, Map<Path, FileReading.Stat> stats)
            throws SourceUnavailableException {
        if (digests.equals(lastDigests)) {
            return true;
        }
        boolean inHaste = digestsInForce.isEmpty() || unsettledLooks >= MAX_UNSETTLED_LOOKS;
        return inHaste && digests.equals(FileReading.digests(FileReading.read(stats)));
    }

    private long publish(FileSet files, Map<Path, byte[]> contents, Map<Path, String> digests) {
        if (closed || digests.equals(refusedDigests)) {
            return LOOK_MILLIS;
        }
        X509Update update;
        try {
            update = Material.parse(files, contents, clock);
        } catch (SvidRejectedException e) {
            return failed(e, digests);
        }
        try {
            publisher.publish(update);
            digestsInForce = digests;
            refusedDigests = Map.of();
            failing = null;
        } catch (SvidRejectedException e) {
            // The publisher has recorded it. The same content would be refused again.
            refusedDigests = digests;
            failing = new Failing(e, digests, nanoTime.getAsLong(), true);
        }
        return LOOK_MILLIS;
    }

    private long failed(MtlsFailure failure, Map<Path, String> digests) {
        if (closed) {
            return LOOK_MILLIS;
        }
        Failing before = failing;
        long now = nanoTime.getAsLong();
        long since = before == null ? now : before.sinceNanos;
        boolean known = before != null && before.reported && before.isLike(failure, digests);
        boolean due = digestsInForce.isEmpty() || now - since >= PATIENCE_NANOS;
        if (due && !known) {
            publisher.fail(failure);
        }
        failing = new Failing(failure, digests, since, due || known);
        return LOOK_MILLIS;
    }

    /** The files are again what is in force. */
    private void recovered() {
        if (failing != null && failing.reported) {
            publisher.unchanged();
        }
        refusedDigests = Map.of();
        failing = null;
    }
}
