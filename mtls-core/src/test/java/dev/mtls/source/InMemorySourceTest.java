package dev.mtls.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestClock;
import dev.mtls.trust.X509BundleSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InMemorySourceTest {
    private final TestClock clock = TestClock.atNow();
    private final TestCa root = TestCa.root("example.org");

    private X509Update update() {
        return X509Update.of(root.leaf("spiffe://example.org/a").svid(clock), X509BundleSet.of(root.bundle()));
    }

    @Test
    void create_waitsForTheFirst() throws Exception {
        InMemorySource source = InMemorySource.create(clock);
        assertThat(source.state().context()).isEmpty();
        AtomicInteger calls = new AtomicInteger();
        source.subscribe(calls::incrementAndGet);

        X509Context context = source.publish(update());
        assertThat(source.state().context()).containsSame(context);
        assertThat(calls).hasValue(1);
    }

    @Test
    void of_hasTheFirst() throws Exception {
        InMemorySource source = InMemorySource.of(update(), clock);
        source.renew();

        assertThat(source.state().context().orElseThrow().generation()).isEqualTo(1);
    }

    @Test
    void of_unusable_throws() {
        assertThatThrownBy(() -> InMemorySource.of(new X509Update(List.of(), X509BundleSet.of(), List.of()), clock))
                .isInstanceOfSatisfying(
                        SvidRejectedException.class, e -> assertThat(e.reason()).isEqualTo(FailureReason.NO_IDENTITY));
    }

    @Test
    void close_endsPublishing_lastSnapshotStays() throws Exception {
        InMemorySource source = InMemorySource.of(update(), clock);
        source.close();
        source.close();

        assertThatThrownBy(() -> source.publish(update())).isInstanceOf(SvidRejectedException.class);
        assertThat(source.state().context()).isPresent();
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }
}
