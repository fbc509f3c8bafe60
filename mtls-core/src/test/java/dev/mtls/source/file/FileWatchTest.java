package dev.mtls.source.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Context;
import dev.mtls.testkit.ManualExecutor;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import dev.mtls.testkit.TestClock;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When and what the source reads, look by look. */
class FileWatchTest {
    private static final String ID = "spiffe://example.org/a";

    private final TestCa root = TestCa.root("example.org");
    private final TestCa.Leaf first = root.leaf(ID);
    private final ManualExecutor executor = new ManualExecutor();
    private final AtomicLong elapsedNanos = new AtomicLong();
    private final TestClock clock = TestClock.atNow();
    private final AtomicInteger notifications = new AtomicInteger();

    @TempDir
    Path folder;

    private PemFileSource open(PemFileSource.Builder builder) {
        PemFileSource source = builder.clock(clock)
                .executor(executor)
                .nanoTime(elapsedNanos::get)
                .open();
        source.subscribe(notifications::incrementAndGet);
        return source;
    }

    private PemFileSource openIstio() {
        write(first);
        return open(PemFileSource.istio(folder));
    }

    private void write(TestCa.Leaf leaf) {
        Delivery.IN_PLACE.writeTexts(folder, LayoutCase.ISTIO.files(leaf, root));
    }

    private void write(String name, String text) {
        Delivery.IN_PLACE.writeTexts(folder, Map.of(name, text));
    }

    /** One look; answers after how many milliseconds it was due. */
    private long look() {
        long delay = executor.runNext().orElseThrow();
        elapsedNanos.addAndGet(Duration.ofMillis(delay).toNanos());
        return delay;
    }

    private static long generation(PemFileSource source) {
        return source.state().context().map(X509Context::generation).orElse(0L);
    }

    private static SourceHealth health(PemFileSource source) {
        return source.state().health();
    }

    @Test
    void looks_withoutChange_publishNothing() {
        PemFileSource source = openIstio();
        for (int i = 0; i < 10; i++) {
            assertThat(look()).isEqualTo(250);
        }

        assertThat(generation(source)).isEqualTo(1);
        assertThat(notifications).hasValue(0);
    }

    @Test
    void looks_sameContentRewritten_publishNothing() {
        PemFileSource source = openIstio();
        Delivery.RENAME.writeTexts(folder, LayoutCase.ISTIO.files(first, root));
        for (int i = 0; i < 4; i++) {
            look();
        }

        assertThat(generation(source)).isEqualTo(1);
        assertThat(notifications).hasValue(0);
    }

    @Test
    void change_takesTwoLooksOfTheSameContent() {
        PemFileSource source = openIstio();
        write(root.leaf(ID));
        assertThat(look()).isEqualTo(250);
        assertThat(generation(source)).isEqualTo(1);

        assertThat(look()).isEqualTo(100);
        assertThat(generation(source)).isEqualTo(2);
        assertThat(look()).isEqualTo(250);
    }

    @Test
    void bundle_stillBeingWritten_isNotUsed() {
        PemFileSource source = openIstio();
        TestCa next = TestCa.root("example.org");
        // The first half of a file that is being written in place: a whole PEM block, but not all of them.
        write("root-cert.pem", TestCa.pem(next.certificate()));
        look();
        write("root-cert.pem", TestCa.pem(next.certificate(), root.certificate()));
        look();
        look();

        assertThat(generation(source)).isEqualTo(2);
        assertThat(source.state().context().orElseThrow().bundles().bundles())
                .containsExactly(TestCa.bundleOf("example.org", next.certificate(), root.certificate()));
    }

    @Test
    void files_thatChangeAtEveryLook_areUsedAllTheSame() {
        PemFileSource source = openIstio();
        long elapsed = 0;
        while (generation(source) == 1) {
            write(root.leaf(ID));
            elapsed += look();
        }

        assertThat(elapsed).isLessThan(1000);
    }

    @Test
    void failure_thatLasts_isReportedOnceAfterASecond() {
        PemFileSource source = openIstio();
        write("key.pem", "no key");
        long elapsed = 0;
        while (health(source).lastError().isEmpty()) {
            elapsed += look();
        }
        assertThat(elapsed).isBetween(1000L, 2000L);
        for (int i = 0; i < 10; i++) {
            look();
        }

        assertThat(notifications).hasValue(1);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);
    }

    @Test
    void failure_thatPassesWithinASecond_isNotReported() {
        PemFileSource source = openIstio();
        write("key.pem", "");
        look();
        look();
        write("key.pem", first.keyPem());
        look();

        assertThat(notifications).hasValue(0);
        assertThat(health(source).lastError()).isEmpty();
    }

    @Test
    void failure_thatTurnsIntoAnother_isReportedAnew() throws IOException {
        PemFileSource source = openIstio();
        write("key.pem", "no key");
        for (int i = 0; i < 8; i++) {
            look();
        }
        Files.delete(folder.resolve("key.pem"));
        look();

        assertThat(notifications).hasValue(2);
        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.UNREADABLE_FILE);
    }

    @Test
    void failure_thatTellsTheTime_isReportedOnce() {
        PemFileSource source = openIstio();
        write(root.leaf(ID, spec -> spec.notAfter(Instant.now().minusSeconds(5))));
        for (int i = 0; i < 12; i++) {
            look();
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.EXPIRED);
        assertThat(notifications).hasValue(1);
    }

    @Test
    void unexpectedIdentity_thatStays_isReportedOnce() {
        write(first);
        PemFileSource source = open(PemFileSource.istio(folder).expectedId(SpiffeId.parse(ID)));
        write(root.leaf("spiffe://example.org/b"));
        for (int i = 0; i < 6; i++) {
            look();
        }
        assertThat(notifications).hasValue(1);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);

        write(first);
        look();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(generation(source)).isEqualTo(1);
    }

    @Test
    void renew_readsAtOnce() {
        PemFileSource source = openIstio();
        write(root.leaf(ID));
        source.renew();

        assertThat(look()).isZero();
        assertThat(look()).isEqualTo(100);
        assertThat(generation(source)).isEqualTo(2);
        assertThat(executor.waiting()).isEqualTo(1);
    }

    @Test
    void close_leavesNoTask() {
        PemFileSource source = openIstio();
        assertThat(executor.waiting()).isEqualTo(1);
        source.close();

        assertThat(executor.waiting()).isZero();
        source.renew();
        executor.runNext();
        assertThat(executor.waiting()).isZero();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.CLOSED);
    }

    @Test
    void close_duringALook_reportsNothingMore() throws IOException {
        AtomicReference<Runnable> duringTheLook = new AtomicReference<>(() -> {});
        write(first);
        FileSet files = new FileSet(
                folder.resolve("cert-chain.pem"),
                folder.resolve("key.pem"),
                List.of(new FileSet.BundleFile(null, folder.resolve("root-cert.pem"))),
                List.of());
        PemFileSource source = open(new PemFileSource.Builder(
                folders -> {
                    duringTheLook.get().run();
                    return files;
                },
                true));
        Files.delete(folder.resolve("key.pem"));
        look();
        elapsedNanos.addAndGet(Duration.ofSeconds(2).toNanos());
        duringTheLook.set(source::close);
        look();

        assertThat(executor.waiting()).isZero();
        assertThat(health(source).lastError()).isEmpty();
        assertThat(generation(source)).isEqualTo(1);
    }

    @Test
    void looking_thatFailsUnexpectedly_goesOn() {
        write(first);
        AtomicBoolean broken = new AtomicBoolean(true);
        FileSet files = new FileSet(
                folder.resolve("cert-chain.pem"),
                folder.resolve("key.pem"),
                List.of(new FileSet.BundleFile(null, folder.resolve("root-cert.pem"))),
                List.of());
        PemFileSource source = open(new PemFileSource.Builder(
                folders -> {
                    if (broken.get()) {
                        throw new StackOverflowError("for the test");
                    }
                    return files;
                },
                true));
        assertThat(health(source).cause()).contains("StackOverflowError");

        broken.set(false);
        look();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    /** Two chains of the same size for one key: RSA signatures have one length. */
    private static final class SameSize {
        static final TestCa RSA = TestCa.root("example.org", spec -> spec.keyType(KeyType.RSA_2048));
        static final TestCa.Leaf BEFORE = RSA.leaf(ID, spec -> spec.serial(1000));
        static final TestCa.Leaf AFTER = RSA.leaf(
                ID,
                spec -> spec.serial(2000).keys(new KeyPair(BEFORE.certificate().getPublicKey(), BEFORE.key())));
    }

    /** Files whose changes no stat shows: a zip file system has neither file keys nor times that cannot be set. */
    private final class SilentFiles implements AutoCloseable {
        private static final FileTime TIME = FileTime.from(Instant.parse("2030-01-01T00:00:00Z"));
        private final FileSystem zip;

        SilentFiles() throws IOException {
            zip = FileSystems.newFileSystem(folder.resolve("files.zip"), Map.of("create", "true"));
            Delivery.IN_PLACE.writeTexts(zip.getPath("/"), LayoutCase.ISTIO.files(SameSize.BEFORE, SameSize.RSA));
            Files.setLastModifiedTime(zip.getPath("/cert-chain.pem"), TIME);
        }

        PemFileSource openSource() {
            return open(PemFileSource.istio(zip.getPath("/")));
        }

        void change() throws IOException {
            assertThat(SameSize.AFTER.chainPem()).hasSameSizeAs(SameSize.BEFORE.chainPem());
            Delivery.IN_PLACE.writeTexts(zip.getPath("/"), Map.of("cert-chain.pem", SameSize.AFTER.chainPem()));
            Files.setLastModifiedTime(zip.getPath("/cert-chain.pem"), TIME);
        }

        @Override
        public void close() throws IOException {
            zip.close();
        }
    }

    @Test
    void change_thatNoStatShows_isSeenWithinASecond() throws IOException {
        for (int looksBefore = 0; looksBefore < 4; looksBefore++) {
            try (SilentFiles files = new SilentFiles()) {
                PemFileSource source = files.openSource();
                for (int i = 0; i < looksBefore; i++) {
                    look();
                }
                files.change();
                long elapsed = 0;
                while (generation(source) == 1) {
                    elapsed += look();
                }
                assertThat(elapsed).isLessThan(1000);
                source.close();
            }
        }
    }

    @Test
    void renew_afterAChangeThatNoStatShows_readsAtOnce() throws IOException {
        for (int looksBefore = 0; looksBefore < 4; looksBefore++) {
            try (SilentFiles files = new SilentFiles()) {
                PemFileSource source = files.openSource();
                for (int i = 0; i < looksBefore; i++) {
                    look();
                }
                files.change();
                source.renew();
                assertThat(look()).isZero();
                assertThat(look()).isEqualTo(100);
                assertThat(generation(source)).isEqualTo(2);
                source.close();
            }
        }
    }

    @Test
    void volume_swappedAllTheTime_isNeverMixed() throws Exception {
        // One key for all, so that only reading from one version keeps chain and bundle together.
        KeyPair keys = TestCa.newKeys(KeyType.EC_P256);
        TestCa[] roots = {TestCa.root("example.org"), TestCa.root("example.org")};
        TestCa.Leaf[] leaves = {roots[0].leaf(ID, spec -> spec.keys(keys)), roots[1].leaf(ID, spec -> spec.keys(keys))};
        Delivery.KUBERNETES.writeTexts(folder, LayoutCase.ISTIO.files(leaves[0], roots[0]));
        PemFileSource source = open(PemFileSource.istio(folder));
        AtomicBoolean done = new AtomicBoolean();
        Thread kubelet = new Thread(() -> {
            for (int i = 1; !done.get(); i++) {
                Delivery.KUBERNETES.writeTexts(folder, LayoutCase.ISTIO.files(leaves[i % 2], roots[i % 2]));
            }
        });
        kubelet.start();
        try {
            long last = 1;
            while (last < 25) {
                executor.runNext();
                X509Context context = source.state().context().orElseThrow();
                if (context.generation() != last) {
                    last = context.generation();
                    context.svid()
                            .leaf()
                            .verify(context.bundles()
                                    .bundles()
                                    .iterator()
                                    .next()
                                    .authorities()
                                    .get(0)
                                    .getPublicKey());
                }
            }
        } finally {
            done.set(true);
            kubelet.join();
        }
        assertThat(health(source).lastError()).isEmpty();
    }
}
