package dev.mtls.source;

import dev.mtls.failure.SvidRejectedException;
import java.time.Clock;

/**
 * A source that publishes what the program gives it.
 *
 * <p>Safe for use by several threads.
 */
public final class InMemorySource implements X509Source {
    private final SnapshotPublisher publisher;

    private InMemorySource(Clock clock) {
        this.publisher = new SnapshotPublisher(clock, null);
    }

    /** A source without a snapshot: it waits for the first {@link #publish}. */
    public static InMemorySource create(Clock clock) {
        return new InMemorySource(clock);
    }

    /**
     * A source with a first snapshot.
     *
     * @throws SvidRejectedException if the update cannot be used, see {@link SnapshotPublisher}
     */
    public static InMemorySource of(X509Update first, Clock clock) throws SvidRejectedException {
        InMemorySource source = new InMemorySource(clock);
        source.publish(first);
        return source;
    }

    /**
     * Publishes the update as the next snapshot.
     *
     * @throws SvidRejectedException if the update cannot be used; the snapshot before it stays in force
     */
    public X509Context publish(X509Update update) throws SvidRejectedException {
        return publisher.publish(update);
    }

    @Override
    public SourceState state() {
        return publisher.state();
    }

    @Override
    public Subscription subscribe(Runnable listener) {
        return publisher.subscribe(listener);
    }

    /** Does nothing: what is published is the program's business. */
    @Override
    public void renew() {}

    @Override
    public void close() {
        publisher.close();
    }
}
