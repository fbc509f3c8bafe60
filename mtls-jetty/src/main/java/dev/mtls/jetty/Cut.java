package dev.mtls.jetty;

import dev.mtls.connection.MtlsConnection;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what Jetty holds of a connection that was cut. The engine lets nothing through already. */
final class Cut {
    private static final Logger log = LoggerFactory.getLogger(Cut.class);

    private Cut() {}

    /** Has the network connection closed, and what is queued for it discarded, when the connection is cut. */
    static void when(MtlsConnection connection, SslConnection.SslEndPoint endPoint, Scheduler scheduler) {
        EndPoint network = endPoint.getSslConnection().getEndPoint();
        // An end that is no cut is Jetty's doing: the goodbye and the last bytes are still on their way.
        connection.onClose(() -> connection.cutBy().ifPresent(cause -> {
            discardQueued(network);
            // Not on this thread, which may hold Jetty's lock of the connection or be the one that has to cut others;
            // nor on one of
            // Jetty's pool, which may all be blocked in writing to this very connection.
            scheduler.schedule(
                    () -> network.close(new IOException(cause.getMessage(), cause)), 0, TimeUnit.MILLISECONDS);
        }));
    }

    /** The kernel would go on sending what it has: up to some megabytes, for as long as the other side takes. */
    private static void discardQueued(EndPoint network) {
        if (network.getTransport() instanceof NetworkChannel channel) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException | UnsupportedOperationException e) {
                log.debug("Bytes queued for {} could not be discarded; is it closed already?", network, e);
            }
        }
    }
}
