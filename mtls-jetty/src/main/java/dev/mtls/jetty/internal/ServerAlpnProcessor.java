package dev.mtls.jetty.internal;

import dev.mtls.internal.tls.MtlsEngine;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.ALPNProcessor;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;

/**
 * Chooses the protocol of a server's connection, for the engines of this library on either provider. Jetty's own processors know the
 * engines of the JDK and of Conscrypt by their classes, and the one for Conscrypt installs it as a provider of the whole JVM.
 *
 * <p>A client that offers only names that the server does not know, as sidecars do for plain TCP ({@code istio-peer-exchange}), is not
 * failed for it: no protocol is negotiated, and the connection speaks the connector's default, HTTP/1.1.
 */
public final class ServerAlpnProcessor implements ALPNProcessor.Server {
    /** What the JDK and Conscrypt take for: go on without a protocol. Null would fail the handshake. */
    private static final String NONE = "";

    /** Called by the service loader. */
    public ServerAlpnProcessor() {}

    @Override
    public boolean appliesTo(SSLEngine engine) {
        return engine instanceof MtlsEngine;
    }

    @Override
    public void configure(SSLEngine engine, Connection connection) {
        Selector selector = new Selector((ALPNServerConnection) connection);
        engine.setHandshakeApplicationProtocolSelector(selector);
        ((SslConnection.SslEndPoint) connection.getEndPoint())
                .getSslConnection()
                .addHandshakeListener(selector);
    }

    private static final class Selector implements BiFunction<SSLEngine, List<String>, String>, SslHandshakeListener {
        private final ALPNServerConnection connection;

        Selector(ALPNServerConnection connection) {
            this.connection = connection;
        }

        @Override
        public String apply(SSLEngine engine, List<String> offered) {
            List<String> known =
                    offered.stream().filter(connection.getProtocols()::contains).toList();
            if (known.isEmpty()) {
                return NONE;
            }
            connection.select(known);
            return connection.getProtocol();
        }

        @Override
        public void handshakeSucceeded(Event event) {
            if (connection.getProtocol() == null) {
                connection.unsupported();
            }
        }
    }
}
