package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mtls.failure.FailureReason;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.TlsProvider;
import java.io.IOException;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeTest {
    @ParameterizedTest
    @CsvSource({
        "JDK, TLSv1.3, HTTP_2",
        "JDK, TLSv1.3, HTTP_1_1",
        "JDK, TLSv1.2, HTTP_2",
        "JDK, TLSv1.2, HTTP_1_1",
        "CONSCRYPT, TLSv1.3, HTTP_2",
        "CONSCRYPT, TLSv1.3, HTTP_1_1",
        "CONSCRYPT, TLSv1.2, HTTP_2",
        "CONSCRYPT, TLSv1.2, HTTP_1_1"
    })
    void calls_allowedServer_answeredAndPeerKnown(TlsProvider provider, String version, Protocol protocol)
            throws Exception {
        try (Mesh mesh = new Mesh(provider, version)) {
            MockWebServer server = protocol == Protocol.HTTP_2
                    ? mesh.server(Mesh.SERVER)
                    : mesh.server(Mesh.SERVER, Protocol.HTTP_1_1);
            OkHttpClient http = mesh.http(mesh.client(PeerPolicy.id(Mesh.SERVER)));
            for (int i = 0; i < 3; i++) {
                server.enqueue(new MockResponse.Builder().body("hello").build());
                Request post = Mesh.get(server)
                        .newBuilder()
                        .post(RequestBody.create("x".repeat(100_000), null))
                        .build();
                try (Response response = http.newCall(post).execute()) {
                    assertThat(response.body().string()).isEqualTo("hello");
                    assertThat(response.protocol()).isEqualTo(protocol);
                    assertThat(response.handshake().tlsVersion()).isEqualTo(TlsVersion.forJavaName(version));
                    assertThat(MtlsOkHttp.peer(response).id()).isEqualTo(Mesh.SERVER);
                }
                assertThat(server.takeRequest().getBodySize()).isEqualTo(100_000);
            }
            assertThat(http.connectionPool().connectionCount()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"JDK, TLSv1.3", "JDK, TLSv1.2", "CONSCRYPT, TLSv1.3", "CONSCRYPT, TLSv1.2"})
    void call_otherServer_refusedWithTheReason(TlsProvider provider, String version) throws Exception {
        try (Mesh mesh = new Mesh(provider, version)) {
            MockWebServer server = mesh.server(Mesh.OTHER);
            OkHttpClient http = mesh.http(mesh.client(PeerPolicy.id(Mesh.SERVER)));

            Throwable failure =
                    catchThrowable(() -> http.newCall(Mesh.get(server)).execute());

            assertThat(failure).isInstanceOf(IOException.class);
            assertThat(Mesh.reason(failure)).contains(FailureReason.POLICY_DENIED);
            assertThat(server.getRequestCount()).isZero();
        }
    }
}
