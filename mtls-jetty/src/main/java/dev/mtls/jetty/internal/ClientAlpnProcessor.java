package dev.mtls.jetty.internal;

import dev.mtls.internal.tls.MtlsEngine;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.eclipse.jetty.alpn.client.ALPNClientConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.ALPNProcessor;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;

/**
 * Offers the protocols of a client's connection, for the engines of this library on either provider. Where the server chooses none,
 * the connection speaks HTTP/1.1 if that was offered.
 */
public final class ClientAlpnProcessor implements ALPNProcessor.Client {
    private static final String HTTP_1_1 = "http/1.1";

    /** Called by the service loader. */
    public ClientAlpnProcessor() {}

    @Override
    public boolean appliesTo(SSLEngine engine) {
        return engine instanceof MtlsEngine;
    }

    @Override
    public void configure(SSLEngine engine, Connection connection) {
        ALPNClientConnection negotiating = (ALPNClientConnection) connection;
        List<String> offered = negotiating.getProtocols();
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(offered.toArray(String[]::new));
        engine.setSSLParameters(parameters);
        ((SslConnection.SslEndPoint) connection.getEndPoint())
                .getSslConnection()
                .addHandshakeListener(new SslHandshakeListener() {
                    @Override
                    public void handshakeSucceeded(Event event) {
                        String chosen = engine.getApplicationProtocol();
                        if (chosen == null || chosen.isEmpty()) {
                            chosen = offered.contains(HTTP_1_1) ? HTTP_1_1 : null;
                        }
                        negotiating.selected(chosen);
                    }
                });
    }
}
