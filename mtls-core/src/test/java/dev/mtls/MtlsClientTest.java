package dev.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import dev.mtls.testkit.EnginePair;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestClock;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.TlsProvider;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MtlsClientTest {
    private static final SpiffeId SERVER = SpiffeId.parse("spiffe://test/server");
    private static final SpiffeId OTHER = SpiffeId.parse("spiffe://test/other");
    private static final PeerPolicy ANY = PeerPolicy.trustDomain("test");

    private final TestClock clock = TestClock.atNow();
    private final TestCa ca = TestCa.root("test");
    private TestPeer client;
    private TestPeer server;

    @BeforeEach
    void open() throws Exception {
        client = peer("spiffe://test/client");
        server = peer(SERVER.toString());
    }

    private TestPeer peer(String id) throws Exception {
        return new TestPeer(ca.leaf(id).svid(clock), ca, TlsProvider.JDK, "TLSv1.3", clock, UnaryOperator.identity());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private EnginePair connect(MtlsClient from, String host) throws Exception {
        SSLEngine engine = from.sslContext().createSSLEngine(host, 443);
        return new EnginePair(engine, server.mtls().server(ANY).sslContext().createSSLEngine()).handshake();
    }

    private static void assertDenied(org.assertj.core.api.ThrowableAssert.ThrowingCallable connecting) {
        assertThatThrownBy(connecting)
                .isInstanceOf(SSLException.class)
                .rootCause()
                .isInstanceOfSatisfying(
                        PeerVerificationException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(FailureReason.POLICY_DENIED));
    }

    @Test
    void expecting_theServer_connects() throws Exception {
        EnginePair pair = connect(client.mtls().client(ANY).expecting(SERVER), "server");

        assertThat(pair.toServer("ping")).isEqualTo("ping");
    }

    @Test
    void expecting_anotherServer_refused() {
        assertDenied(() -> connect(client.mtls().client(ANY).expecting(OTHER), "server"));
    }

    @Test
    void expecting_serverThatThePolicyRefuses_refused() {
        MtlsClient wide = client.mtls().client(PeerPolicy.id(OTHER));

        assertDenied(() -> connect(wide.expecting(SERVER), "server"));
        assertThat(wide.expecting(SERVER).decide("server", 443, SERVER).allowed())
                .isFalse();
        assertThat(wide.expecting(SERVER).decide("server", 443, OTHER).allowed())
                .isFalse();
    }

    @Test
    void expecting_policyReplacedLater_followsAndLiveConnectionCut() throws Exception {
        MtlsClient wide = client.mtls().client(ANY);
        connect(wide.expecting(SERVER), "server");

        wide.replacePolicies(
                TargetPolicies.builder().addTarget("elsewhere", ANY).build());

        await().until(() -> client.mtls().connections().isEmpty());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wide.expecting(SERVER).decide("server", 443, SERVER));
        assertThat(wide.expecting(SERVER).decide("elsewhere", 443, SERVER).allowed())
                .isTrue();
    }

    @Test
    void expecting_sameAgain_sameClient() {
        MtlsClient wide = client.mtls().client(ANY);

        assertThat(wide.expecting(SERVER)).isSameAs(wide.expecting(SERVER));
        assertThat(wide.expecting(SERVER).expecting(SERVER)).isSameAs(wide.expecting(SERVER));
    }

    @Test
    void narrowedClient_widenedOrReplaced_refused() {
        MtlsClient narrow = client.mtls().client(ANY).expecting(SERVER);

        assertThatIllegalStateException()
                .isThrownBy(() -> narrow.expecting(OTHER))
                .withMessageContaining("already");
        assertThatIllegalStateException()
                .isThrownBy(() -> narrow.replacePolicy(ANY))
                .withMessageContaining("comes from");
    }
}
