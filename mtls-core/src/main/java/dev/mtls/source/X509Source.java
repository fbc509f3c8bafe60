package dev.mtls.source;

/**
 * A source of X.509 identities and trust (SPI): the Workload API, files, a CA in the process, a test.
 *
 * <p>A source publishes whole snapshots and keeps the last good one: an update that cannot be used is rejected whole, shows in the
 * {@linkplain #state() state}, and changes nothing else. {@link SnapshotPublisher} does all of this.
 *
 * <p>Implementations are safe for use by several threads. {@link #state()} and {@link #subscribe} never block.
 */
public interface X509Source extends AutoCloseable {
    /** The current snapshot, if there is one, and how the source fares. Never blocks. */
    SourceState state();

    /**
     * Has the listener called after every change of the state: a snapshot published, an update rejected, the source closed.
     *
     * <p>The listener is called on the thread that made the change, holding no lock, and reads {@link #state()} itself, so that
     * changes that follow each other fast may be seen as one. It must not block. What it throws is logged and goes no further.
     *
     * @return ends the subscription when closed
     */
    Subscription subscribe(Runnable listener);

    /**
     * Asks for a new identity now rather than when it is due. Returns at once; what comes of it shows in the {@linkplain #state()
     * state}. A source that has no means of asking reads again what it has.
     */
    void renew();

    /** Ends all updates and frees what the source holds; the last snapshot remains readable. Further calls do nothing. */
    @Override
    void close();

    /** Ends a subscription. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }
}
