package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mtls.Mtls;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whom a host or a call expects. */
class ExpectationTest {
    private final Mesh mesh = new Mesh();

    @AfterEach
    void close() throws Exception {
        mesh.close();
    }

    private static Request expecting(SpiffeId id, MockWebServer server) {
        return MtlsOkHttp.expect(Mesh.get(server), id);
    }

    private static void assertDenied(OkHttpClient http, Request request) {
        Throwable failure = catchThrowable(() -> http.newCall(request).execute());
        assertThat(failure).isInstanceOf(IOException.class);
        assertThat(Mesh.reason(failure)).contains(FailureReason.POLICY_DENIED);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void call_expectsTheServer_connectionReused(Protocol protocol) throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, protocol);
        OkHttpClient http = mesh.http(mesh.client(PeerPolicy.trustDomain(Mesh.TD)));

        for (int i = 0; i < 3; i++) {
            assertThat(Mesh.call(http, expecting(Mesh.SERVER, server)).protocol())
                    .isEqualTo(protocol);
        }

        assertThat(http.connectionPool().connectionCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void call_expectsAnother_refusedAlthoughAConnectionIsThere(Protocol protocol) throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, protocol);
        OkHttpClient http = mesh.http(mesh.client(PeerPolicy.trustDomain(Mesh.TD)));
        Mesh.call(http, Mesh.get(server));
        Mesh.call(http, expecting(Mesh.SERVER, server));
        int before = server.getRequestCount();

        assertDenied(http, expecting(Mesh.OTHER, server));

        assertThat(server.getRequestCount()).isEqualTo(before);
        Mesh.call(http, expecting(Mesh.SERVER, server));
        Mesh.call(http, Mesh.get(server));
        assertThat(http.connectionPool().connectionCount()).isEqualTo(2);
    }

    @Test
    void call_expectsWhatThePolicyRefuses_refused() throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, Protocol.HTTP_2);
        OkHttpClient http = mesh.http(mesh.client(PeerPolicy.id(Mesh.OTHER)));

        assertDenied(http, expecting(Mesh.SERVER, server));
        assertDenied(http, expecting(Mesh.OTHER, server));
    }

    @Test
    void call_redirectedToAnotherServer_refused() throws Exception {
        MockWebServer other = mesh.okServer(Mesh.OTHER, Protocol.HTTP_2);
        MockWebServer server = mesh.server(Mesh.SERVER);
        server.enqueue(new MockResponse.Builder()
                .code(302)
                .setHeader("Location", other.url("/"))
                .build());
        server.enqueue(new MockResponse.Builder()
                .code(302)
                .setHeader("Location", other.url("/"))
                .build());
        OkHttpClient http = mesh.http(mesh.client(PeerPolicy.trustDomain(Mesh.TD)));

        assertThat(MtlsOkHttp.peer(Mesh.call(http, Mesh.get(server))).id()).isEqualTo(Mesh.OTHER);
        assertDenied(http, expecting(Mesh.SERVER, server));
    }

    @Test
    void call_expectationWithoutTheInterceptor_notSent() throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, Protocol.HTTP_2);
        OkHttpClient.Builder builder = new OkHttpClient.Builder();
        MtlsOkHttp.configure(builder, mesh.client(PeerPolicy.trustDomain(Mesh.TD)));
        builder.interceptors().clear();

        assertDenied(builder.build(), expecting(Mesh.OTHER, server));

        assertThat(server.getRequestCount()).isZero();
    }

    @Test
    void hosts_eachItsOwnServer_othersRefused() throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, Protocol.HTTP_2);
        Mtls mtls = mesh.mtls(Mesh.CLIENT);
        OkHttpClient http = mesh.http(
                new OkHttpClient.Builder().dns(host -> List.of(InetAddress.getLoopbackAddress())),
                mtls.client(TargetPolicies.builder()
                        .addTarget("api.test", PeerPolicy.id(Mesh.SERVER))
                        .addTarget("other.test", PeerPolicy.id(Mesh.OTHER))
                        .build()));

        Mesh.call(http, to("api.test", server));
        assertDenied(http, to("other.test", server));
        assertDenied(http, to("unknown.test", server));
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    private static Request to(String host, MockWebServer server) {
        return new Request.Builder()
                .url("https://" + host + ":" + server.getPort() + "/")
                .build();
    }

    @Test
    void hosts_portsOfOneHost_notConfused() throws Exception {
        MockWebServer server = mesh.okServer(Mesh.SERVER, Protocol.HTTP_2);
        MockWebServer other = mesh.okServer(Mesh.OTHER, Protocol.HTTP_2);
        OkHttpClient http = mesh.http(mesh.mtls(Mesh.CLIENT)
                .client(TargetPolicies.builder()
                        .addTarget("localhost", server.getPort(), PeerPolicy.id(Mesh.SERVER))
                        .addTarget("localhost", other.getPort(), PeerPolicy.id(Mesh.SERVER))
                        .build()));

        Mesh.call(http, to("localhost", server));
        assertDenied(http, to("localhost", other));
    }

    @Test
    void expect_idWithoutPath_refused() {
        Request request = new Request.Builder().url("https://localhost/").build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> MtlsOkHttp.expect(request, SpiffeId.parse("spiffe://test")))
                .withMessageContaining("with a path");
    }
}
