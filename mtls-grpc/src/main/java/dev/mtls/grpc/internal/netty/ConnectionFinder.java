package dev.mtls.grpc.internal.netty;

import dev.mtls.connection.MtlsConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * First in the pipeline of a channel, so that it sees the peer's first bytes. By then the TLS handler is there, whose handshake it
 * waits for; then it leaves.
 */
final class ConnectionFinder extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionFinder.class);

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        if (tls != null) {
            find(context.channel(), tls);
        }
        context.pipeline().remove(this);
        context.fireChannelRead(message);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Listeners have been added to them.
    private static void find(Channel channel, SslHandler tls) {
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                SSLSession session = tls.engine().getSession();
                MtlsConnection.find(session)
                        .ifPresent(connection -> new ConnectedChannel(channel, connection).obey(session));
            }
        });
        channel.closeFuture().addListener(closed -> end(tls.engine()));
    }

    /** The TLS handler leaves the inbound side open after a close of ours: the connection would live on, and native memory too. */
    private static void end(SSLEngine engine) {
        engine.closeOutbound();
        try {
            engine.closeInbound();
        } catch (SSLException e) {
            log.trace("The peer has closed the connection without saying goodbye", e);
        }
    }
}
