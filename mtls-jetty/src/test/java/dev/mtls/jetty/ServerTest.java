package dev.mtls.jetty;

import static dev.mtls.jetty.Workloads.CLIENT;
import static dev.mtls.jetty.Workloads.SERVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.mtls.MtlsServer;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.FailureReason;
import dev.mtls.jetty.Workloads.Workload;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.TlsProvider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.Security;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The connector, called by the JDK's HTTP client. */
class ServerTest {
    @RegisterExtension
    final TestMesh mesh = TestMesh.create("test", "other");

    private final Workloads workloads = new Workloads(mesh);
    private final AtomicInteger handled = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        workloads.close();
    }

    private final class WhoIsThere extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            handled.incrementAndGet();
            assertThat(request.getAttribute(MtlsJetty.PEER)).isEqualTo(MtlsJetty.peer(request));
            Content.Sink.write(
                    response,
                    true,
                    request.getConnectionMetaData().getProtocol() + " "
                            + MtlsJetty.peer(request).id() + " "
                            + Request.getAuthenticationState(request)
                                    .getUserPrincipal()
                                    .getName(),
                    callback);
            return true;
        }
    }

    private static HttpClient client(Workload workload, HttpClient.Version version) {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(workload.mtls().client(PeerPolicy.id(SERVER)).sslContext())
                .build();
    }

    private static HttpResponse<String> get(HttpClient client, String host, int port) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("https://" + host + ":" + port + "/"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @MethodSource("dev.mtls.jetty.Combination#all")
    void request_peerAllowed_peerIsSeen(Combination how) throws Exception {
        var providers = Security.getProviders();
        int port = workloads.serve(
                workloads.start(SERVER, how.server(), how.tls()).mtls().server(PeerPolicy.id(CLIENT)),
                new WhoIsThere());
        HttpClient client = client(workloads.start(CLIENT, how.client(), how.tls()), how.http());

        HttpResponse<String> response = get(client, "localhost", port);

        String protocol = how.http() == HttpClient.Version.HTTP_2 ? "HTTP/2.0" : "HTTP/1.1";
        assertThat(response.body()).isEqualTo(protocol + " " + CLIENT + " " + CLIENT);
        assertThat(response.version()).isEqualTo(how.http());
        assertThat(Security.getProviders()).containsExactly(providers);
    }

    @Test
    void request_hostIsNotInTheCertificate_served() throws Exception {
        int port = workloads.serve(
                workloads.start(SERVER, TlsProvider.AUTO).mtls().server(PeerPolicy.id(CLIENT)), new WhoIsThere());
        HttpClient client = client(workloads.start(CLIENT, TlsProvider.AUTO), HttpClient.Version.HTTP_1_1);

        assertThat(get(client, "127.0.0.1", port).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @MethodSource("dev.mtls.jetty.Combination#sameProvider")
    void request_peerNoLongerAllowed_notHandledEvenBeforeConnectionsAreRechecked(Combination how) throws Exception {
        Workload server = workloads.start(SERVER, how.server(), how.tls());
        MtlsServer serving = server.mtls().server(PeerPolicy.trustDomain("test"));
        int port = workloads.serve(serving, new WhoIsThere());
        CountDownLatch release = stallRecheckAfterFirstConnection(server, port);
        HttpClient client = client(workloads.start(CLIENT, how.client(), how.tls()), how.http());
        get(client, "localhost", port);
        MtlsConnection warm = server.connectionsWith(CLIENT).get(0);

        try {
            serving.replacePolicy(PeerPolicy.id("spiffe://test/another"));
            await().until(() -> server.connectionsWith("spiffe://test/first").isEmpty());
            assertThat(warm.state()).isEqualTo(MtlsConnection.State.ACTIVE);

            assertThat(client.sendAsync(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString()))
                    .failsWithin(Duration.ofSeconds(5));

            assertThat(handled).hasValue(1);
            assertThat(warm.cutBy())
                    .hasValueSatisfying(cause -> assertThat(cause.reason()).isEqualTo(FailureReason.POLICY_DENIED));
        } finally {
            release.countDown();
        }
    }

    /** The re-check of all connections, in their order, stops when it has cut the first one. */
    private CountDownLatch stallRecheckAfterFirstConnection(Workload server, int port) throws Exception {
        Workload first = workloads.start("spiffe://test/first", TlsProvider.JDK);
        connect(first, port);
        await().until(() -> server.mtls().connections().size() == 1);
        CountDownLatch release = new CountDownLatch(1);
        server.onlyConnection().onClose(() -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return release;
    }

    @Test
    void connector_secondSecureRequestCustomizer_refused() throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        http.addCustomizer(new SecureRequestCustomizer());
        Workload server = workloads.start(SERVER, TlsProvider.AUTO);

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> MtlsJetty.connector(new Server(), server.mtls().server(PeerPolicy.id(CLIENT)), http))
                .withMessageContaining("SecureRequestCustomizer");
    }

    @Test
    void connector_plaintextFirst_doesNotStart() throws Exception {
        Workload server = workloads.start(SERVER, TlsProvider.AUTO);
        Server jetty = new Server();
        ServerConnector connector = MtlsJetty.connector(jetty, server.mtls().server(PeerPolicy.id(CLIENT)));
        connector.setDefaultProtocol("http/1.1");
        jetty.addConnector(connector);

        assertThatIllegalStateException().isThrownBy(jetty::start).withMessageContaining("TLS alone");
        jetty.stop();
    }

    @ParameterizedTest
    @MethodSource("dev.mtls.jetty.Combination#sameProvider")
    void connection_closedWithOrWithoutGoodbye_noLongerAlive(Combination how) throws Exception {
        Workload server = workloads.start(SERVER, how.server(), how.tls());
        int port = workloads.serve(server.mtls().server(PeerPolicy.id(CLIENT)), new WhoIsThere());
        Workload client = workloads.start(CLIENT, how.client(), how.tls());

        connect(client, port).close();
        await().until(() ->
                server.accepted() == 1 && server.mtls().connections().isEmpty());

        connect(client, port);
        client.mtls().close();
        await().until(() ->
                server.accepted() == 2 && server.mtls().connections().isEmpty());
    }

    private SSLSocket connect(Workload client, int port) throws Exception {
        SSLSocket socket = workloads.closing((SSLSocket) client.mtls()
                .client(PeerPolicy.id(SERVER))
                .sslContext()
                .getSocketFactory()
                .createSocket("localhost", port));
        socket.startHandshake();
        return socket;
    }
}
