package dev.mtls.examples.adapters;

import dev.mtls.Mtls;
import dev.mtls.ca.CaSource;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.jetty.MtlsJetty;
import dev.mtls.policy.PeerPolicy;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty's server and client. */
public final class JettyExample {
    private JettyExample() {}

    /** Runs the example. */
    public static void main(String[] args) throws Exception {
        CertificateAuthority shop = CertificateAuthority.create(TrustDomain.parse("shop.example"));
        SpiffeId web = SpiffeId.parse("spiffe://shop.example/web");
        SpiffeId orders = SpiffeId.parse("spiffe://shop.example/orders");

        try (Mtls serving = Mtls.create(CaSource.of(shop, orders));
                Mtls calling = Mtls.create(CaSource.of(shop, web))) {
            Server server = new Server();
            ServerConnector connector = MtlsJetty.connector(server, serving.server(PeerPolicy.id(web)));
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            server.setHandler(new Handler.Abstract() {
                @Override
                public boolean handle(Request request, Response response, Callback callback) {
                    Content.Sink.write(
                            response, true, "hello " + MtlsJetty.peer(request).id(), callback);
                    return true;
                }
            });
            server.start();
            HttpClient client = MtlsJetty.client(calling.client(PeerPolicy.id(orders)));
            client.start();

            ContentResponse response = client.GET("https://127.0.0.1:" + connector.getLocalPort());
            System.out.println(MtlsJetty.responder(response) + " says " + response.getContentAsString());

            client.stop();
            server.stop();
        }
    }
}
