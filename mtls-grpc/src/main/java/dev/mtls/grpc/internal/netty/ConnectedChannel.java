package dev.mtls.grpc.internal.netty;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.grpc.internal.Readiness;
import dev.mtls.identity.Role;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import javax.net.ssl.SSLSession;

/** A channel whose handshake has ended well: what happens to the connection happens to it. */
final class ConnectedChannel {
    private final Channel channel;
    private final MtlsConnection connection;

    ConnectedChannel(Channel channel, MtlsConnection connection) {
        this.channel = channel;
        this.connection = connection;
    }

    /** A drain waits until gRPC uses the connection: before that, closing it would look like a failed attempt to connect. */
    void obey(SSLSession session) {
        connection.onClose(() -> channel.eventLoop().execute(this::end));
        Readiness.whenReady(
                session, () -> connection.onDrain(() -> channel.eventLoop().execute(this::drain)));
    }

    /** Closing through the pipeline is the graceful way: gRPC sends GOAWAY, and closes when the streams that run have ended. */
    @SuppressWarnings("FutureReturnValueIgnored") // How it ends, the connection tells.
    private void drain() {
        if (connection.role() == Role.SERVER) {
            channel.pipeline().addFirst(new LingeringClose());
        }
        channel.pipeline().close();
    }

    /** A connection that has ended without being cut is closed by the TLS handler. */
    private void end() {
        if (connection.cutBy().isPresent()) {
            cut();
        }
    }

    /** Closes below the pipeline: nothing that is queued goes out, nor what the kernel holds. */
    private void cut() {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.unsafe().close(channel.unsafe().voidPromise());
        }
    }
}
