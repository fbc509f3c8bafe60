package dev.mtls.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.svid.X509Svid;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestClock;
import dev.mtls.trust.X509BundleSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SnapshotPublisherTest {
    private static final String ID = "spiffe://example.org/a";

    private final TestClock clock = TestClock.atNow();
    private final TestCa root = TestCa.root("example.org");
    private final X509BundleSet bundles = X509BundleSet.of(root.bundle());
    private final SnapshotPublisher publisher = new SnapshotPublisher(clock, null);

    private X509Svid svid(String id) {
        return root.leaf(id).svid(clock);
    }

    private X509Update update() {
        return X509Update.of(svid(ID), bundles);
    }

    private static FailureReason refusal(SnapshotPublisher publisher, X509Update update) {
        SvidRejectedException e = catchThrowableOfType(SvidRejectedException.class, () -> publisher.publish(update));
        assertThat(e).isNotNull();
        return e.reason();
    }

    private SourceHealth health() {
        return publisher.state().health();
    }

    private long generation() {
        return publisher.state().context().map(X509Context::generation).orElse(0L);
    }

    @Test
    void state_beforeTheFirst_waits() {
        assertThat(publisher.state().context()).isEmpty();
        assertThat(health().state()).isEqualTo(SourceHealth.State.WAITING);
        assertThat(health().cause()).isEqualTo("no identity has been delivered yet");
        assertThat(health().age()).isEmpty();
        assertThat(health().generation()).isZero();
    }

    @Test
    void publish_first_isGenerationOne() throws Exception {
        X509Update update =
                new X509Update(List.of(svid(ID), svid("spiffe://example.org/b")), bundles, List.of(root.crl()));
        X509Context context = publisher.publish(update);

        assertThat(publisher.state().context()).containsSame(context);
        assertThat(context.generation()).isEqualTo(1);
        assertThat(context.receivedAt()).isEqualTo(clock.instant());
        assertThat(context.svid()).isSameAs(update.svids().get(0));
        assertThat(context.svids()).isEqualTo(update.svids());
        assertThat(context.bundles()).isSameAs(bundles);
        assertThat(context.crls()).hasSize(1);
        assertThat(context.toString())
                .contains("generation 1", ID, "example.org")
                .doesNotContain("CRL");
    }

    @Test
    void health_afterAnUpdate_tellsAgesAndValidities() throws Exception {
        X509Context context = publisher.publish(update());
        clock.advance(Duration.ofSeconds(90));

        SourceHealth health = health();
        assertThat(health.state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(health.age()).contains(Duration.ofSeconds(90));
        assertThat(health.svidNotAfter())
                .containsExactly(new SourceHealth.SvidValidity(
                        SpiffeId.parse(ID), context.svid().notAfter()));
        assertThat(health.authoritiesNotAfter())
                .containsExactly(new SourceHealth.AuthorityValidity(
                        SpiffeId.parse(ID).trustDomain(),
                        root.certificate().getSerialNumber().toString(16),
                        root.certificate().getNotAfter().toInstant()));
        assertThat(health.lastError()).isEmpty();
    }

    @Test
    void publish_newLeaf_countsAsRotation() throws Exception {
        X509Update first = update();
        publisher.publish(first);
        publisher.publish(first);
        assertThat(health().rotations()).isZero();
        publisher.publish(update());

        assertThat(generation()).isEqualTo(3);
        assertThat(health().rotations()).isEqualTo(1);
    }

    @Test
    void publish_noSvid_rejected() {
        assertThat(refusal(publisher, new X509Update(List.of(), bundles, List.of())))
                .isEqualTo(FailureReason.NO_IDENTITY);
    }

    @Test
    void publish_anySvidExpiredMeanwhile_rejected() throws Exception {
        X509Svid soon = root.leaf(
                        "spiffe://example.org/b",
                        spec -> spec.notAfter(clock.instant().plusSeconds(10)))
                .svid(clock);
        X509Update update = new X509Update(List.of(svid(ID), soon), bundles, List.of());
        clock.advance(Duration.ofSeconds(11));

        assertThat(refusal(publisher, update)).isEqualTo(FailureReason.EXPIRED);
    }

    @Test
    void publish_noBundleOfTheDefaultSvid_rejected() {
        X509BundleSet others = X509BundleSet.of(TestCa.root("other.example").bundle());

        assertThat(refusal(publisher, X509Update.of(svid(ID), others))).isEqualTo(FailureReason.NO_BUNDLE);
        assertThat(health().cause()).contains("example.org", "other.example");
    }

    @Test
    void publish_anotherThanTheExpectedId_rejected() throws Exception {
        SnapshotPublisher expecting = new SnapshotPublisher(clock, SpiffeId.parse(ID));
        expecting.publish(update());

        assertThat(refusal(expecting, X509Update.of(svid("spiffe://example.org/b"), bundles)))
                .isEqualTo(FailureReason.UNEXPECTED_IDENTITY);
        assertThat(expecting.state().context().orElseThrow().svid().id()).hasToString(ID);
        assertThat(expecting.state().health().state()).isEqualTo(SourceHealth.State.STALE);
    }

    @Test
    void publish_rejected_keepsTheLastGoodAndTheError() throws Exception {
        publisher.publish(update());
        refusal(publisher, new X509Update(List.of(), bundles, List.of()));

        assertThat(generation()).isEqualTo(1);
        assertThat(health().state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(health().cause()).contains("generation 1 stays in force", "no X.509-SVID");
        assertThat(health().lastError().orElseThrow().at()).isEqualTo(clock.instant());

        publisher.publish(update());
        assertThat(generation()).isEqualTo(2);
        assertThat(health().state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(health().lastError().orElseThrow().reason()).isEqualTo(FailureReason.NO_IDENTITY);
    }

    @Test
    void fail_beforeTheFirst_isTheCause() {
        publisher.fail(new SourceUnavailableException(FailureReason.SOURCE_UNREACHABLE, "no agent at the socket"));

        assertThat(health().state()).isEqualTo(SourceHealth.State.WAITING);
        assertThat(health().cause()).isEqualTo("no agent at the socket");
    }

    @Test
    void unchanged_afterAFailure_isHealthyAgain() throws Exception {
        publisher.unchanged();
        assertThat(health().state()).isEqualTo(SourceHealth.State.WAITING);
        publisher.publish(update());
        publisher.fail(new SourceUnavailableException(FailureReason.UNREADABLE_FILE, "gone"));
        assertThat(health().state()).isEqualTo(SourceHealth.State.STALE);

        publisher.unchanged();
        assertThat(health().state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(generation()).isEqualTo(1);
        assertThat(health().lastError()).isPresent();
    }

    @Test
    void health_svidExpired_saysSo() throws Exception {
        X509Context context = publisher.publish(update());
        clock.advance(
                Duration.between(clock.instant(), context.svid().notAfter()).plusSeconds(1));

        assertThat(health().state()).isEqualTo(SourceHealth.State.EXPIRED);
        assertThat(health().cause()).contains(ID, context.svid().notAfter().toString());
    }

    @Test
    void close_publishesNothingMore() throws Exception {
        publisher.publish(update());
        AtomicInteger calls = new AtomicInteger();
        publisher.subscribe(calls::incrementAndGet);
        publisher.close();

        assertThat(calls).hasValue(1);
        assertThat(refusal(publisher, update())).isEqualTo(FailureReason.SOURCE_CLOSED);
        assertThat(generation()).isEqualTo(1);
        assertThat(health().state()).isEqualTo(SourceHealth.State.CLOSED);
        assertThat(calls).hasValue(1);
    }

    @Test
    void subscribe_listenerThatThrows_hindersNobody() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        publisher.subscribe(() -> {
            throw new IllegalStateException("for the test");
        });
        publisher.subscribe(calls::incrementAndGet);
        publisher.publish(update());

        assertThat(calls).hasValue(1);
    }

    @Test
    void subscribe_sameListenerTwice_eachEndsByItself() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Runnable listener = calls::incrementAndGet;
        X509Source.Subscription one = publisher.subscribe(listener);
        X509Source.Subscription two = publisher.subscribe(listener);
        publisher.publish(update());
        assertThat(calls).hasValue(2);

        one.close();
        one.close();
        publisher.publish(update());
        assertThat(calls).hasValue(3);
        two.close();
        publisher.publish(update());
        assertThat(calls).hasValue(3);
    }

    @Test
    void subscribe_listener_readsTheNewState() throws Exception {
        List<Optional<X509Context>> seen = new ArrayList<>();
        publisher.subscribe(() -> seen.add(publisher.state().context()));
        X509Context context = publisher.publish(update());

        assertThat(seen).containsExactly(Optional.of(context));
    }

    @Test
    void publish_manyThreads_numbersWithoutGaps() throws Exception {
        X509Update update = update();
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<X509Context>> results = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            results.add(pool.submit(() -> publisher.publish(update)));
        }
        List<Long> generations = new ArrayList<>();
        for (Future<X509Context> result : results) {
            generations.add(result.get().generation());
        }
        pool.shutdown();
        Collections.sort(generations);

        assertThat(generations)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 400).boxed().toList());
        assertThat(generation()).isEqualTo(400);
    }
}
