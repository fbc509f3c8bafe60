package dev.mtls.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.internal.event.Events;
import dev.mtls.internal.tls.MtlsEngine;
import dev.mtls.internal.tls.VerifiedChains;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.testkit.EnginePair;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import dev.mtls.verify.X509SvidVerifier;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

/**
 * The registry with 100,000 connections. Their handshakes would take minutes, so that a hundred engines stand for a thousand
 * connections each: what is measured is the registry, not TLS.
 */
class ManyConnectionsTest {
    private static final int CONNECTIONS = 100_000;
    private static final int ENGINES = 100;
    private static final Clock CLOCK = Clock.systemUTC();

    private final TestCa members = TestCa.root("test");
    private final TestCa others = TestCa.root("other");

    @Test
    void trustRemoved_onePercentHit_exactlyThoseAreCutWithinASecond() throws Exception {
        X509BundleSet both = X509BundleSet.of(members.bundle(), others.bundle());
        X509BundleSet membersOnly = X509BundleSet.of(members.bundle());
        try (TestPeer server = new TestPeer(members, "spiffe://test/server", TlsProvider.JDK, "TLSv1.3");
                TestPeer member = new TestPeer(members, "spiffe://test/client", TlsProvider.JDK, "TLSv1.3");
                TestPeer other = new TestPeer(
                        others.leaf("spiffe://other/client").svid(CLOCK),
                        others,
                        TlsProvider.JDK,
                        "TLSv1.3",
                        CLOCK,
                        builder -> builder);
                InMemorySource trust =
                        InMemorySource.of(X509Update.of(server.mtls().context().svid(), both), CLOCK);
                Events events = new Events(List.of())) {
            server.publish(server.mtls().context().svid(), both);
            other.publish(other.mtls().context().svid(), both);
            AtomicReference<VerifiedChains> current = new AtomicReference<>(chains(trust));
            ConnectionRegistry registry = new ConnectionRegistry(
                    CLOCK,
                    events,
                    new ConnectionSettings(Duration.ofHours(1), Duration.ofSeconds(30), false),
                    current::get);
            List<MtlsEngine> engines = new ArrayList<>();
            for (int i = 0; i < ENGINES; i++) {
                engines.add(accepted(server, i == 0 ? other : member));
            }
            AtomicInteger ends = new AtomicInteger();
            for (int i = 0; i < CONNECTIONS; i++) {
                ((MtlsConnection) registry.established(engines.get(i % ENGINES))).onClose(ends::incrementAndGet);
            }
            assertThat(registry.connections()).hasSize(CONNECTIONS);

            trust.publish(X509Update.of(server.mtls().context().svid(), membersOnly));
            current.set(chains(trust));
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long start = threads.getCurrentThreadCpuTime();
            registry.checkAll();
            // Of this thread alone, so that a busy machine makes no difference.
            Duration taken = Duration.ofNanos(threads.getCurrentThreadCpuTime() - start);

            assertThat(ends).hasValue(CONNECTIONS / ENGINES);
            assertThat(registry.connections())
                    .hasSize(CONNECTIONS - CONNECTIONS / ENGINES)
                    .allSatisfy(connection ->
                            assertThat(connection.peer().trustDomain().name()).isEqualTo("test"));
            assertThat(taken).isLessThan(Duration.ofSeconds(1));
        }
    }

    private static VerifiedChains chains(InMemorySource source) {
        return new VerifiedChains(source.state().context().orElseThrow(), X509SvidVerifier.create(CLOCK), CLOCK);
    }

    private static MtlsEngine accepted(TestPeer server, TestPeer client) throws Exception {
        PeerPolicy everyone = PeerPolicy.anyOf(PeerPolicy.trustDomain("test"), PeerPolicy.trustDomain("other"));
        SSLEngine a = client.mtls().client(everyone).sslContext().createSSLEngine();
        SSLEngine b = server.mtls().server(everyone).sslContext().createSSLEngine();
        new EnginePair(a, b).handshake();
        return (MtlsEngine) b;
    }
}
