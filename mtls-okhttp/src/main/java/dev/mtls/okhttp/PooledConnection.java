package dev.mtls.okhttp;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.internal.tls.MtlsSocket;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection as OkHttp's pool sees it. Before the pool gives a connection to a further call, it asks the socket whether it is shut
 * down; a connection that must not be used again says yes, whereupon the pool closes it, or lets the calls that use it finish first.
 *
 * <p>It counts its users, to be closed at once when it is drained and idle. A call counts from the answer that the socket is usable,
 * before the pool has even registered it, until the pool has released it: a connection in use is never closed. (A call that asks for the
 * connection it holds, after a redirect, counts once too often: such a connection is closed at the end of the grace period.)
 */
final class PooledConnection {
    private static final Logger log = LoggerFactory.getLogger(PooledConnection.class);
    private static final String KEY = PooledConnection.class.getName();
    private static final String HTTP_2 = "h2";

    private final MtlsSocket socket;
    private final Closer closer;
    private volatile @Nullable MtlsConnection connection;

    /** Guarded by this, as is {@link #drained}. Starts with the call that connects. */
    private int users = 1;

    private boolean drained;

    private PooledConnection(MtlsSocket socket, Closer closer) {
        this.socket = socket;
        this.closer = closer;
    }

    /** Puts the socket, which has not begun its handshake, under watch. */
    static void watch(MtlsSocket socket, Closer closer) {
        PooledConnection pooled = new PooledConnection(socket, closer);
        socket.engine().getSession().putValue(KEY, pooled);
        socket.retireWhen(() -> !pooled.mayBeUsed());
        socket.addHandshakeCompletedListener(event -> pooled.established(event.getSession()));
    }

    static Optional<PooledConnection> find(SSLSession session) {
        return Optional.ofNullable((PooledConnection) session.getValue(KEY));
    }

    private void established(SSLSession session) {
        MtlsConnection.find(session).ifPresent(found -> {
            connection = found;
            found.onDrain(this::drain);
        });
    }

    private boolean mayBeUsed() {
        MtlsConnection established = connection;
        if (established == null || established.state() != MtlsConnection.State.ACTIVE || isRefused(established)) {
            return false;
        }
        return !hasGoodbye() && addUser();
    }

    private static boolean isRefused(MtlsConnection connection) {
        try {
            connection.check();
            return false;
        } catch (PeerVerificationException e) {
            log.debug("Not used again: {}", connection, e);
            return true;
        }
    }

    /** On HTTP/1.1 nothing comes unasked but the end; on HTTP/2 OkHttp reads all the time, and notices. */
    private boolean hasGoodbye() {
        try {
            return !HTTP_2.equals(socket.getApplicationProtocol()) && socket.hasUnreadInput();
        } catch (IOException e) {
            log.debug("Not used again: {}", connection, e);
            return true;
        }
    }

    private synchronized boolean addUser() {
        if (!drained) {
            users++;
        }
        return !drained;
    }

    private void drain() {
        synchronized (this) {
            drained = true;
            if (users > 0) {
                return;
            }
        }
        closer.close(socket);
    }

    /** A call has ended its use. */
    void released() {
        synchronized (this) {
            users--;
            if (!drained || users > 0) {
                return;
            }
        }
        closer.close(socket);
    }
}
