package dev.mtls.grpc.internal.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLoopsTest {
    private final EventLoops loops = EventLoops.working();

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mtls-grpc"))
                .toList();
    }

    private Channel open() throws InterruptedException {
        return new Bootstrap()
                .group(loops.next())
                .channelFactory(() -> {
                    Channel channel = new NioSocketChannel();
                    loops.opened(channel);
                    return channel;
                })
                .handler(new ChannelInboundHandlerAdapter())
                .register()
                .sync()
                .channel();
    }

    @Test
    void threads_areDaemonsAndEndWithTheLastChannel() throws Exception {
        Channel first = open();
        Channel second = open();

        assertThat(threads()).isNotEmpty().allMatch(Thread::isDaemon);
        first.close().sync();
        await().during(Duration.ofSeconds(1)).until(() -> !threads().isEmpty());
        second.close().sync();
        await().until(() -> threads().isEmpty());

        open().close().sync();
        await().until(() -> threads().isEmpty());
    }

    @Test
    void threads_usedBetweenTheLastChannelsEndAndTheirOwn_endAllTheSame() throws Exception {
        Channel channel = open();
        channel.close().sync();
        EventLoop used = loops.next();

        assertThat(used.submit(() -> "ran").get()).isEqualTo("ran");
        await().until(used::isTerminated);
    }

    @Test
    void shutdown_byOneUser_changesNothingForOthers() throws Exception {
        Channel channel = open();
        loops.shutdownGracefully();

        assertThat(loops.isShuttingDown()).isFalse();
        assertThat(channel.eventLoop().submit(() -> "ran").get()).isEqualTo("ran");
        channel.close().sync();
    }
}
