package dev.mtls.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MtlsSocketTest {
    private static final String CLIENT = "spiffe://test/client";
    private static final String SERVER = "spiffe://test/server";

    private final TestCa ca = TestCa.root("test");

    static Stream<Arguments> everyStack() {
        return MtlsEngineTest.everyStack();
    }

    /** A connected pair: the client's socket and the server's, handshake done. */
    private final class Pair implements AutoCloseable {
        final TestPeer clientPeer;
        final TestPeer serverPeer;
        final SSLSocket client;
        final SSLSocket server;

        Pair(TlsProvider provider, String protocol) throws Exception {
            clientPeer = new TestPeer(ca, CLIENT, provider, protocol);
            serverPeer = new TestPeer(ca, SERVER, provider, protocol);
            SSLContext dialing = clientPeer.mtls().client(PeerPolicy.id(SERVER)).sslContext();
            SSLContext accepting =
                    serverPeer.mtls().server(PeerPolicy.id(CLIENT)).sslContext();
            try (ServerSocket listening =
                    accepting.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                CompletableFuture<Socket> accepted = CompletableFuture.supplyAsync(() -> accept(listening));
                client = (SSLSocket) dialing.getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort());
                client.getOutputStream().write('x');
                server = (SSLSocket) accepted.get(20, TimeUnit.SECONDS);
            }
        }

        private static Socket accept(ServerSocket listening) {
            try {
                Socket socket = listening.accept();
                assertThat(socket.getInputStream().read()).isEqualTo('x');
                return socket;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            clientPeer.close();
            serverPeer.close();
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void close_ofThePeer_readsAsTheEnd(TlsProvider provider, String protocol) throws Exception {
        try (Pair pair = new Pair(provider, protocol)) {
            pair.client.getOutputStream().write("last".getBytes(StandardCharsets.US_ASCII));
            pair.client.close();

            assertThat(pair.server.getInputStream().readAllBytes())
                    .isEqualTo("last".getBytes(StandardCharsets.US_ASCII));
            assertThat(pair.clientPeer.mtls().connections()).isEmpty();
            pair.server.close();
            assertThat(pair.serverPeer.mtls().connections()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void close_withoutCloseNotify_readsAsAnError(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer clientPeer = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer serverPeer = new TestPeer(ca, SERVER, provider, protocol);
                ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> cutOff = CompletableFuture.runAsync(() -> {
                try (Socket plain = listening.accept()) {
                    Socket server = serverPeer
                            .mtls()
                            .server(PeerPolicy.id(CLIENT))
                            .sslContext()
                            .getSocketFactory()
                            .createSocket(plain, "client", 1, false);
                    assertThat(server.getInputStream().read()).isEqualTo('x');
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            SSLContext dialing = clientPeer.mtls().client(PeerPolicy.id(SERVER)).sslContext();
            try (Socket client = dialing.getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
                client.getOutputStream().write('x');
                cutOff.get(20, TimeUnit.SECONDS);

                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(EOFException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void cut_whileReading_wakesTheReader(TlsProvider provider, String protocol) throws Exception {
        try (Pair pair = new Pair(provider, protocol)) {
            CompletableFuture<Integer> reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return pair.server.getInputStream().read();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            pair.serverPeer.publish(
                    pair.serverPeer.mtls().context().svid(),
                    X509BundleSet.of(TestCa.root("test").bundle()));

            assertThatThrownBy(() -> reading.get(10, TimeUnit.SECONDS)).cause().hasCauseInstanceOf(IOException.class);
            assertThatThrownBy(() -> pair.server.getOutputStream().write(1))
                    .cause()
                    .isInstanceOfSatisfying(
                            PeerVerificationException.class,
                            cause -> assertThat(cause.reason()).isEqualTo(FailureReason.UNKNOWN_AUTHORITY));
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void readTimeout_leavesTheConnectionUsable(TlsProvider provider, String protocol) throws Exception {
        try (Pair pair = new Pair(provider, protocol)) {
            pair.client.setSoTimeout(50);
            assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            pair.client.setSoTimeout(0);

            pair.server.getOutputStream().write('y');

            assertThat(pair.client.getInputStream().read()).isEqualTo('y');
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void bytes_manyBothWaysAtOnce_arriveAsTheyWere(TlsProvider provider, String protocol) throws Exception {
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        try (Pair pair = new Pair(provider, protocol)) {
            CompletableFuture<Void> there = send(pair.client, sent);
            CompletableFuture<Void> back = send(pair.server, sent);
            CompletableFuture<byte[]> arrivedThere = receive(pair.server, sent.length);
            CompletableFuture<byte[]> arrivedBack = receive(pair.client, sent.length);

            assertThat(arrivedThere.get(30, TimeUnit.SECONDS)).isEqualTo(sent);
            assertThat(arrivedBack.get(30, TimeUnit.SECONDS)).isEqualTo(sent);
            CompletableFuture.allOf(there, back).get(30, TimeUnit.SECONDS);
        }
    }

    private static CompletableFuture<Void> send(Socket socket, byte[] bytes) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        socket.getOutputStream().write(bytes);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                command -> new Thread(command).start());
    }

    private static CompletableFuture<byte[]> receive(Socket socket, int count) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return socket.getInputStream().readNBytes(count);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                command -> new Thread(command).start());
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void connect_afterCreation_namesTheTarget(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer clientPeer = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer serverPeer = new TestPeer(ca, SERVER, provider, protocol);
                ServerSocket listening = serverPeer
                        .mtls()
                        .server(PeerPolicy.id(CLIENT))
                        .sslContext()
                        .getServerSocketFactory()
                        .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> {
                try (Socket accepted = listening.accept()) {
                    return accepted.getInputStream().read();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            try (SSLSocket socket = (SSLSocket) clientPeer
                    .mtls()
                    .client(PeerPolicy.id(SERVER))
                    .sslContext()
                    .getSocketFactory()
                    .createSocket()) {
                socket.connect(new InetSocketAddress("localhost", listening.getLocalPort()), 5000);
                socket.getOutputStream().write('z');

                assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo('z');
                assertThat(socket.getSession().getPeerHost()).isEqualTo("localhost");
                assertThat(PeerIdentity.of(socket.getSession()).id()).isEqualTo(SpiffeId.parse(SERVER));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void closed_anyUse_fails(TlsProvider provider, String protocol) throws Exception {
        try (Pair pair = new Pair(provider, protocol)) {
            var out = pair.client.getOutputStream();
            pair.client.close();

            assertThatThrownBy(() -> out.write(1)).isInstanceOf(SocketException.class);
            assertThatThrownBy(pair.client::getInputStream).isInstanceOf(SocketException.class);
            assertThat(pair.client.isClosed()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void serverSocket_ofAClient_refused(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer peer = new TestPeer(ca, CLIENT, provider, protocol)) {
            assertThatThrownBy(() -> peer.mtls()
                            .client(PeerPolicy.id(SERVER))
                            .sslContext()
                            .getServerSocketFactory()
                            .createServerSocket(0))
                    .isInstanceOf(IOException.class);
        }
    }
}
