package dev.mtls.it.resumption;

import dev.mtls.jetty.MtlsJetty;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty's server. */
final class JettyServing implements Serving {
    private final Server jetty = new Server();
    private final ServerConnector connector;

    JettyServing(Side side, Sightings seen) throws Exception {
        connector = side instanceof OurSide ? MtlsJetty.connector(jetty, ((OurSide) side).server()) : plain(side);
        jetty.addConnector(connector);
        jetty.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Content.Sink.write(response, true, "ok", callback);
                return true;
            }
        });
        jetty.start();
    }

    private ServerConnector plain(Side side) {
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setSslContext(side.context());
        ssl.setNeedClientAuth(true);
        HttpConfiguration https = new HttpConfiguration();
        // Without the check of host names, which an SVID has none of.
        https.addCustomizer(new SecureRequestCustomizer(false));
        return new ServerConnector(jetty, ssl, new HttpConnectionFactory(https));
    }

    @Override
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public void close() throws Exception {
        jetty.stop();
    }
}
