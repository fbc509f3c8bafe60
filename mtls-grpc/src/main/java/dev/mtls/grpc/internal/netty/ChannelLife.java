package dev.mtls.grpc.internal.netty;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import io.grpc.Status;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;

/** Does to a channel what happens to its connection. */
final class ChannelLife {
    private final Channel channel;
    private final MtlsConnection connection;

    ChannelLife(Channel channel, MtlsConnection connection) {
        this.channel = channel;
        this.connection = connection;
    }

    void start() {
        connection.onDrain(() -> channel.eventLoop().execute(this::drain));
        connection.onClose(() -> channel.eventLoop().execute(this::end));
    }

    /** Closing through the pipeline is the graceful way: gRPC sends GOAWAY and closes when the running streams have ended. */
    private void drain() {
        channel.pipeline().close();
    }

    private void end() {
        try {
            connection.check();
        } catch (PeerVerificationException e) {
            cut(e);
        }
    }

    /** Tells gRPC why, then closes below the pipeline: nothing that is queued goes out, nor what the kernel holds. */
    private void cut(PeerVerificationException cause) {
        if (!channel.isOpen()) {
            return;
        }
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.pipeline()
                .fireExceptionCaught(Status.UNAVAILABLE
                        .withDescription(cause.getMessage())
                        .withCause(cause)
                        .asException());
        channel.unsafe().close(channel.unsafe().voidPromise());
    }
}
