package dev.mtls.jetty;

import dev.mtls.MtlsServer;
import dev.mtls.tls.PeerIdentity;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Makes connectors. Apart from {@link MtlsJetty} so that this one loads where Jetty's client is absent. */
final class ServerSide {
    private static final String HTTP_1_1 = "http/1.1";
    private static final String HTTP_2 = "h2";

    private ServerSide() {}

    static ServerConnector connector(Server jetty, MtlsServer mtls, HttpConfiguration http) {
        if (http.getCustomizer(SecureRequestCustomizer.class) != null) {
            throw new IllegalArgumentException(
                    "http: has a SecureRequestCustomizer (expected: none; the connector adds its own)");
        }
        HttpConfiguration secure = new HttpConfiguration(http);
        secure.addCustomizer(new PeerCustomizer());
        // Explicit names: in a list made up from the connector's factories, http/1.1 could come first.
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory(HTTP_2, HTTP_1_1);
        alpn.setDefaultProtocol(HTTP_1_1);
        return new MtlsConnector(
                jetty,
                new Tls(contextFactory(mtls), alpn.getProtocol()),
                alpn,
                new HTTP2ServerConnectionFactory(secure),
                new HttpConnectionFactory(secure));
    }

    private static SslContextFactory.Server contextFactory(MtlsServer mtls) {
        SslContextFactory.Server factory = new SslContextFactory.Server();
        factory.setSslContext(mtls.sslContext());
        factory.setNeedClientAuth(true);
        factory.setRenegotiationAllowed(false);
        return factory;
    }

    static PeerIdentity peer(Request request) {
        Object data = request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE);
        return PeerIdentity.find(data instanceof EndPoint.SslSessionData tls ? tls.sslSession() : null)
                .orElseThrow(() -> new IllegalArgumentException(
                        "request: not of a connector of MtlsJetty (seen: " + request.getConnectionMetaData() + ")"));
    }

    private static final class Tls extends SslConnectionFactory {
        Tls(SslContextFactory.Server contextFactory, String nextProtocol) {
            super(contextFactory, nextProtocol);
        }

        @Override
        protected SslConnection newSslConnection(Connector connector, EndPoint endPoint, SSLEngine engine) {
            return new TlsConnection(
                    new TlsConnection.Parts(
                            connector.getByteBufferPool(),
                            connector.getExecutor(),
                            connector.getScheduler(),
                            getSslContextFactory(),
                            endPoint,
                            engine,
                            isDirectBuffersForEncryption(),
                            isDirectBuffersForDecryption()),
                    (connection, tls) -> ServerConnection.serve(connection, tls, connector));
        }
    }

    /** Starts only while TLS comes first. */
    private static final class MtlsConnector extends ServerConnector {
        private final SslConnectionFactory tls;

        MtlsConnector(
                Server jetty,
                SslConnectionFactory tls,
                ALPNServerConnectionFactory alpn,
                HTTP2ServerConnectionFactory h2,
                HttpConnectionFactory http) {
            super(jetty, tls, alpn, h2, http);
            this.tls = tls;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // The very factory that was given.
        protected void doStart() throws Exception {
            if (getDefaultConnectionFactory() != tls) {
                throw new IllegalStateException("this connector takes TLS alone (seen: its default protocol is "
                        + getDefaultProtocol() + "); for another protocol, add another connector");
            }
            super.doStart();
        }
    }
}
