package dev.mtls.examples.quickstart;

import dev.mtls.jetty.MtlsJetty;
import dev.mtls.policy.PeerPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;

/** A Jetty server that answers with what it was sent, and with the name of who sent it. */
final class HttpServer implements AutoCloseable {
    private final Server server = new Server();
    private final ServerConnector connector;

    HttpServer(Workload workload, PeerPolicy clients, Ledger ledger) throws Exception {
        connector = MtlsJetty.connector(server, workload.mtls().server(clients));
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                String body;
                try {
                    body = Content.Source.asString(request, StandardCharsets.UTF_8);
                } catch (IOException e) {
                    ledger.failed(workload.id() + ": body of a request: " + e);
                    callback.failed(e);
                    return true;
                }
                ledger.saw(MtlsJetty.peer(request));
                Content.Sink.write(
                        response, true, "hello " + MtlsJetty.peer(request).id() + " " + body, callback);
                return true;
            }
        });
        server.start();
    }

    int port() {
        return connector.getLocalPort();
    }

    @Override
    public void close() {
        LifeCycle.stop(server);
    }
}
