package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Context;
import dev.mtls.svid.X509Svid;
import java.lang.ref.WeakReference;
import java.math.BigInteger;
import java.security.cert.X509CRL;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CaSourceTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("a");

    private final MutableClock clock = new MutableClock(START);
    private final ManualScheduler scheduler = new ManualScheduler(clock);
    private final CertificateAuthority authority = CertificateAuthority.create(TRUST_DOMAIN, clock);

    private CaSource source() {
        return CaSource.builder(authority, SvidRequest.of(ID))
                .executor(scheduler)
                .build();
    }

    private static X509Context context(CaSource source) {
        return source.state().context().orElseThrow();
    }

    @Test
    void of_newSource_healthyFromTheStart() throws Exception {
        CaSource source = source();

        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(context(source).svid().id()).isEqualTo(ID);
        Paths.validate(context(source).svid(), authority.bundle(), START);
    }

    @Test
    void of_idThatIsNotIssued_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CaSource.of(authority, SpiffeId.parse("spiffe://other/a")));
        assertThatIllegalArgumentException().isThrownBy(() -> CaSource.of(authority, TRUST_DOMAIN.id()));
    }

    @Test
    void builder_request_served() {
        CaSource source = CaSource.builder(
                        authority,
                        SvidRequest.of(ID).withTtl(Duration.ofMinutes(10)).withKeyType(KeyType.ED25519))
                .executor(scheduler)
                .build();

        assertThat(context(source).svid().notAfter()).isEqualTo(START.plusSeconds(600));
        assertThat(context(source).svid().leaf().getPublicKey().getAlgorithm()).isEqualTo("EdDSA");
    }

    @Test
    void builder_wrong_refused() {
        CaSource.Builder builder = CaSource.builder(authority, SvidRequest.of(ID))
                .executor(scheduler)
                .renewEvery(Duration.ofSeconds(1));

        assertThatIllegalStateException().isThrownBy(() -> builder.executor(scheduler));
        assertThatIllegalStateException().isThrownBy(() -> builder.renewEvery(Duration.ofSeconds(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> CaSource.builder(authority, SvidRequest.of(ID)).renewEvery(Duration.ofMillis(9)));
    }

    @Test
    void renewal_scheduled_jitteredBeforeHalfLife() {
        for (int i = 0; i < 100; i++) {
            source();
        }

        assertThat(scheduler.delays())
                .hasSize(100)
                .allSatisfy(delay -> assertThat(delay).isBetween(Duration.ofMinutes(27), Duration.ofMinutes(30)))
                .satisfies(delays -> assertThat(Set.copyOf(delays)).hasSizeGreaterThan(90))
                .anySatisfy(delay -> assertThat(delay).isLessThan(Duration.ofMinutes(28)))
                .anySatisfy(delay -> assertThat(delay).isGreaterThan(Duration.ofMinutes(29)));
    }

    @Test
    void renewal_due_newSvid() {
        CaSource source = source();
        X509Svid first = context(source).svid();

        scheduler.advance(Duration.ofMinutes(26));
        assertThat(context(source).svid()).isSameAs(first);
        scheduler.advance(Duration.ofMinutes(4));

        assertThat(context(source).svid()).isNotSameAs(first);
        assertThat(context(source).svid().notAfter()).isEqualTo(START.plus(Duration.ofMinutes(90)));
        assertThat(source.state().health().rotations()).isEqualTo(1);
        assertThat(scheduler.delays()).hasSize(1);
    }

    @Test
    void renewal_everyInterval_newSvidEachTime() {
        CaSource source = CaSource.builder(authority, SvidRequest.of(ID))
                .executor(scheduler)
                .renewEvery(Duration.ofMillis(100))
                .build();

        for (int i = 0; i < 10; i++) {
            scheduler.advance(Duration.ofMillis(100));
        }

        assertThat(source.state().health().rotations()).isEqualTo(10);
    }

    @Test
    void renewal_intervalLongerThanHalfLife_atHalfLife() {
        CaSource.builder(authority, SvidRequest.of(ID))
                .executor(scheduler)
                .renewEvery(Duration.ofHours(2))
                .build();

        assertThat(scheduler.delays())
                .singleElement()
                .satisfies(delay -> assertThat(delay).isLessThanOrEqualTo(Duration.ofMinutes(30)));
    }

    @Test
    void renewal_lifeAlmostCutToNothing_notWithoutPause() {
        clock.advance(Duration.ofDays(3650).minusMillis(100));
        source();

        assertThat(scheduler.delays()).containsExactly(Duration.ofMillis(100));
    }

    @Test
    void renew_asked_newSvidWhenItReturns() {
        CaSource source = source();
        X509Svid first = context(source).svid();

        source.renew();

        assertThat(context(source).svid()).isNotSameAs(first);
        assertThat(context(source).generation()).isEqualTo(2);
        assertThat(scheduler.delays()).hasSize(1);
    }

    @Test
    void renew_fromListener_oneAfterTheOther() {
        CaSource source = source();
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger depth = new AtomicInteger();
        List<Integer> depths = new ArrayList<>();
        source.subscribe(() -> {
            depths.add(depth.incrementAndGet());
            if (calls.incrementAndGet() < 3) {
                source.renew();
            }
            depth.decrementAndGet();
        });

        source.renew();

        assertThat(depths).containsExactly(1, 1, 1);
        assertThat(source.state().health().rotations()).isEqualTo(3);
    }

    @Test
    void issuingFails_lastGoodStaysAndRetriesSlowDown() {
        CaSource source = CaSource.builder(authority, SvidRequest.of(ID).withTtl(Duration.ofDays(30)))
                .executor(scheduler)
                .build();
        X509Svid first = context(source).svid();
        // Back before the root's validity began.
        clock.advance(Duration.ofDays(-1));

        source.renew();

        assertThat(context(source).svid()).isSameAs(first);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(source.state().health().lastError().orElseThrow().reason()).isEqualTo(FailureReason.NOT_YET_VALID);
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Duration delay = scheduler.delays().get(0);
            delays.add(delay);
            scheduler.advance(delay);
        }
        assertThat(delays.get(0)).isBetween(Duration.ofMillis(800), Duration.ofSeconds(1));
        assertThat(delays.get(1)).isBetween(Duration.ofMillis(1600), Duration.ofSeconds(2));
        assertThat(delays.subList(8, 60))
                .allSatisfy(delay -> assertThat(delay).isBetween(Duration.ofSeconds(48), Duration.ofSeconds(60)));
    }

    @Test
    void issuingFails_recovered_healthyAndAtHalfLifeAgain() {
        CaSource source = source();
        clock.advance(Duration.ofMinutes(-1));
        source.renew();
        clock.advance(Duration.ofMinutes(1));

        scheduler.advance(Duration.ofSeconds(1));

        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(scheduler.delays())
                .singleElement()
                .satisfies(delay -> assertThat(delay).isGreaterThan(Duration.ofMinutes(26)));
    }

    @Test
    void of_rootExpired_waitingWithReason() {
        clock.advance(Duration.ofDays(4000));

        CaSource source = source();

        assertThat(source.state().context()).isEmpty();
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.WAITING);
        assertThat(source.state().health().cause()).contains("expired");
    }

    @Test
    void rootExpired_rotated_recoversAtOnce() {
        clock.advance(Duration.ofDays(4000));
        CaSource source = source();
        authority.prepareRoot();

        authority.activateRoot();

        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    @Test
    void federate_other_publishedAtOnceWithTheSameSvid() {
        CertificateAuthority other = CertificateAuthority.create(TrustDomain.parse("other"), clock);
        CaSource source = source();
        X509Svid svid = context(source).svid();

        authority.federate(other.bundle());
        assertThat(context(source).bundles().bundle(other.trustDomain())).contains(other.bundle());
        assertThat(context(source).svid()).isSameAs(svid);

        authority.unfederate(other.trustDomain());
        assertThat(context(source).bundles().bundle(other.trustDomain())).isEmpty();
    }

    @Test
    void change_svidPastHalfLife_renewedToo() {
        CaSource source = source();
        X509Svid svid = context(source).svid();
        clock.advance(Duration.ofHours(2));

        authority.prepareRoot();

        assertThat(context(source).svid()).isNotSameAs(svid);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    @Test
    void crls_halfLifeOver_publishedAnewWithTheSameSvid() {
        CaSource source = CaSource.builder(authority, SvidRequest.of(ID).withTtl(Duration.ofDays(300)))
                .executor(scheduler)
                .build();
        authority.revoke(BigInteger.TEN);
        X509Svid svid = context(source).svid();
        X509CRL first = context(source).crls().get(0);
        assertThat(scheduler.delays()).containsExactly(Duration.ofHours(12));

        scheduler.advance(Duration.ofHours(12));

        assertThat(context(source).svid()).isSameAs(svid);
        assertThat(context(source).crls()).singleElement().isNotEqualTo(first);
        assertThat(scheduler.delays()).containsExactly(Duration.ofHours(12));
    }

    @Test
    void renew_crlsDue_publishedAnew() {
        CaSource source = source();
        authority.revoke(BigInteger.TEN);
        X509CRL first = context(source).crls().get(0);
        clock.advance(Duration.ofDays(3));

        source.renew();

        assertThat(context(source).crls()).singleElement().isNotEqualTo(first);
    }

    @Test
    void intermediate_renewed_sourcesFollow() throws Exception {
        CertificateAuthority shortLived =
                authority.intermediate(IntermediateOptions.named("short").withTtl(Duration.ofHours(10)));
        CaSource source = CaSource.builder(shortLived, SvidRequest.of(ID).withTtl(Duration.ofHours(9)))
                .executor(scheduler)
                .build();
        clock.advance(Duration.ofHours(5));

        shortLived.issue(TRUST_DOMAIN.id("b"));

        assertThat(context(source).svid().chain()).contains(shortLived.certificate());
    }

    @Test
    void close_source_nothingScheduledAndNothingPublished() {
        CaSource source = source();
        X509Context last = context(source);

        source.close();
        source.close();
        authority.prepareRoot();
        source.renew();

        assertThat(scheduler.delays()).isEmpty();
        assertThat(context(source)).isSameAs(last);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
        assertThat(scheduler.isShutdown()).isFalse();
    }

    @Test
    void close_source_authorityForgetsIt() {
        WeakReference<CaSource> closed = closedSource();

        await().until(() -> {
            System.gc();
            return closed.get() == null;
        });
    }

    private WeakReference<CaSource> closedSource() {
        CaSource source = CaSource.of(authority, ID);
        source.close();
        return new WeakReference<>(source);
    }

    @Test
    void close_fromListener_stops() {
        CaSource source = source();
        source.subscribe(source::close);

        source.renew();

        assertThat(scheduler.delays()).isEmpty();
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }

    @Test
    void executorShutDown_renewStillWorks() {
        CaSource source = source();
        scheduler.shutdown();

        source.renew();

        assertThat(source.state().health().rotations()).isEqualTo(1);
    }

    @Test
    void ownThread_runningAndClosed_daemonThatEnds() {
        CertificateAuthority realTime = CertificateAuthority.create(TRUST_DOMAIN, Clock.systemUTC());
        SpiffeId id = TRUST_DOMAIN.id("own-thread");
        CaSource source = CaSource.builder(realTime, SvidRequest.of(id))
                .renewEvery(Duration.ofMillis(10))
                .build();

        await().until(() -> source.state().health().rotations() >= 5);
        assertThat(threads(id))
                .singleElement()
                .satisfies(thread -> assertThat(thread.isDaemon()).isTrue());
        source.close();

        await().until(() -> threads(id).isEmpty());
    }

    private static List<Thread> threads(SpiffeId id) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mtls-ca-source " + id))
                .toList();
    }

    @Test
    void concurrentRenewalsAndRotations_everySnapshotConsistent() throws Exception {
        CertificateAuthority realTime = CertificateAuthority.create(TRUST_DOMAIN, Clock.systemUTC());
        CertificateAuthority intermediate = realTime.intermediate(IntermediateOptions.named("pay"));
        Set<String> bad = ConcurrentHashMap.newKeySet();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (CaSource source = CaSource.of(intermediate, ID)) {
            source.subscribe(() -> {
                X509Context context = context(source);
                try {
                    Paths.validate(
                            context.svid().chain(),
                            context.bundles().bundle(TRUST_DOMAIN).orElseThrow(),
                            Instant.now(),
                            context.crls());
                } catch (Exception e) {
                    bad.add(e.toString());
                }
            });
            CountDownLatch rotated = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(threads.submit(() -> {
                    while (rotated.getCount() > 0) {
                        source.renew();
                    }
                }));
            }
            for (int i = 0; i < 10; i++) {
                realTime.prepareRoot();
                realTime.activateRoot();
                realTime.revoke(BigInteger.valueOf(i + 1));
                realTime.retireRoot();
            }
            rotated.countDown();
            for (Future<?> future : running) {
                future.get(30, TimeUnit.SECONDS);
            }

            assertThat(bad).isEmpty();
            assertThat(context(source).bundles()).isEqualTo(realTime.bundles());
            assertThat(context(source).crls()).isEqualTo(realTime.crls());
        } finally {
            threads.shutdown();
        }
    }
}
