package dev.mtls.jetty;

import static dev.mtls.jetty.Workloads.CLIENT;
import static dev.mtls.jetty.Workloads.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.jetty.Workloads.Workload;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.TlsProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What client and server agree on in the handshake. */
class AlpnTest {
    @RegisterExtension
    final TestMesh mesh = TestMesh.create("test");

    private final Workloads workloads = new Workloads(mesh);

    @AfterEach
    void close() throws Exception {
        workloads.close();
    }

    private static final class Hello extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            Content.Sink.write(response, true, "hello", callback);
            return true;
        }
    }

    private int serve(TlsProvider provider, String tls) throws Exception {
        Workload server = workloads.start(SERVER, provider, tls);
        return workloads.serve(server.mtls().server(PeerPolicy.id(CLIENT)), new Hello());
    }

    private SSLSocket connect(TlsProvider provider, String tls, int port, SSLParameters parameters) throws Exception {
        SSLSocket socket = workloads.closing((SSLSocket) workloads
                .start(CLIENT, provider, tls)
                .mtls()
                .client(PeerPolicy.id(SERVER))
                .sslContext()
                .getSocketFactory()
                .createSocket("localhost", port));
        SSLParameters applied = socket.getSSLParameters();
        applied.setApplicationProtocols(parameters.getApplicationProtocols());
        applied.setServerNames(parameters.getServerNames());
        socket.setSSLParameters(applied);
        socket.startHandshake();
        return socket;
    }

    private static void assertSpeaksHttp1(SSLSocket socket) throws Exception {
        socket.getOutputStream()
                .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
    }

    static Stream<Arguments> offers() {
        return Stream.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)
                .flatMap(client -> Stream.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)
                        .flatMap(server -> Stream.of("TLSv1.3", "TLSv1.2")
                                .flatMap(tls -> Stream.of(
                                        Arguments.of(client, server, tls, "", ""),
                                        Arguments.of(client, server, tls, "http/1.1", "http/1.1"),
                                        Arguments.of(client, server, tls, "http/1.1,h2", "h2"),
                                        Arguments.of(client, server, tls, "h2", "h2"),
                                        Arguments.of(client, server, tls, "istio-h2,istio,h2", "h2"),
                                        Arguments.of(client, server, tls, "istio-http/1.1,istio,http/1.1", "http/1.1"),
                                        Arguments.of(client, server, tls, "istio-peer-exchange,istio", ""),
                                        Arguments.of(client, server, tls, "unheard-of", "")))));
    }

    @ParameterizedTest
    @MethodSource("offers")
    void offer_ofTheClient_serverChoosesOrGoesOnWithout(
            TlsProvider client, TlsProvider server, String tls, String offered, String chosen) throws Exception {
        SSLParameters parameters = new SSLParameters();
        parameters.setApplicationProtocols(offered.isEmpty() ? new String[0] : offered.split(","));

        SSLSocket socket = connect(client, tls, serve(server, tls), parameters);

        assertThat(socket.getApplicationProtocol()).isEqualTo(chosen);
        if (!chosen.equals("h2")) {
            assertSpeaksHttp1(socket);
        }
    }

    /** Jetty's client, with a server that knows no HTTP/2, or nothing of ALPN at all. */
    @ParameterizedTest
    @CsvSource({"JDK, http/1.1", "JDK, ''", "CONSCRYPT, http/1.1", "CONSCRYPT, ''"})
    void client_serverWithoutHttp2_speaksHttp1(TlsProvider provider, String known) throws Exception {
        Workload server = workloads.start(SERVER, provider);
        PlainHttp1Server listening =
                workloads.closing(PlainHttp1Server.start(server.mtls().server(PeerPolicy.id(CLIENT)), known));
        HttpClient http =
                workloads.client(workloads.start(CLIENT, provider).mtls().client(PeerPolicy.id(SERVER)));

        ContentResponse response = http.GET("https://localhost:" + listening.port() + "/");

        assertThat(response.getVersion()).isEqualTo(HttpVersion.HTTP_1_1);
        assertThat(response.getStatus()).isEqualTo(200);
        assertThat(listening.chosen()).isEqualTo(known);
    }

    /** Not a host name, by the JDK's rules: a client of the JDK's own classes cannot be told to send it as one. */
    private static final class SidecarName extends SNIServerName {
        SidecarName(String name) {
            super(0, name.getBytes(StandardCharsets.US_ASCII));
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3", "TLSv1.2"})
    void serverName_asSidecarsSendIt_acceptedOnConscrypt(String tls) throws Exception {
        SSLParameters parameters = new SSLParameters();
        parameters.setApplicationProtocols(new String[] {"istio-http/1.1", "istio", "http/1.1"});
        parameters.setServerNames(List.of(new SidecarName("outbound_.8080_._.foo.ns.svc.cluster.local")));

        SSLSocket socket = connect(TlsProvider.JDK, tls, serve(TlsProvider.CONSCRYPT, tls), parameters);

        assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        assertSpeaksHttp1(socket);
    }
}
