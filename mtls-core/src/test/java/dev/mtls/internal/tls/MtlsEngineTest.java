package dev.mtls.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testkit.AnonymousClient;
import dev.mtls.testkit.EnginePair;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class MtlsEngineTest {
    private static final String CLIENT = "spiffe://test/client";
    private static final String SERVER = "spiffe://test/server";

    private final TestCa ca = TestCa.root("test");

    static Stream<Arguments> everyStack() {
        return Stream.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)
                .flatMap(provider -> Stream.of("TLSv1.3", "TLSv1.2").map(protocol -> Arguments.of(provider, protocol)));
    }

    private static SSLEngine client(TestPeer peer) {
        return peer.mtls().client(PeerPolicy.id(SERVER)).sslContext().createSSLEngine("server", 443);
    }

    private static SSLEngine server(TestPeer peer) {
        return peer.mtls().server(PeerPolicy.id(CLIENT)).sslContext().createSSLEngine();
    }

    private static FailureReason reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MtlsFailure) {
                return ((MtlsFailure) cause).reason();
            }
        }
        throw new AssertionError("no reason in the causes of", failure);
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void closeInbound_withoutThePeersGoodbye_throws(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLEngine server = server(b);
            EnginePair pair = new EnginePair(client, server).handshake();
            pair.toServer("ping");
            pair.serverSaysGoodbye();

            client.closeInbound();
            assertThatThrownBy(server::closeInbound).isInstanceOf(SSLException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void handshake_bothAllowed_bytesPassAndBothKnowEachOther(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLEngine server = server(b);
            EnginePair pair = new EnginePair(client, server).handshake();

            assertThat(pair.toServer("ping")).isEqualTo("ping");
            assertThat(pair.toClient("pong")).isEqualTo("pong");
            assertThat(client.getApplicationProtocol()).isEmpty();
            assertThat(server.getApplicationProtocol()).isEmpty();
            assertThat(PeerIdentity.of(client.getSession()).id()).isEqualTo(SpiffeId.parse(SERVER));
            assertThat(PeerIdentity.of(server.getSession()).id()).isEqualTo(SpiffeId.parse(CLIENT));
            await().untilAsserted(() -> assertThat(b.events(MtlsEvent.HandshakeAccepted.class))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.self()).isEqualTo(SpiffeId.parse(SERVER));
                        assertThat(event.peer()).isEqualTo(SpiffeId.parse(CLIENT));
                        assertThat(event.protocol()).isEqualTo(protocol);
                        assertThat(event.generation()).isEqualTo(1);
                    }));
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void handshake_clientWithoutCertificate_refusedWhateverTheFrameworkSets(TlsProvider provider, String protocol)
            throws Exception {
        try (TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine server = server(b);
            server.setNeedClientAuth(false);
            server.setWantClientAuth(true);
            server.setWantClientAuth(false);
            SSLParameters weak = server.getSSLParameters();
            weak.setNeedClientAuth(false);
            server.setSSLParameters(weak);
            weak.setWantClientAuth(true);
            server.setSSLParameters(weak);

            assertThat(server.getNeedClientAuth()).isTrue();
            assertThatThrownBy(() -> new EnginePair(AnonymousClient.engine(protocol), server).handshake())
                    .isInstanceOf(SSLException.class);
            assertThat(PeerIdentity.find(server.getSession())).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void handshake_clientNotAllowed_refusedWithReasonAndBothIdentities(TlsProvider provider, String protocol)
            throws Exception {
        try (TestPeer a = new TestPeer(ca, "spiffe://test/other", provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine server = server(b);

            assertThatThrownBy(() -> new EnginePair(client(a), server).handshake())
                    .satisfies(failure -> assertThat(reason(failure)).isEqualTo(FailureReason.POLICY_DENIED));
            await().untilAsserted(() -> assertThat(b.events(MtlsEvent.HandshakeRejected.class))
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.reason()).isEqualTo(FailureReason.POLICY_DENIED);
                        assertThat(event.self()).isEqualTo(SpiffeId.parse(SERVER));
                        assertThat(event.claimedPeer()).contains(SpiffeId.parse("spiffe://test/other"));
                    }));
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void cut_trustRemoved_notOneMoreByteInEitherDirection(TlsProvider provider, String protocol) throws Exception {
        TestCa other = TestCa.root("other");
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(
                        other.leaf("spiffe://other/server").svid(java.time.Clock.systemUTC()),
                        other,
                        provider,
                        protocol,
                        java.time.Clock.systemUTC(),
                        builder -> builder)) {
            a.publish(a.mtls().context().svid(), X509BundleSet.of(ca.bundle(), other.bundle()));
            b.publish(b.mtls().context().svid(), X509BundleSet.of(ca.bundle(), other.bundle()));
            SSLEngine client = a.mtls()
                    .client(PeerPolicy.trustDomain("other"))
                    .sslContext()
                    .createSSLEngine("server", 443);
            SSLEngine server = server(b);
            EnginePair pair = new EnginePair(client, server).handshake();
            assertThat(pair.toServer("ping")).isEqualTo("ping");

            b.publish(b.mtls().context().svid(), X509BundleSet.of(other.bundle()));

            await().until(() -> b.mtls().connections().isEmpty());
            assertThatThrownBy(() -> pair.toServer("ping"))
                    .satisfies(failure -> assertThat(reason(failure)).isEqualTo(FailureReason.NO_BUNDLE));
            assertThatThrownBy(() -> pair.toClient("pong"))
                    .satisfies(failure -> assertThat(reason(failure)).isEqualTo(FailureReason.NO_BUNDLE));
            SSLEngineResult flushedAgain = server.wrap(ByteBuffer.allocate(1), ByteBuffer.allocate(64 * 1024));
            assertThat(flushedAgain.getStatus()).isEqualTo(SSLEngineResult.Status.CLOSED);
            assertThat(flushedAgain.bytesConsumed()).isZero();
            assertThat(flushedAgain.bytesProduced()).isZero();
            assertThat(server.isInboundDone()).isTrue();
            assertThat(server.isOutboundDone()).isTrue();
            assertThat(MtlsConnection.find(server.getSession()).orElseThrow().state())
                    .isEqualTo(MtlsConnection.State.CLOSED);
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void cut_policyReplaced_onlyThoseNotAllowed(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer c = new TestPeer(ca, "spiffe://test/other", provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            var serving = b.mtls().server(PeerPolicy.trustDomain("test"));
            EnginePair stays = new EnginePair(client(a), serving.sslContext().createSSLEngine()).handshake();
            EnginePair goes = new EnginePair(client(c), serving.sslContext().createSSLEngine()).handshake();

            serving.replacePolicy(PeerPolicy.id(CLIENT));

            await().until(() -> b.mtls().connections().size() == 1);
            assertThatThrownBy(() -> goes.toServer("ping"))
                    .satisfies(failure -> assertThat(reason(failure)).isEqualTo(FailureReason.POLICY_DENIED));
            assertThat(stays.toServer("ping")).isEqualTo("ping");
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void close_bothSides_connectionsForgotten(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLEngine server = server(b);
            EnginePair pair = new EnginePair(client, server).handshake();
            assertThat(a.mtls().connections()).hasSize(1);

            pair.clientSaysGoodbye();
            pair.serverSaysGoodbye();
            client.closeInbound();
            server.closeInbound();

            assertThat(a.mtls().connections()).isEmpty();
            assertThat(b.mtls().connections()).isEmpty();
        }
    }

    @Test
    void handshake_again_refused() throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, TlsProvider.JDK, "TLSv1.2");
                TestPeer b = new TestPeer(ca, SERVER, TlsProvider.JDK, "TLSv1.2")) {
            SSLEngine client = client(a);
            new EnginePair(client, server(b)).handshake();

            assertThatThrownBy(client::beginHandshake).isInstanceOf(SSLException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void parameters_outsideTheProfile_refused(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine server = server(b);
            SSLParameters parameters = server.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.1"});

            assertThatThrownBy(() -> server.setSSLParameters(parameters))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("TLSv1.1")
                    .hasMessageContaining(protocol);
            assertThatThrownBy(() -> server.setEnabledProtocols(new String[] {"TLSv1.4"}))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> server.setEnabledProtocols(new String[0]))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> server.setEnabledCipherSuites(new String[] {"TLS_RSA_WITH_AES_128_GCM_SHA256"}))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> server.setUseClientMode(true)).isInstanceOf(IllegalArgumentException.class);
            assertThat(server.getSupportedProtocols()).containsExactly(protocol);
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void session_ofOneConnection_keepsItsOwnValuesAndKnowsThePeer(TlsProvider provider, String protocol)
            throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            assertThatThrownBy(() -> client.getSession().getPeerCertificates())
                    .isInstanceOf(SSLPeerUnverifiedException.class);
            new EnginePair(client, server(b)).handshake();

            client.getSession().putValue("k", "v");

            assertThat(client.getSession().getValue("k")).isEqualTo("v");
            assertThat(client.getSession().getValueNames()).containsExactly("k");
            assertThat(client.getSession().getPeerHost()).isEqualTo("server");
            assertThat(client.getSession().getPeerPort()).isEqualTo(443);
            assertThat(client.getSession().getPeerCertificates()).isNotEmpty();
        }
    }

    /** What Envoy sends as an Istio sidecar is no host name for the JDK. */
    private static final class SidecarServerName extends SNIServerName {
        SidecarServerName() {
            super(0, "outbound_.8080_._.foo.ns.svc.cluster.local".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsProvider.class,
            names = {"CONSCRYPT"})
    void serverName_ofASidecar_acceptedOnConscrypt(TlsProvider provider) throws Exception {
        for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
            try (TestPeer a = new TestPeer(ca, CLIENT, TlsProvider.JDK, protocol);
                    TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
                SSLEngine client = client(a);
                SSLParameters parameters = client.getSSLParameters();
                parameters.setServerNames(List.of(new SidecarServerName()));
                client.setSSLParameters(parameters);
                SSLEngine server = server(b);

                EnginePair pair = new EnginePair(client, server).handshake();

                assertThat(pair.toServer("ping")).isEqualTo("ping");
                assertThat(((MtlsSession) server.getSession()).getRequestedServerNames())
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void serverName_ofAHost_told(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, TlsProvider.JDK, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLParameters parameters = client.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("pay.example.org")));
            client.setSSLParameters(parameters);
            SSLEngine server = server(b);

            new EnginePair(client, server).handshake();

            assertThat(((MtlsSession) server.getSession()).getRequestedServerNames())
                    .containsExactly(new SNIHostName("pay.example.org"));
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void alpn_common_chosenOnBothSides(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLEngine server = server(b);
            for (SSLEngine engine : List.of(client, server)) {
                SSLParameters parameters = engine.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
                engine.setSSLParameters(parameters);
            }

            new EnginePair(client, server).handshake();

            assertThat(client.getApplicationProtocol()).isEqualTo("h2");
            assertThat(server.getApplicationProtocol()).isEqualTo("h2");
        }
    }

    @ParameterizedTest
    @MethodSource("everyStack")
    void alpnSelector_getsOurEngine(TlsProvider provider, String protocol) throws Exception {
        try (TestPeer a = new TestPeer(ca, CLIENT, provider, protocol);
                TestPeer b = new TestPeer(ca, SERVER, provider, protocol)) {
            SSLEngine client = client(a);
            SSLParameters parameters = client.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            client.setSSLParameters(parameters);
            SSLEngine server = server(b);
            SSLEngine[] given = new SSLEngine[1];
            server.setHandshakeApplicationProtocolSelector((engine, offered) -> {
                given[0] = engine;
                return offered.get(0);
            });

            new EnginePair(client, server).handshake();

            assertThat(given[0]).isSameAs(server);
            assertThat(client.getApplicationProtocol()).isEqualTo("h2");
        }
    }
}
