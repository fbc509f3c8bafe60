package dev.mtls.jetty;

import static java.util.Objects.requireNonNull;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLSession;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool that hands out no connection that is drained or cut, nor one whose server would be refused now. A drained connection is closed
 * when the last request on it has ended.
 */
final class PeerConnectionPool extends MultiplexConnectionPool {
    private static final Logger log = LoggerFactory.getLogger(PeerConnectionPool.class);
    private static final int MULTIPLEX_UNTIL_KNOWN = 1;

    private final HttpClient client;
    private final ConcurrentMap<Connection, Lease> leases = new ConcurrentHashMap<>();

    PeerConnectionPool(Destination destination, int maxConnections) {
        super(destination, maxConnections, MULTIPLEX_UNTIL_KNOWN);
        this.client = destination.getHttpClient();
    }

    @Override
    protected void onCreated(Connection connection) {
        super.onCreated(connection);
        SSLSession session =
                requireNonNull(connection.getSslSessionData(), "TLS").sslSession();
        MtlsConnection watched = MtlsConnection.find(session)
                .orElseThrow(
                        () -> new IllegalStateException("a connection that is not one of this library: " + connection));
        Lease lease = new Lease(watched);
        lease.attachTo(session);
        leases.put(connection, lease);
        watched.onDrain(() -> retire(connection, lease));
        watched.onClose(() -> retire(connection, lease));
    }

    Optional<Lease> lease(Connection connection) {
        return Optional.ofNullable(leases.get(connection));
    }

    @Override
    protected void onRemoved(@Nullable Connection connection) {
        if (connection != null) {
            leases.remove(connection);
        }
        super.onRemoved(connection);
    }

    /**
     * Called by Jetty, for one, when the server has sent a GOAWAY. A connection on which requests run stays until they have ended: to Jetty
     * each removal ends one use of it, and the last one closes it under those that run.
     */
    @Override
    public boolean remove(Connection connection) {
        Lease lease = leases.get(connection);
        boolean shared = connection instanceof MaxMultiplexable && !connection.isClosed();
        if (lease != null && shared && !lease.retire()) {
            return false;
        }
        return super.remove(connection);
    }

    private void retire(Connection connection, Lease lease) {
        if (lease.retire() && super.remove(connection)) {
            try {
                client.getExecutor().execute(connection::close);
            } catch (RejectedExecutionException e) {
                log.debug("The client has stopped, and its connections with it", e);
            }
        }
    }

    @Override
    protected @Nullable Connection activate() {
        while (true) {
            Connection connection = super.activate();
            if (connection == null || takesRequest(connection)) {
                return connection;
            }
            if (super.remove(connection)) {
                connection.close();
            }
        }
    }

    private boolean takesRequest(Connection connection) {
        Lease lease = leases.get(connection);
        if (lease == null || !lease.use()) {
            return false;
        }
        try {
            lease.check();
            return true;
        } catch (PeerVerificationException e) {
            log.debug("The server of a pooled connection is refused now: the next request dials anew", e);
            lease.release();
            return false;
        }
    }

    @Override
    protected boolean deactivate(Connection connection) {
        Lease lease = leases.get(connection);
        if (lease != null && lease.release()) {
            return !super.remove(connection);
        }
        return super.deactivate(connection);
    }
}
