package dev.mtls.jetty;

import dev.mtls.identity.SpiffeId;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpRequestException;
import org.eclipse.jetty.client.Origin;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportDynamic;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Transport;

/**
 * Sends requests over TLS alone.
 *
 * <p>Always negotiates the protocol, even where the request leaves no choice: Jetty otherwise puts a connection into its pool before its
 * handshake has begun.
 */
final class ClientTransport extends HttpClientTransportDynamic {
    ClientTransport(ClientConnector connector, ClientConnectionFactory.Info... protocols) {
        super(connector, protocols);
        setConnectionPoolFactory(destination ->
                new PeerConnectionPool(destination, destination.getHttpClient().getMaxConnectionsPerDestination()));
    }

    @Override
    public Destination newDestination(Origin origin) {
        return new PeerDestination(getHttpClient(), origin);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // There is one object that stands for TCP.
    public Origin newOrigin(Request request) {
        if (!HttpScheme.isSecure(request.getScheme())) {
            throw new HttpRequestException(
                    "plaintext to " + request.getHost() + ":" + request.getPort()
                            + " refused: this client speaks only mutual TLS (expected: an https:// or wss:// URL)",
                    request);
        }
        Origin origin = super.newOrigin(request);
        if (origin.getTag() instanceof SpiffeId && origin.getTransport() != Transport.TCP_IP) {
            throw new HttpRequestException(
                    "the server to expect, " + origin.getTag() + ", can be said only for TCP (seen: "
                            + origin.getTransport() + "); use a client for this server alone",
                    request);
        }
        return getHttpClient()
                .createOrigin(request, new Origin.Protocol(origin.getProtocol().getProtocols(), true));
    }
}
