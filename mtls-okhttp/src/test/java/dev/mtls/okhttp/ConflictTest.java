package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mtls.MtlsClient;
import dev.mtls.policy.PeerPolicy;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConflictTest {
    private static final CertificatePinner PINS = new CertificatePinner.Builder()
            .add("localhost", "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .build();

    private final Mesh mesh = new Mesh();
    private MtlsClient client;

    @BeforeEach
    void open() throws Exception {
        client = mesh.client(PeerPolicy.id(Mesh.SERVER));
    }

    @AfterEach
    void close() throws Exception {
        mesh.close();
    }

    @Test
    void configure_twice_refused() {
        OkHttpClient.Builder builder = MtlsOkHttp.configure(new OkHttpClient.Builder(), client);

        assertThatIllegalStateException()
                .isThrownBy(() -> MtlsOkHttp.configure(builder, client))
                .withMessageContaining("already");
        assertThatIllegalStateException()
                .isThrownBy(() -> MtlsOkHttp.configure(builder.build().newBuilder(), client))
                .withMessageContaining("already");
    }

    @Test
    void configure_verifierSet_refused() {
        OkHttpClient.Builder builder = new OkHttpClient.Builder().hostnameVerifier((host, session) -> true);

        assertThatIllegalStateException()
                .isThrownBy(() -> MtlsOkHttp.configure(builder, client))
                .withMessageContaining("hostname verifier");
    }

    @Test
    void configure_pinsSet_refused() {
        OkHttpClient.Builder builder = new OkHttpClient.Builder().certificatePinner(PINS);

        assertThatIllegalStateException()
                .isThrownBy(() -> MtlsOkHttp.configure(builder, client))
                .withMessageContaining("certificate pins")
                .withMessageContaining("localhost");
    }

    @Test
    void configure_builderOfAClient_works() throws Exception {
        OkHttpClient http = mesh.http(new OkHttpClient().newBuilder(), client);

        Mesh.call(http, Mesh.get(mesh.okServer(Mesh.SERVER, Protocol.HTTP_2)));
    }

    @Test
    void call_verifierReplaced_refused() {
        assertRefused(mesh.http(client).newBuilder().hostnameVerifier((host, session) -> true), "replaced");
    }

    @Test
    void call_socketsReplaced_refused() {
        SSLSocketFactory other = (SSLSocketFactory) SSLSocketFactory.getDefault();

        assertRefused(mesh.http(client).newBuilder().sslSocketFactory(other, NoTrust.INSTANCE), "replaced");
    }

    @Test
    void call_socketsReplacedByThoseOfAnotherClient_refused() throws Exception {
        SSLSocketFactory other = new PeerSockets(mesh.client(PeerPolicy.trustDomain(Mesh.TD)), null, new Closer());

        assertRefused(mesh.http(client).newBuilder().sslSocketFactory(other, NoTrust.INSTANCE), "replaced");
    }

    @Test
    void call_pinsAdded_refused() {
        assertRefused(mesh.http(client).newBuilder().certificatePinner(PINS), "certificate pins");
    }

    private static void assertRefused(OkHttpClient.Builder builder, String message) {
        Request request = new Request.Builder().url("https://localhost:1/").build();

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.build().newCall(request).execute())
                .withMessageContaining(message);
    }

    @Test
    void call_specsWidenedAfterwards_profileHolds() throws Exception {
        OkHttpClient http = mesh.http(client)
                .newBuilder()
                .connectionSpecs(List.of(ConnectionSpec.COMPATIBLE_TLS))
                .build();

        Response response = Mesh.call(http, Mesh.get(mesh.okServer(Mesh.SERVER, Protocol.HTTP_1_1)));

        assertThat(response.handshake().tlsVersion()).isEqualTo(TlsVersion.TLS_1_3);
    }

    @Test
    void configure_anyBuilder_specsAreTheProfile() {
        OkHttpClient http = mesh.http(client);

        assertThat(http.connectionSpecs()).singleElement().satisfies(spec -> {
            assertThat(spec.isTls()).isTrue();
            assertThat(spec.tlsVersions()).containsExactly(TlsVersion.TLS_1_3);
            assertThat(spec.cipherSuites())
                    .map(suite -> suite.javaName())
                    .containsExactly(
                            client.sslContext().getSupportedSSLParameters().getCipherSuites());
        });
    }

    @Test
    void calls_any_providersUnchanged() throws Exception {
        List<Provider> before = List.of(Security.getProviders());

        Mesh.call(mesh.http(client), Mesh.get(mesh.okServer(Mesh.SERVER, Protocol.HTTP_2)));

        assertThat(Security.getProviders()).containsExactlyElementsOf(before);
    }

    @Test
    void null_anywhere_namesTheParameter() {
        assertThatNullPointerException()
                .isThrownBy(() -> MtlsOkHttp.configure(null, client))
                .withMessage("builder");
        assertThatNullPointerException()
                .isThrownBy(() -> MtlsOkHttp.configure(new OkHttpClient.Builder(), null))
                .withMessage("client");
        assertThatNullPointerException()
                .isThrownBy(() -> MtlsOkHttp.expect(null, Mesh.SERVER))
                .withMessage("request");
        assertThatNullPointerException()
                .isThrownBy(() -> MtlsOkHttp.findPeer(null))
                .withMessage("response");
    }
}
