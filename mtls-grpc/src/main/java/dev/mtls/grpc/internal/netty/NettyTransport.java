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

/** One transport. What it adds to gRPC's own is that it sees each channel before gRPC does. */
public final class NettyTransport implements Transport {
    /** For the one place that has found the transport to be present. */
    public NettyTransport() {}

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
                .eventLoopGroup(EventLoops.working())
                .channelFactory(NettyTransport::dialling);
    }

    private static Channel dialling() {
        Channel channel = new NioSocketChannel();
        EventLoops.working().opened(channel);
        channel.pipeline().addLast(new ConnectionFinder());
        return channel;
    }

    @Override
    public void secure(ServerBuilder<?> builder, SSLContext context) {
        ((NettyServerBuilder) builder)
                .sslContext(new EngineContext(context, false))
                .bossEventLoopGroup(EventLoops.accepting())
                .workerEventLoopGroup(EventLoops.working())
                .channelFactory(NettyTransport::listening);
    }

    private static ServerChannel listening() {
        ServerChannel channel = new NioServerSocketChannel();
        EventLoops.accepting().opened(channel);
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
