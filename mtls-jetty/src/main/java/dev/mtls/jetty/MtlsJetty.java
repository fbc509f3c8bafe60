package dev.mtls.jetty;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsServer;
import dev.mtls.tls.PeerIdentity;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Mutual TLS for Jetty 12.1, server and client. */
public final class MtlsJetty {
    private static final String HTTP_1_1 = "http/1.1";
    private static final String HTTP_2 = "h2";

    private MtlsJetty() {}

    /**
     * A connector that takes connections of the clients that the server's policy allows, over TLS alone, with HTTP/2 and HTTP/1.1. Set its
     * port and add it to the Jetty server.
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
        requireNonNull(jetty, "jetty");
        requireNonNull(mtls, "mtls");
        HttpConfiguration secure = new HttpConfiguration(requireNonNull(http, "http"));
        if (secure.getCustomizer(SecureRequestCustomizer.class) != null) {
            throw new IllegalArgumentException(
                    "http: has a SecureRequestCustomizer (expected: none; the connector adds its own)");
        }
        secure.addCustomizer(new SecureRequestCustomizer(false));
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setSslContext(mtls.sslContext());
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory(HTTP_2, HTTP_1_1);
        alpn.setDefaultProtocol(HTTP_1_1);
        return new ServerConnector(
                jetty,
                new SslConnectionFactory(ssl, alpn.getProtocol()),
                alpn,
                new HTTP2ServerConnectionFactory(secure),
                new HttpConnectionFactory(secure));
    }

    /**
     * Who sent the request.
     *
     * @throws IllegalArgumentException if it did not come through a {@linkplain #connector connector} made here
     */
    public static PeerIdentity peer(Request request) {
        Object data = requireNonNull(request, "request").getAttribute(EndPoint.SslSessionData.ATTRIBUTE);
        if (!(data instanceof EndPoint.SslSessionData)) {
            throw new IllegalArgumentException(
                    "request: came without TLS (expected: through a connector of MtlsJetty)");
        }
        return PeerIdentity.of(((EndPoint.SslSessionData) data).sslSession());
    }
}
