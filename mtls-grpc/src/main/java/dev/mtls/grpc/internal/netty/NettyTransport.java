package dev.mtls.grpc.internal.netty;

import dev.mtls.grpc.internal.Transport;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.NettySslContextServerCredentials;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketAddress;
import javax.net.ssl.SSLContext;

/** Builders of one transport. */
public final class NettyTransport implements Transport {
    @Override
    public ManagedChannelBuilder<?> channel(String target) {
        return NettyChannelBuilder.forTarget(target);
    }

    @Override
    public ServerBuilder<?> server(SocketAddress address) {
        return NettyServerBuilder.forAddress(address);
    }

    @Override
    public boolean made(ManagedChannelBuilder<?> builder) {
        return builder instanceof NettyChannelBuilder;
    }

    @Override
    public boolean made(ServerBuilder<?> builder) {
        return builder instanceof NettyServerBuilder;
    }

    @Override
    public void secure(ManagedChannelBuilder<?> builder, SSLContext context) {
        ((NettyChannelBuilder) builder)
                .sslContext(new EngineContext(context, true))
                .eventLoopGroup(EventLoops.shared())
                .channelFactory(NettyTransport::dialling);
    }

    @Override
    public void secure(ServerBuilder<?> builder, SSLContext context) {
        ((NettyServerBuilder) builder)
                .sslContext(new EngineContext(context, false))
                .bossEventLoopGroup(EventLoops.shared())
                .workerEventLoopGroup(EventLoops.shared())
                .channelFactory(NettyTransport::listening);
    }

    private static Channel dialling() {
        Channel channel = new NioSocketChannel();
        channel.pipeline().addLast(new ConnectionFinder());
        return channel;
    }

    private static ServerChannel listening() {
        ServerChannel channel = new NioServerSocketChannel();
        channel.pipeline().addLast(new AcceptedChannels());
        return channel;
    }

    @Override
    public ChannelCredentials channelCredentials(SSLContext context) {
        return NettySslContextChannelCredentials.create(new EngineContext(context, true));
    }

    @Override
    public ServerCredentials serverCredentials(SSLContext context) {
        return NettySslContextServerCredentials.create(new EngineContext(context, false));
    }
}
