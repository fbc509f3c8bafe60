package dev.mtls.grpc.internal;

import io.grpc.ManagedChannel;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has the channels of one builder dial anew. gRPC then gives no more calls to the connections that live, and closes them a few seconds
 * later, when those that run have ended. The delay matters: a call may have chosen its connection and not begun, and would fail if
 * the connection were closed at once. The channels are referred to weakly, so that gRPC still notices those that are never shut down.
 *
 * <p>Safe for use by several threads.
 */
public final class Redialling {
    private final List<WeakReference<ManagedChannel>> channels = new CopyOnWriteArrayList<>();
    private final AtomicInteger round = new AtomicInteger();

    /** Starts without channels. */
    public Redialling() {}

    /** A channel has been built. */
    public void add(ManagedChannel channel) {
        channels.removeIf(each -> each.get() == null);
        channels.add(new WeakReference<>(channel));
    }

    /** The number of the round that a connection made now belongs to. */
    public int round() {
        return round.get();
    }

    /**
     * Has the channels dial anew, unless they have since the round.
     *
     * @return false if there is no channel: the caller has to close the connection
     */
    public boolean leave(int round) {
        if (!this.round.compareAndSet(round, round + 1)) {
            return true;
        }
        boolean left = false;
        for (WeakReference<ManagedChannel> reference : channels) {
            ManagedChannel channel = reference.get();
            if (channel != null) {
                channel.enterIdle();
                left = true;
            }
        }
        return left;
    }
}
