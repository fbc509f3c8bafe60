package dev.mtls.grpc.internal.netty;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * First in the pipeline of a server's channel that is drained: closes it for output only, and in full when the client has closed it
 * too. A socket that is closed while something from the client has yet to be read, a PING say, is reset, and the client would lose
 * answers that it has received but not read.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Whatever fails, the channel is closed in the end.
final class LingeringClose extends ChannelDuplexHandler {
    private static final long LIMIT_MILLIS = 2000;

    private @Nullable ChannelPromise closing;

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        if (closing != null || !context.channel().isActive()) {
            context.close(promise);
            return;
        }
        closing = promise;
        ((DuplexChannel) context.channel()).shutdownOutput();
        context.executor().schedule(() -> context.close(promise), LIMIT_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closing == null) {
            context.fireChannelRead(message);
        } else {
            ReferenceCountUtil.release(message);
        }
    }
}
