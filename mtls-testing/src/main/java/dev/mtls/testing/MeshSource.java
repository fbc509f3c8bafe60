package dev.mtls.testing;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.SourceState;
import dev.mtls.source.X509Source;
import dev.mtls.source.X509Update;
import java.time.Clock;
import java.util.function.Consumer;

/** One source of one identity of a {@link TestMesh}. */
final class MeshSource implements X509Source {
    private final SnapshotPublisher publisher;
    private final Runnable renewal;
    private final Consumer<MeshSource> onClose;

    MeshSource(Clock clock, Runnable renewal, Consumer<MeshSource> onClose) {
        this.publisher = new SnapshotPublisher(clock, null);
        this.renewal = renewal;
        this.onClose = onClose;
    }

    void publish(X509Update update) throws SvidRejectedException {
        publisher.publish(update);
    }

    @Override
    public SourceState state() {
        return publisher.state();
    }

    @Override
    public Subscription subscribe(Runnable listener) {
        return publisher.subscribe(listener);
    }

    @Override
    public void renew() {
        renewal.run();
    }

    @Override
    public void close() {
        onClose.accept(this);
        publisher.close();
    }

    @Override
    public String toString() {
        return "MeshSource[" + state().context() + "]";
    }
}
