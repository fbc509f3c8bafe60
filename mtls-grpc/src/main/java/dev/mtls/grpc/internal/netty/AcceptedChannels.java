package dev.mtls.grpc.internal.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** In the pipeline of a listening channel: what it reads are the channels that it has accepted. */
final class AcceptedChannels extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Channel accepted) {
            EventLoops.working().opened(accepted);
            accepted.pipeline().addLast(new ConnectionFinder());
        }
        context.fireChannelRead(message);
    }
}
