package dev.mtls.jetty;

import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import org.eclipse.jetty.client.ConnectionPool;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.IConnection;
import org.eclipse.jetty.client.transport.SendFailure;

/**
 * Sends a request over another connection if the one chosen for it has been retired in between. Nothing has been sent then, so that any
 * request may be.
 */
final class PeerDestination extends HttpDestination {
    PeerDestination(HttpClient client, Origin origin) {
        super(client, origin);
    }

    @Override
    protected SendFailure send(IConnection connection, HttpExchange exchange) {
        ConnectionPool pool = getConnectionPool();
        Optional<Lease> found = pool instanceof PeerConnectionPool peers ? peers.lease(connection) : Optional.empty();
        if (found.isEmpty()) {
            return super.send(connection, exchange);
        }
        Lease lease = found.get();
        try {
            if (!lease.send()) {
                return new SendFailure(new ClosedChannelException(), true);
            }
            return super.send(connection, exchange);
        } finally {
            lease.sent();
        }
    }
}
