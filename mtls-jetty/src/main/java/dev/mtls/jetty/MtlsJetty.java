package dev.mtls.jetty;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.tls.PeerIdentity;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Mutual TLS for Jetty 12.1, server and client, with HTTP/2 and HTTP/1.1.
 *
 * <pre>{@code
 * Server jetty = new Server();
 * ServerConnector connector = MtlsJetty.connector(jetty, mtls.server(PeerPolicy.trustDomain("prod")));
 * connector.setPort(8443);
 * jetty.addConnector(connector);
 *
 * HttpClient http = MtlsJetty.client(mtls.client(PeerPolicy.id("spiffe://prod/ns/pay/sa/api")));
 * http.start();
 * }</pre>
 *
 * <h2>Security</h2>
 *
 * <p>Plaintext is neither taken nor sent. A request whose client is no longer trusted or allowed is not handled, even on a connection that
 * was established before, and its connection is cut: nothing that it had received is read by a handler, and nothing is written.
 *
 * <p>A connection that is drained takes no new requests: over HTTP/2 the other side gets a GOAWAY, over HTTP/1.1 the next response says
 * {@code Connection: close}, and a client's connection leaves its pool. What runs may finish within the grace period.
 */
public final class MtlsJetty {
    /** The request attribute that holds the {@link PeerIdentity} of the client, in handlers and in servlets. */
    public static final String PEER = "dev.mtls.peer";

    private MtlsJetty() {}

    /**
     * A connector that takes connections of the clients that the server's policy allows. Set its port and add it to the Jetty server.
     *
     * <p>Host names in requests are not compared with the certificate, which has none. In servlets, the principal of a request is the
     * client, and its name the SPIFFE ID.
     */
    public static ServerConnector connector(Server jetty, MtlsServer mtls) {
        return connector(jetty, mtls, new HttpConfiguration());
    }

    /**
     * Like {@link #connector(Server, MtlsServer)}, with settings for HTTP, which are copied.
     *
     * @throws IllegalArgumentException if the settings have a {@code SecureRequestCustomizer}: the connector has its own
     */
    public static ServerConnector connector(Server jetty, MtlsServer mtls, HttpConfiguration http) {
        return ServerSide.connector(
                requireNonNull(jetty, "jetty"), requireNonNull(mtls, "mtls"), requireNonNull(http, "http"));
    }

    /**
     * Who sent the request.
     *
     * @throws IllegalArgumentException if it did not come through a {@linkplain #connector connector} made here
     */
    public static PeerIdentity peer(Request request) {
        return ServerSide.peer(requireNonNull(request, "request"));
    }

    /**
     * A client that connects to the servers that the client's policy allows. To be configured and started like any other; the pools of
     * its transport are to stay as they are, since they keep drained and distrusted connections from being used.
     *
     * <p>A request that is {@linkplain org.eclipse.jetty.client.Request#tag tagged} with a {@link dev.mtls.identity.SpiffeId} is sent to
     * this server only, over connections of its own; the policy must allow the server too. A request without TLS fails.
     */
    public static HttpClient client(MtlsClient mtls) {
        return ClientSide.client(requireNonNull(mtls, "mtls"));
    }

    /**
     * Who sent the response.
     *
     * @throws IllegalArgumentException if it was not received by a {@linkplain #client client} made here
     */
    public static PeerIdentity responder(Response response) {
        return ClientSide.responder(requireNonNull(response, "response"));
    }
}
