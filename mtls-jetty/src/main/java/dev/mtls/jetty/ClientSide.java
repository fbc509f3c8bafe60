package dev.mtls.jetty;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.transport.HttpClientConnectionFactory;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.ClientConnectionFactoryOverHTTP2;
import org.eclipse.jetty.io.ClientConnectionFactory;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslClientConnectionFactory;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Makes clients. Apart from {@link MtlsJetty} so that this one loads where Jetty's client is absent. */
final class ClientSide {
    private ClientSide() {}

    static HttpClient client(MtlsClient mtls) {
        ClientConnector connector = new Connector();
        connector.setSslContextFactory(new ContextFactory(mtls));
        HTTP2Client http2 = new HTTP2Client(connector);
        http2.addBean(new GoAwayListener());
        return new HttpClient(new ClientTransport(
                connector, new ClientConnectionFactoryOverHTTP2.HTTP2(http2), HttpClientConnectionFactory.HTTP11));
    }

    static PeerIdentity responder(Response response) {
        Connection connection = response.getRequest().getConnection();
        EndPoint.SslSessionData tls = connection == null ? null : connection.getSslSessionData();
        return PeerIdentity.find(tls == null ? null : tls.sslSession())
                .orElseThrow(() -> new IllegalArgumentException(
                        "response: not received by a client of MtlsJetty (seen: " + connection + ")"));
    }

    /** Makes engines, for one server alone where the request says so. */
    private static final class ContextFactory extends SslContextFactory.Client
            implements SslClientConnectionFactory.SslEngineFactory {
        private final MtlsClient mtls;

        ContextFactory(MtlsClient mtls) {
            this.mtls = mtls;
            setSslContext(mtls.sslContext());
            setRenegotiationAllowed(false);
        }

        @Override
        public SSLEngine newSslEngine(String host, int port, Map<String, Object> context) {
            Object tag = requireNonNull((Destination) context.get(Destination.CONTEXT_KEY), "destination")
                    .getOrigin()
                    .getTag();
            MtlsClient client = tag instanceof SpiffeId server ? mtls.expecting(server) : mtls;
            SSLEngine engine = client.sslContext().createSSLEngine(host, port);
            customize(engine);
            return engine;
        }
    }

    private static final class Connector extends ClientConnector {
        @Override
        public ClientConnectionFactory newSslClientConnectionFactory(
                SslContextFactory.Client contextFactory, ClientConnectionFactory next) {
            Tls tls = new Tls(contextFactory, this, next);
            // The end of the network connection, which may be a cut, is not taken for the regular end of a response.
            tls.setRequireCloseMessage(true);
            return tls;
        }
    }

    private static final class Tls extends SslClientConnectionFactory {
        private final ClientConnector connector;

        Tls(SslContextFactory.Client contextFactory, ClientConnector connector, ClientConnectionFactory next) {
            super(contextFactory, connector.getByteBufferPool(), connector.getExecutor(), next);
            this.connector = connector;
        }

        @Override
        protected SslConnection newSslConnection(EndPoint endPoint, SSLEngine engine) {
            return new TlsConnection(
                    new TlsConnection.Parts(
                            getByteBufferPool(),
                            getExecutor(),
                            connector.getScheduler(),
                            getSslContextFactory(),
                            endPoint,
                            engine,
                            isDirectBuffersForEncryption(),
                            isDirectBuffersForDecryption()),
                    (connection, tls) -> {});
        }
    }
}
