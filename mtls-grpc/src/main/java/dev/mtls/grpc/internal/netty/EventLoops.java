package dev.mtls.grpc.internal.netty;

import io.netty.channel.AbstractEventLoopGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.NettyRuntime;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Event loops for all channels and servers of this process, as gRPC has them: gRPC takes a channel factory only together with event
 * loops, and does not lend its own. Their threads are daemons; they start with the first channel, and end when there has been none for
 * half a second.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What ends is not waited for.
final class EventLoops extends AbstractEventLoopGroup {
    private static final EventLoops ACCEPTING = new EventLoops("mtls-grpc-accepting", 1);
    private static final EventLoops WORKING = new EventLoops("mtls-grpc", NettyRuntime.availableProcessors());
    private static final long LINGER_MILLIS = 500;

    private final DefaultThreadFactory threads;
    private final int size;
    private final Future<?> never = new DefaultPromise<>(GlobalEventExecutor.INSTANCE);
    private final Object lock = new Object();
    private @Nullable EventLoopGroup loops;
    private int open;
    private long uses;

    private EventLoops(String name, int size) {
        this.threads = new DefaultThreadFactory(name, true);
        this.size = size;
    }

    static EventLoops accepting() {
        return ACCEPTING;
    }

    static EventLoops working() {
        return WORKING;
    }

    /** Keeps the threads running until the channel is closed. */
    void opened(Channel channel) {
        synchronized (lock) {
            open++;
        }
        channel.closeFuture().addListener(closed -> closed());
    }

    private void closed() {
        synchronized (lock) {
            open--;
            if (open == 0) {
                endLater();
            }
        }
    }

    private void endLater() {
        EventLoopGroup idle = loops;
        if (idle != null) {
            long last = uses;
            idle.next().schedule(() -> endUnlessUsedSince(last), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** A use that no channel has come of may still be on its way to one. */
    private void endUnlessUsedSince(long last) {
        synchronized (lock) {
            EventLoopGroup idle = loops;
            if (open > 0 || idle == null) {
                return;
            }
            if (uses != last) {
                endLater();
                return;
            }
            loops = null;
            idle.shutdownGracefully(0, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @SuppressWarnings("deprecation") // The one class that both Netty 4.1 and 4.2 have.
    private EventLoopGroup running() {
        synchronized (lock) {
            uses++;
            EventLoopGroup now = loops;
            if (now == null) {
                now = new NioEventLoopGroup(size, threads);
                loops = now;
            }
            return now;
        }
    }

    @Override
    public EventLoop next() {
        return running().next();
    }

    @Override
    public Iterator<EventExecutor> iterator() {
        return running().iterator();
    }

    @Override
    public ChannelFuture register(Channel channel) {
        return running().register(channel);
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        return running().register(promise);
    }

    @Override
    @Deprecated
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        return running().register(channel, promise);
    }

    @Override
    public boolean isShuttingDown() {
        return false;
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return never.await(timeout, unit);
    }

    /** Does nothing, like its siblings: the loops are everyone's. */
    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        return never;
    }

    @Override
    @Deprecated
    public void shutdown() {}

    @Override
    public Future<?> terminationFuture() {
        return never;
    }
}
