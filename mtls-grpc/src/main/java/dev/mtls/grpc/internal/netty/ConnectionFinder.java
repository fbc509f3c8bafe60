package dev.mtls.grpc.internal.netty;

import dev.mtls.connection.MtlsConnection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * First in the pipeline of a channel, so that it sees the peer's first bytes. By then the TLS handler is there, whose handshake it
 * waits for; then it leaves.
 */
final class ConnectionFinder extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.handshakeFuture().addListener(handshake -> {
                if (handshake.isSuccess()) {
                    MtlsConnection.find(tls.engine().getSession())
                            .ifPresent(connection -> new ConnectedChannel(context.channel(), connection).obey());
                }
            });
        }
        context.pipeline().remove(this);
        context.fireChannelRead(message);
    }
}
