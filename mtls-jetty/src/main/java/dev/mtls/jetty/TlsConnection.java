package dev.mtls.jetty;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TLS of one connection of Jetty's, tied to the connection that the library watches. */
final class TlsConnection extends SslConnection implements SslHandshakeListener {
    private static final Logger log = LoggerFactory.getLogger(TlsConnection.class);

    private final Scheduler scheduler;
    private final BiConsumer<MtlsConnection, TlsConnection> established;

    /** What a connection is made of. */
    record Parts(
            ByteBufferPool buffers,
            Executor executor,
            Scheduler scheduler,
            SslContextFactory contextFactory,
            EndPoint network,
            SSLEngine engine,
            boolean directEncryptionBuffers,
            boolean directDecryptionBuffers) {}

    /**
     * Ties the parts.
     *
     * @param established called when the handshake has ended well, before a byte of the application has passed
     */
    TlsConnection(Parts parts, BiConsumer<MtlsConnection, TlsConnection> established) {
        super(
                parts.buffers(),
                parts.executor(),
                parts.contextFactory(),
                parts.network(),
                parts.engine(),
                parts.directEncryptionBuffers(),
                parts.directDecryptionBuffers());
        this.scheduler = parts.scheduler();
        this.established = established;
        addHandshakeListener(this);
    }

    @Override
    public void handshakeSucceeded(Event event) throws SSLException {
        SSLSession session = getSSLEngine().getSession();
        MtlsConnection connection = MtlsConnection.find(session)
                .orElseThrow(() -> new SSLException("the handshake was not one of this library (seen: "
                        + session.getClass().getName() + ")"));
        established.accept(connection, this);
        // An end that is no cut is Jetty's doing: the goodbye and the last bytes are still on their way.
        connection.onClose(() -> connection.cutBy().ifPresent(this::cut));
    }

    private Optional<PeerVerificationException> cutBy() {
        return MtlsConnection.find(getSSLEngine().getSession()).flatMap(MtlsConnection::cutBy);
    }

    /**
     * Closes the network connection at once. Not on this thread, which may hold Jetty's lock of the connection, or be the one that has to
     * cut others; nor on one of Jetty's pool, which may all be blocked in writing to this very connection.
     */
    private void cut(PeerVerificationException cause) {
        EndPoint network = getEndPoint();
        discardQueued(network);
        scheduler.schedule(() -> network.close(new IOException(cause.getMessage(), cause)), 0, TimeUnit.MILLISECONDS);
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

    /**
     * Jetty's protocols ignore it if the network connection was closed under them, and would wait on. After a cut they are told to read
     * instead, and hear the cause from the engine.
     */
    @Override
    public void onFillInterestedFailed(@Nullable Throwable cause) {
        if (cutBy().isPresent()) {
            getExecutor().execute(this::onFillable);
        } else {
            super.onFillInterestedFailed(cause);
        }
    }

    @Override
    protected SslEndPoint newSslEndPoint() {
        return new SslEndPoint() {
            // After a cut there is no end to be read, but a failure.
            @Override
            public boolean isInputShutdown() {
                return cutBy().isEmpty() && super.isInputShutdown();
            }
        };
    }

    /**
     * Tells the engine, of which Jetty closes the outbound side at most: until the garbage collector came, the connection would look alive,
     * and with Conscrypt hold two file descriptors.
     */
    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        getSSLEngine().closeOutbound();
        try {
            getSSLEngine().closeInbound();
        } catch (SSLException e) {
            log.trace("The other side closed the connection without a goodbye", e);
        }
    }
}
