package dev.mtls.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.TlsProvider;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MtlsSocketEndTest {
    private static final String CLIENT = "spiffe://test/client";
    private static final String SERVER = "spiffe://test/server";

    private final TestCa ca = TestCa.root("test");

    @FunctionalInterface
    private interface Scene {
        void play(MtlsSocket client, MtlsSocket server) throws Exception;
    }

    private static final String MODES = """
            JDK, TLSv1.3
            JDK, TLSv1.2
            CONSCRYPT, TLSv1.3
            CONSCRYPT, TLSv1.2
            """;

    /** Runs the scene with two sockets that have not begun their handshake. */
    private void open(TlsProvider provider, String protocol, String expected, Scene scene) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol);
                SSLServerSocket listening = (SSLServerSocket) b.mtls()
                        .server(PeerPolicy.id(CLIENT))
                        .sslContext()
                        .getServerSocketFactory()
                        .createServerSocket(0);
                MtlsSocket client = (MtlsSocket) a.mtls()
                        .client(PeerPolicy.id(expected))
                        .sslContext()
                        .getSocketFactory()
                        .createSocket("localhost", listening.getLocalPort());
                MtlsSocket server = (MtlsSocket) listening.accept()) {
            scene.play(client, server);
        }
    }

    private void connected(TlsProvider provider, String protocol, Scene scene) throws Exception {
        open(provider, protocol, SERVER, (client, server) -> {
            CompletableFuture<Throwable> other =
                    CompletableFuture.supplyAsync(() -> catchThrowable(server::startHandshake));
            client.startHandshake();
            assertThat(other.get(5, TimeUnit.SECONDS)).isNull();
            scene.play(client, server);
        });
    }

    @ParameterizedTest
    @CsvSource(textBlock = MODES)
    void handshake_clientRefuses_serverGetsAnAlert(TlsProvider provider, String protocol) throws Exception {
        open(provider, protocol, "spiffe://test/another", (client, server) -> {
            CompletableFuture<Throwable> other = CompletableFuture.supplyAsync(() -> catchThrowable(() -> {
                server.startHandshake();
                server.getInputStream().read();
            }));

            assertThatThrownBy(client::startHandshake).isInstanceOf(SSLException.class);

            assertThat(other.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(SSLException.class)
                    .satisfies(e ->
                            assertThat(e.getMessage().toLowerCase(Locale.ROOT)).contains("alert"));
        });
    }

    @ParameterizedTest
    @CsvSource(textBlock = MODES)
    void unreadInput_seenBeforeItIsRead(TlsProvider provider, String protocol) throws Exception {
        connected(provider, protocol, (client, server) -> {
            // With it comes what TLS itself has to say after a handshake, such as tickets.
            server.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            assertThat(client.hasUnreadInput()).isFalse();

            server.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));

            await().until(client::hasUnreadInput);
            assertThat(client.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
        });
    }

    @ParameterizedTest
    @CsvSource(textBlock = MODES)
    void end_withoutGoodbye_isAnErrorAndEndsTheConnection(TlsProvider provider, String protocol) throws Exception {
        connected(provider, protocol, (client, server) -> {
            MtlsConnection connection = MtlsConnection.find(client.getSession()).orElseThrow();
            PeerVerificationException cause =
                    new PeerVerificationException(FailureReason.POLICY_DENIED, null, "for the test");
            server.engine().sever(cause);

            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);

            // Even if nobody closes the socket.
            assertThat(connection.state()).isEqualTo(MtlsConnection.State.CLOSED);
        });
    }

    @Test
    void retired_byCondition_saysThatItsInputIsShutDown() throws Exception {
        connected(TlsProvider.JDK, "TLSv1.3", (client, server) -> {
            AtomicBoolean retired = new AtomicBoolean();
            client.retireWhen(retired::get);
            assertThat(client.isInputShutdown()).isFalse();

            retired.set(true);

            assertThat(client.isInputShutdown()).isTrue();
            server.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
        });
    }

    @Test
    void create_targetWithoutPolicy_failsLikeAHandshake() throws Exception {
        try (TestPeer peer = new TestPeer(ca, CLIENT, TlsProvider.JDK, "TLSv1.3");
                ServerSocket listening = new ServerSocket(0)) {
            SSLSocketFactory sockets = peer.mtls()
                    .client(TargetPolicies.builder()
                            .addTarget("known", PeerPolicy.id(SERVER))
                            .build())
                    .sslContext()
                    .getSocketFactory();

            assertThatThrownBy(() -> sockets.createSocket("localhost", listening.getLocalPort()))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("[known]")
                    .cause()
                    .isInstanceOfSatisfying(
                            PeerVerificationException.class,
                            cause -> assertThat(cause.reason()).isEqualTo(FailureReason.POLICY_DENIED));
        }
    }

    @Test
    void create_identityClosed_failsWithIoException() throws Exception {
        TestPeer peer = new TestPeer(ca, CLIENT, TlsProvider.JDK, "TLSv1.3");
        SSLSocketFactory sockets =
                peer.mtls().client(PeerPolicy.id(SERVER)).sslContext().getSocketFactory();
        peer.close();
        try (ServerSocket listening = new ServerSocket(0)) {
            assertThatThrownBy(() -> sockets.createSocket("localhost", listening.getLocalPort()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("closed");
        }
    }
}
