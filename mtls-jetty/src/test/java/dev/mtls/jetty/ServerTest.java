package dev.mtls.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.policy.PeerPolicy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.Security;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The connector, called by the JDK's HTTP client. */
class ServerTest {
    private final Mesh mesh = new Mesh();
    private final Server jetty = new Server();

    @AfterEach
    void stop() throws Exception {
        jetty.stop();
        mesh.close();
    }

    private URI serve(Combination how) throws Exception {
        var server = mesh.workload(Mesh.SERVER, how.server(), how.tls());
        ServerConnector connector = MtlsJetty.connector(jetty, server.mtls.server(PeerPolicy.id(Mesh.CLIENT)));
        jetty.addConnector(connector);
        jetty.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                Content.Sink.write(
                        response,
                        true,
                        request.getConnectionMetaData().getProtocol() + " "
                                + MtlsJetty.peer(request).id(),
                        callback);
                return true;
            }
        });
        jetty.start();
        return URI.create("https://localhost:" + connector.getLocalPort() + "/");
    }

    @ParameterizedTest
    @MethodSource("dev.mtls.jetty.Combination#all")
    void request_peerAllowed_peerIsSeen(Combination how) throws Exception {
        var providers = Security.getProviders();
        URI uri = serve(how);
        HttpClient client = HttpClient.newBuilder()
                .version(how.http())
                .sslContext(mesh.workload(Mesh.CLIENT, how.client(), how.tls())
                        .mtls
                        .client(PeerPolicy.id(Mesh.SERVER))
                        .sslContext())
                .build();

        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());

        assertThat(response.body())
                .isEqualTo((how.http() == HttpClient.Version.HTTP_2 ? "HTTP/2.0 " : "HTTP/1.1 ") + Mesh.CLIENT);
        assertThat(response.version()).isEqualTo(how.http());
        assertThat(Security.getProviders()).containsExactly(providers);
    }
}
