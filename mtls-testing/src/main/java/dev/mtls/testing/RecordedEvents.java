package dev.mtls.testing;

import static java.util.Objects.requireNonNull;

import dev.mtls.event.MtlsEvent;
import dev.mtls.event.MtlsListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A listener that keeps the events, for a test to wait for.
 *
 * <pre>{@code
 * RecordedEvents events = new RecordedEvents();
 * Mtls mtls = mesh.builder(id).addListener(events).build();
 * var rejected = events.await(MtlsEvent.HandshakeRejected.class, event -> event.role() == Role.SERVER);
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class RecordedEvents implements MtlsListener {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final List<MtlsEvent> events = new ArrayList<>();

    /** Starts without events. */
    public RecordedEvents() {}

    @Override
    public void onEvent(MtlsEvent event) {
        lock.lock();
        try {
            events.add(requireNonNull(event, "event"));
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The events of a kind so far, in order. */
    public <T extends MtlsEvent> List<T> of(Class<T> kind) {
        lock.lock();
        try {
            return events.stream().filter(kind::isInstance).map(kind::cast).toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The first event of a kind that the condition holds for; waits for it, at most 10 seconds.
     *
     * @throws AssertionError if none comes; it says which came
     * @throws InterruptedException if the thread is interrupted
     */
    public <T extends MtlsEvent> T await(Class<T> kind, Predicate<? super T> condition) throws InterruptedException {
        long left = PATIENCE.toNanos();
        lock.lock();
        try {
            int seen = 0;
            while (true) {
                for (; seen < events.size(); seen++) {
                    MtlsEvent event = events.get(seen);
                    if (kind.isInstance(event) && condition.test(kind.cast(event))) {
                        return kind.cast(event);
                    }
                }
                if (left <= 0) {
                    throw new AssertionError("no such " + kind.getSimpleName() + " within "
                            + TimeUnit.NANOSECONDS.toSeconds(PATIENCE.toNanos()) + " s (seen: " + events + ")");
                }
                left = more.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
