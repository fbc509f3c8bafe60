package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mtls.Mtls;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.trust.X509BundleSet;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Cache;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The verified server, as a response shows it. */
class PeerTest {
    private final Mesh mesh = new Mesh();

    @AfterEach
    void close() throws Exception {
        mesh.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void peer_afterRotationOfRootAndIdentity_theNewOne(Protocol protocol) throws Exception {
        CertificateAuthority next = CertificateAuthority.create(Mesh.TD, Clock.systemUTC());
        InMemorySource serverSource = mesh.source(Mesh.SERVER);
        InMemorySource clientSource = mesh.source(Mesh.CLIENT);
        MockWebServer server = mesh.okServer(mesh.mtls(serverSource), protocol);
        OkHttpClient http = mesh.http(mesh.mtls(clientSource).client(PeerPolicy.id(Mesh.SERVER)));
        assertPeer(Mesh.call(http, Mesh.get(server)), serverSource);

        serverSource.publish(X509Update.of(next.issue(Mesh.SERVER), X509BundleSet.of(next.bundle())));
        clientSource.publish(X509Update.of(next.issue(Mesh.CLIENT), X509BundleSet.of(next.bundle())));

        for (int i = 0; i < 2; i++) {
            Response response = Mesh.call(http, Mesh.get(server));
            assertThat(response.protocol()).isEqualTo(protocol);
            assertPeer(response, serverSource);
        }
    }

    private static void assertPeer(Response response, InMemorySource source) {
        BigInteger serial = source.state().context().orElseThrow().svid().leaf().getSerialNumber();
        PeerIdentity peer = MtlsOkHttp.peer(response);
        assertThat(peer.id()).isEqualTo(Mesh.SERVER);
        assertThat(peer.leaf().getSerialNumber()).isEqualTo(serial);
        assertThat(((X509Certificate) response.handshake().peerCertificates().get(0)).getSerialNumber())
                .isEqualTo(serial);
    }

    @Test
    void peer_ofAWebSocket_known() throws Exception {
        MockWebServer server = mesh.server(Mesh.SERVER);
        server.enqueue(new MockResponse.Builder()
                .webSocketUpgrade(new WebSocketListener() {
                    @Override
                    public void onOpen(WebSocket socket, Response response) {
                        socket.send("hello");
                    }

                    @Override
                    public void onClosing(WebSocket socket, int code, String reason) {
                        socket.close(code, reason);
                    }
                })
                .build());
        OkHttpClient http = mesh.http(mesh.client(PeerPolicy.id(Mesh.SERVER)));
        CompletableFuture<PeerIdentity> peer = new CompletableFuture<>();
        CompletableFuture<String> message = new CompletableFuture<>();
        WebSocket socket = http.newWebSocket(Mesh.get(server), new WebSocketListener() {
            @Override
            public void onOpen(WebSocket opened, Response response) {
                peer.complete(MtlsOkHttp.peer(response));
            }

            @Override
            public void onMessage(WebSocket from, String text) {
                message.complete(text);
            }
        });

        assertThat(peer.get(5, TimeUnit.SECONDS).id()).isEqualTo(Mesh.SERVER);
        assertThat(message.get(5, TimeUnit.SECONDS)).isEqualTo("hello");
        socket.close(1000, "done");
    }

    @Test
    void peer_answeredFromTheCache_none(@TempDir Path folder) throws Exception {
        MockWebServer server = mesh.server(Mesh.SERVER);
        server.enqueue(new MockResponse.Builder()
                .setHeader("Cache-Control", "max-age=60")
                .body("ok")
                .build());
        Cache cache = mesh.opened(new Cache(folder.toFile(), 1_000_000));
        OkHttpClient http = mesh.http(new OkHttpClient.Builder().cache(cache), mesh.client(PeerPolicy.id(Mesh.SERVER)));

        assertThat(MtlsOkHttp.findPeer(Mesh.call(http, Mesh.get(server)))).isPresent();
        Response cached = Mesh.call(http, Mesh.get(server));

        assertThat(MtlsOkHttp.findPeer(cached)).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> MtlsOkHttp.peer(cached))
                .withMessageContaining("without a request over the network");
    }

    @Test
    void hostnameVerifier_foreignSession_refused() throws Exception {
        Mtls mtls = mesh.mtls(Mesh.CLIENT);
        PeerCheck check = new PeerCheck(mtls.client(PeerPolicy.trustDomain(Mesh.TD)), null);

        assertThat(check.verify(
                        "localhost", SSLContext.getDefault().createSSLEngine().getSession()))
                .isFalse();
    }
}
