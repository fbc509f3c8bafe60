package dev.mtls.okhttp;

import dev.mtls.tls.PeerIdentity;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import org.jspecify.annotations.Nullable;

/** Hears which connections a call is given and gives back. Several if it is redirected; none if it is answered from a cache. */
final class CallConnections extends EventListener {
    private volatile @Nullable PeerIdentity lastPeer;

    private CallConnections() {}

    /** Those of this call, however often it is intercepted. */
    static CallConnections of(Call call) {
        return call.tag(CallConnections.class, () -> {
            CallConnections connections = new CallConnections();
            call.addEventListener(connections);
            return connections;
        });
    }

    /** The peer of the connection that the call was given last. */
    @Nullable
    PeerIdentity lastPeer() {
        return lastPeer;
    }

    @Override
    public void connectionAcquired(Call call, Connection connection) {
        SSLSession session = session(connection);
        lastPeer = PeerIdentity.find(session).orElse(null);
    }

    @Override
    public void connectionReleased(Call call, Connection connection) {
        SSLSession session = session(connection);
        if (session != null) {
            PooledConnection.find(session).ifPresent(PooledConnection::released);
        }
    }

    static @Nullable SSLSession session(Connection connection) {
        return connection.socket() instanceof SSLSocket ? ((SSLSocket) connection.socket()).getSession() : null;
    }
}
