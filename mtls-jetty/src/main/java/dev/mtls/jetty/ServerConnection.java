package dev.mtls.jetty;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.tls.PeerIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSession;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a connector.
 *
 * <p>To drain it means: to tell the client, to wait for what is on its way, and then to end as soon as nothing runs. Over HTTP/1.1 the
 * client is told in the next response. Without the wait, requests that the client sent before it knew would fail.
 */
final class ServerConnection {
    private static final Logger log = LoggerFactory.getLogger(ServerConnection.class);
    private static final String KEY = "dev.mtls.jetty.connection";
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(1);

    private final MtlsConnection connection;
    private final EndPoint network;
    private final EndPoint endPoint;
    private final Executor executor;
    private final Scheduler scheduler;
    private final Request.AuthenticationState authentication;
    private final AtomicInteger running = new AtomicInteger();

    private ServerConnection(MtlsConnection connection, SslConnection tls, Connector connector) {
        this.connection = connection;
        this.network = tls.getEndPoint();
        this.endPoint = tls.getSslEndPoint();
        this.executor = connector.getExecutor();
        this.scheduler = connector.getScheduler();
        this.authentication = PeerPrincipal.authentication(connection.peer());
    }

    /** Watches a connection whose handshake has just ended. */
    static void serve(MtlsConnection connection, SslConnection tls, Connector connector) {
        ServerConnection served = new ServerConnection(connection, tls, connector);
        tls.getSSLEngine().getSession().putValue(KEY, served);
        connection.onDrain(served::drain);
    }

    static Optional<ServerConnection> of(SSLSession session) {
        return session.getValue(KEY) instanceof ServerConnection connection
                ? Optional.of(connection)
                : Optional.empty();
    }

    PeerIdentity peer() {
        return connection.peer();
    }

    Request.AuthenticationState authentication() {
        return authentication;
    }

    void check() throws PeerVerificationException {
        connection.check();
    }

    void requestBegins() throws PeerVerificationException {
        connection.check();
        running.incrementAndGet();
    }

    void requestEnded() {
        running.decrementAndGet();
    }

    private boolean draining() {
        return connection.state() == MtlsConnection.State.DRAINING;
    }

    private boolean ended() {
        return connection.state() == MtlsConnection.State.CLOSED;
    }

    /** Whether a response sent now is to say that it is the last one. HTTP/2 has no such thing. */
    boolean endsWithResponse() {
        return draining() && !(endPoint.getConnection() instanceof HTTP2Connection);
    }

    private void drain() {
        execute(() -> {
            if (endPoint.getConnection() instanceof HTTP2Connection http2) {
                http2.getSession().frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
            }
        });
        endLater();
    }

    private void endLater() {
        scheduler.schedule(() -> execute(this::end), ON_ITS_WAY.toMillis(), TimeUnit.MILLISECONDS);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // What comes of it shows in the connection's end.
    private void end() {
        if (ended()) {
            return;
        }
        Connection protocol = endPoint.getConnection();
        if (protocol instanceof HTTP2Connection http2) {
            // Waits for the streams that run.
            http2.getSession().shutdown();
            return;
        }
        // Other protocols, such as WebSocket, know no end between two requests: they run until the grace period is
        // over.
        boolean http1 = protocol instanceof ConnectionMetaData;
        if (http1 && running.get() == 0 && idle().compareTo(ON_ITS_WAY) >= 0) {
            protocol.close();
            return;
        }
        endLater();
    }

    private Duration idle() {
        return network instanceof AbstractEndPoint socket ? Duration.ofMillis(socket.getIdleFor()) : Duration.ZERO;
    }

    private void execute(Runnable action) {
        try {
            executor.execute(action);
        } catch (RejectedExecutionException e) {
            log.debug("The server has stopped, and its connections with it", e);
        }
    }
}
