package dev.mtls.jetty;

import dev.mtls.connection.MtlsConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.Connector;

/** Ties each connection of a connector, when its handshake has ended, to the connection that the library watches. */
final class ServerConnections extends EngineEnd implements SslHandshakeListener {
    private final Connector connector;

    ServerConnections(Connector connector) {
        this.connector = connector;
    }

    @Override
    public void handshakeSucceeded(Event event) throws SSLException {
        SSLSession session = event.getSSLEngine().getSession();
        MtlsConnection connection = MtlsConnection.find(session)
                .orElseThrow(() -> new SSLException("the handshake was not one of this library (seen: "
                        + session.getClass().getName() + ")"));
        SslConnection.SslEndPoint endPoint = (SslConnection.SslEndPoint) event.getEndPoint();
        ServerConnection served = new ServerConnection(connection, endPoint, connector);
        served.attachTo(session);
        connection.onDrain(served::drain);
        Cut.when(connection, endPoint, connector.getScheduler());
    }
}
