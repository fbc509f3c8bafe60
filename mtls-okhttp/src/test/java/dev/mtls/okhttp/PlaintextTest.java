package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.policy.PeerPolicy;
import java.net.UnknownServiceException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a URL or a server says, nothing is sent in the clear. */
class PlaintextTest {
    private final Mesh mesh = new Mesh();
    private final MockWebServer plain = new MockWebServer();
    private OkHttpClient http;

    @BeforeEach
    void open() throws Exception {
        plain.start();
        http = mesh.http(mesh.client(PeerPolicy.id(Mesh.SERVER)));
    }

    @AfterEach
    void nothingWasSent() throws Exception {
        int requests = plain.getRequestCount();
        plain.close();
        mesh.close();
        assertThat(requests).isZero();
    }

    private Request toPlain(String scheme) {
        return new Request.Builder()
                .url(scheme + "://localhost:" + plain.getPort() + "/")
                .build();
    }

    @Test
    void call_plaintextUrl_refused() {
        assertThatThrownBy(() -> http.newCall(toPlain("http")).execute())
                .isInstanceOf(UnknownServiceException.class)
                .hasMessageContaining("plaintext to localhost:" + plain.getPort() + " refused")
                .hasMessageContaining("mutual TLS only");
    }

    @Test
    void call_plaintextUrlAndPlaintextAllowedAfterwards_refused() {
        OkHttpClient loosened = http.newBuilder()
                .connectionSpecs(List.of(ConnectionSpec.MODERN_TLS, ConnectionSpec.CLEARTEXT))
                .build();

        assertThatThrownBy(() -> loosened.newCall(toPlain("http")).execute())
                .isInstanceOf(UnknownServiceException.class);
    }

    @Test
    void call_urlMadePlaintextByALaterInterceptor_refused() {
        OkHttpClient rewriting = http.newBuilder()
                .addInterceptor(chain -> chain.proceed(toPlain("http")))
                .build();

        assertThatThrownBy(() -> rewriting
                        .newCall(new Request.Builder().url("https://localhost/").build())
                        .execute())
                .isInstanceOf(UnknownServiceException.class);
    }

    @Test
    void call_madePlaintextInEveryWay_notSent() {
        OkHttpClient loosened = http.newBuilder()
                .connectionSpecs(List.of(ConnectionSpec.MODERN_TLS, ConnectionSpec.CLEARTEXT))
                .addInterceptor(chain -> chain.proceed(toPlain("http")))
                .build();

        assertThatThrownBy(() -> loosened.newCall(
                                new Request.Builder().url("https://localhost/").build())
                        .execute())
                .hasMessageContaining("not sent");
    }

    @Test
    void webSocket_plaintextUrl_refused() throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        http.newWebSocket(toPlain("ws"), new WebSocketListener() {
            @Override
            public void onFailure(WebSocket socket, Throwable cause, Response response) {
                failure.complete(cause);
            }
        });

        assertThat(failure.get(5, TimeUnit.SECONDS))
                .isInstanceOf(UnknownServiceException.class)
                .hasMessageContaining("mutual TLS only");
    }

    @Test
    void redirect_toPlaintext_refusedNamingBoth() throws Exception {
        MockWebServer server = redirectingToPlain();

        assertThatThrownBy(() -> http.newCall(Mesh.get(server)).execute())
                .isInstanceOf(UnknownServiceException.class)
                .hasMessageContaining(
                        "plaintext to localhost:" + plain.getPort() + " refused, to which localhost redirects");
    }

    @Test
    void redirect_toPlaintextAndSchemesMayChange_refused() throws Exception {
        MockWebServer server = redirectingToPlain();
        OkHttpClient loosened = http.newBuilder().followSslRedirects(true).build();

        assertThatThrownBy(() -> loosened.newCall(Mesh.get(server)).execute())
                .isInstanceOf(UnknownServiceException.class);
    }

    @Test
    void redirect_toPlaintextButNoneFollowed_answered() throws Exception {
        MockWebServer server = redirectingToPlain();
        OkHttpClient still = http.newBuilder().followRedirects(false).build();

        try (Response response = still.newCall(Mesh.get(server)).execute()) {
            assertThat(response.code()).isEqualTo(302);
        }
    }

    private MockWebServer redirectingToPlain() throws Exception {
        MockWebServer server = mesh.server(Mesh.SERVER);
        server.enqueue(new MockResponse.Builder()
                .code(302)
                .setHeader("Location", plain.url("/"))
                .build());
        return server;
    }
}
