package dev.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Update;
import dev.mtls.testkit.EnginePair;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestClock;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

class MtlsTest {
    private static final String ID = "spiffe://test/a";

    private final TestCa ca = TestCa.root("test");

    private X509Update update(String id) throws Exception {
        return X509Update.of(ca.leaf(id).svid(Clock.systemUTC()), X509BundleSet.of(ca.bundle()));
    }

    @Test
    void build_noIdentityInTime_saysWhatTheSourceSays() {
        InMemorySource source = InMemorySource.create(Clock.systemUTC());

        assertThatThrownBy(() ->
                        Mtls.builder(source).startTimeout(Duration.ofMillis(1)).build())
                .isInstanceOfSatisfying(SourceUnavailableException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(FailureReason.NO_IDENTITY);
                    assertThat(failure).hasMessageContaining("no identity has been delivered yet");
                });
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }

    @Test
    void build_identityComesLater_waitsForIt() throws Exception {
        InMemorySource source = InMemorySource.create(Clock.systemUTC());
        CompletableFuture<Mtls> built = CompletableFuture.supplyAsync(() -> {
            try {
                return Mtls.create(source);
            } catch (SourceUnavailableException e) {
                throw new IllegalStateException(e);
            }
        });

        source.publish(update(ID));

        try (Mtls mtls = built.get(10, TimeUnit.SECONDS)) {
            assertThat(mtls.context().svid().id()).isEqualTo(SpiffeId.parse(ID));
        }
    }

    @Test
    void build_anotherIdentityThanExpected_refused() throws Exception {
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());

        assertThatThrownBy(() -> Mtls.builder(source)
                        .expectedId(SpiffeId.parse("spiffe://test/b"))
                        .startTimeout(Duration.ofMillis(1))
                        .build())
                .isInstanceOfSatisfying(SourceUnavailableException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo(FailureReason.UNEXPECTED_IDENTITY);
                    assertThat(failure).hasMessageContaining(ID).hasMessageContaining("spiffe://test/b");
                });
    }

    @Test
    void update_anotherIdentityThanExpected_lastGoodStaysAndHealthSaysWhy() throws Exception {
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        try (Mtls mtls = Mtls.builder(source).expectedId(SpiffeId.parse(ID)).build()) {
            source.publish(update("spiffe://test/b"));

            assertThat(mtls.context().svid().id()).isEqualTo(SpiffeId.parse(ID));
            assertThat(mtls.health().refused())
                    .get()
                    .extracting(SourceHealth.SourceError::reason)
                    .isEqualTo(FailureReason.UNEXPECTED_IDENTITY);

            source.publish(update(ID));

            assertThat(mtls.context().generation()).isEqualTo(3);
            assertThat(mtls.health().refused()).isEmpty();
        }
    }

    @Test
    void provider_edwardsKey_jdkForAutoAndRefusedForConscrypt() throws Exception {
        X509Update edwards = X509Update.of(
                ca.leaf(ID, spec -> spec.keyType(TestCa.KeyType.ED25519)).svid(Clock.systemUTC()),
                X509BundleSet.of(ca.bundle()));
        try (Mtls mtls = Mtls.create(InMemorySource.of(edwards, Clock.systemUTC()))) {
            assertThat(mtls.health().provider().provider()).isEqualTo(TlsProvider.JDK);
            assertThat(mtls.health().provider().reason()).contains("Ed25519");
        }
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        try (Mtls mtls = Mtls.builder(source).provider(TlsProvider.CONSCRYPT).build()) {
            source.publish(edwards);

            assertThat(mtls.context().generation()).isEqualTo(1);
            assertThat(mtls.health().refused())
                    .get()
                    .extracting(SourceHealth.SourceError::reason)
                    .isEqualTo(FailureReason.PROVIDER_UNSUITABLE);
        }
    }

    @Test
    void provider_auto_conscryptWhereItLoads() throws Exception {
        try (Mtls mtls = Mtls.create(InMemorySource.of(update(ID), Clock.systemUTC()))) {
            assertThat(mtls.health().provider().provider()).isEqualTo(TlsProvider.CONSCRYPT);
        }
    }

    @Test
    void identity_expired_handshakesFailAndSaySo() throws Exception {
        TestClock clock = TestClock.atNow();
        Instant end = clock.instant().plusSeconds(60);
        try (TestPeer a = new TestPeer(
                        ca.leaf(ID, spec -> spec.notAfter(end)).svid(clock),
                        ca,
                        TlsProvider.JDK,
                        "TLSv1.3",
                        clock,
                        builder -> builder);
                TestPeer b = new TestPeer(ca, "spiffe://test/b", TlsProvider.JDK, "TLSv1.3")) {
            clock.advance(Duration.ofSeconds(62));
            SSLEngine client =
                    a.mtls().client(PeerPolicy.trustDomain("test")).sslContext().createSSLEngine();
            SSLEngine server =
                    b.mtls().server(PeerPolicy.trustDomain("test")).sslContext().createSSLEngine();

            assertThatThrownBy(() -> new EnginePair(client, server).handshake())
                    .isInstanceOf(SSLException.class)
                    .cause()
                    .isInstanceOfSatisfying(SourceUnavailableException.class, cause -> {
                        assertThat(cause.reason()).isEqualTo(FailureReason.EXPIRED);
                        assertThat(cause).hasMessageContaining(ID);
                    });
            assertThat(a.mtls().health().source().state()).isEqualTo(SourceHealth.State.EXPIRED);
            await().untilAsserted(() ->
                    assertThat(a.events(MtlsEvent.IdentityExpiring.class)).hasSize(1));
        }
    }

    @Test
    void update_bad_reportedAndLastGoodStays() throws Exception {
        try (TestPeer a = new TestPeer(ca, ID, TlsProvider.JDK, "TLSv1.3")) {
            assertThatThrownBy(() -> a.publish(a.mtls().context().svid(), X509BundleSet.of()))
                    .isInstanceOf(SvidRejectedException.class);

            assertThat(a.mtls().context().generation()).isEqualTo(1);
            assertThat(a.mtls().health().source().state()).isEqualTo(SourceHealth.State.STALE);
            await().untilAsserted(() -> {
                assertThat(a.events(MtlsEvent.SnapshotRejected.class))
                        .singleElement()
                        .extracting(MtlsEvent.SnapshotRejected::reason)
                        .isEqualTo(FailureReason.NO_BUNDLE);
                assertThat(a.events(MtlsEvent.SourceStale.class)).hasSize(1);
            });
        }
    }

    @Test
    void close_endsEverything() throws Exception {
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        Mtls mtls = Mtls.create(source);
        var client = mtls.client(PeerPolicy.trustDomain("test"));
        mtls.close();
        mtls.close();

        assertThatThrownBy(() -> client.sslContext().createSSLEngine()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mtls.server(PeerPolicy.trustDomain("test"))).isInstanceOf(IllegalStateException.class);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }

    @Test
    void close_sharedSource_staysOpen() throws Exception {
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        Mtls.builder(source).sharedSource().build().close();

        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    @Test
    void listener_thatBlocksAndThrows_delaysNoHandshake() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        try (Mtls mtls = Mtls.builder(source)
                .provider(TlsProvider.JDK)
                .addListener(event -> {
                    throw new IllegalStateException("a broken listener");
                })
                .addListener(event -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .build()) {
            SSLEngine client =
                    mtls.client(PeerPolicy.trustDomain("test")).sslContext().createSSLEngine();
            SSLEngine server =
                    mtls.server(PeerPolicy.trustDomain("test")).sslContext().createSSLEngine();

            assertThat(new EnginePair(client, server).handshake().toServer("ping"))
                    .isEqualTo("ping");
        } finally {
            never.countDown();
        }
    }

    @Test
    void builder_contradictions_refused() throws Exception {
        InMemorySource source = InMemorySource.of(update(ID), Clock.systemUTC());
        Mtls.Builder builder = Mtls.builder(source);

        assertThatThrownBy(() -> builder.startTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
        builder.maxConnectionAge(Duration.ofMinutes(1));
        assertThatThrownBy(builder::unlimitedConnectionAge).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> TlsProfile.november2026().onlyProtocols("TLSv1.1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TLSv1.1");
        assertThatThrownBy(() -> TlsProfile.november2026().onlyProtocols())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Mtls.builder(source)
                        .notBeforeTolerance(Duration.ofHours(1))
                        .build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(List.of(TlsProvider.values())).hasSize(3);
    }
}
