package dev.mtls.source.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.pem.Pem;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Context;
import dev.mtls.testkit.ManualExecutor;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import dev.mtls.testkit.TestClock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemFileSourceTest {
    private static final String ID = "spiffe://example.org/a";
    private static final TrustDomain OTHER = TrustDomain.parse("other.example");

    private final TestCa root = TestCa.root("example.org");
    private final TestCa ca = root.intermediate();
    private final List<PemFileSource> opened = new ArrayList<>();
    private final ManualExecutor executor = new ManualExecutor();
    private final AtomicLong elapsedNanos = new AtomicLong();

    @TempDir
    Path folder;

    @AfterEach
    void closeSources() {
        opened.forEach(PemFileSource::close);
    }

    private PemFileSource open(PemFileSource.Builder builder) {
        PemFileSource source = builder.open();
        opened.add(source);
        return source;
    }

    /** A source that looks when the test says so. */
    private PemFileSource openManually(PemFileSource.Builder builder) {
        return open(builder.executor(executor).nanoTime(elapsedNanos::get));
    }

    /** Has one look, long after the one before. */
    private void look() {
        elapsedNanos.addAndGet(Duration.ofMillis(500).toNanos());
        assertThat(executor.runNext()).isPresent();
    }

    private void looks(int number) {
        for (int i = 0; i < number; i++) {
            look();
        }
    }

    private PemFileSource openIstio() {
        return open(PemFileSource.istio(folder));
    }

    private void write(LayoutCase layout, TestCa.Leaf leaf) {
        Delivery.IN_PLACE.writeTexts(folder, layout.files(leaf, root));
    }

    private void writeIstio(TestCa.Leaf leaf) {
        write(LayoutCase.ISTIO, leaf);
    }

    private void writeFile(String name, String text) {
        Delivery.IN_PLACE.writeTexts(folder, Map.of(name, text));
    }

    private static X509Context context(PemFileSource source) {
        return source.state().context().orElseThrow();
    }

    private static SourceHealth health(PemFileSource source) {
        return source.state().health();
    }

    private static void awaitLeaf(PemFileSource source, TestCa.Leaf leaf) {
        await().untilAsserted(() -> assertThat(
                        source.state().context().map(context -> context.svid().leaf()))
                .contains(leaf.certificate()));
    }

    private static SourceHealth.SourceError awaitError(PemFileSource source, FailureReason reason) {
        await().untilAsserted(() -> assertThat(health(source).lastError().map(SourceHealth.SourceError::reason))
                .contains(reason));
        return health(source).lastError().orElseThrow();
    }

    static List<Arguments> layoutsAndDeliveries() {
        return Arrays.stream(LayoutCase.values())
                .flatMap(layout -> Arrays.stream(Delivery.values()).map(delivery -> Arguments.of(layout, delivery)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("layoutsAndDeliveries")
    void files_rotated_areInForceOneAfterTheOther(LayoutCase layout, Delivery delivery) {
        TestCa.Leaf first = ca.leaf(ID);
        delivery.writeTexts(folder, layout.files(first, root));
        PemFileSource source = openManually(layout.builder(folder));

        X509Context before = context(source);
        assertThat(before.generation()).isEqualTo(1);
        assertThat(before.svid().id()).hasToString(ID);
        assertThat(before.svid().chain()).isEqualTo(first.chain());
        assertThat(before.bundles().bundles()).containsExactly(root.bundle());
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);

        TestCa.Leaf second = ca.leaf(ID);
        delivery.writeTexts(folder, layout.files(second, root));
        looks(2);
        assertThat(context(source).svid().leaf()).isEqualTo(second.certificate());
        assertThat(context(source).generation()).isEqualTo(2);
        assertThat(health(source).rotations()).isEqualTo(1);
        assertThat(health(source).lastError()).isEmpty();
    }

    @Test
    void file_changed_isInForceWithinASecond() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openIstio();
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            TestCa.Leaf next = ca.leaf(ID);
            writeIstio(next);
            long written = System.nanoTime();
            awaitLeaf(source, next);
            delays.add(Duration.ofNanos(System.nanoTime() - written));
        }

        // The median: a machine that is busy for a moment is not at fault. FileWatchTest adds up the delays of the
        // looks.
        Collections.sort(delays);
        assertThat(delays.get(2)).as(delays.toString()).isLessThan(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "ED25519"})
    void key_ofEveryKind_isAccepted(KeyType type) {
        writeIstio(ca.leaf(ID, spec -> spec.keyType(type)));

        assertThat(context(openIstio()).svid().id()).hasToString(ID);
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
    void key_inTheTraditionalFormat_isAccepted(KeyType type) {
        TestCa.Leaf leaf = ca.leaf(ID, spec -> spec.keyType(type));
        Delivery.IN_PLACE.writeTexts(
                folder, LayoutCase.ISTIO.files(leaf, leaf.traditionalKeyPem(), TestCa.pem(root.certificate())));

        assertThat(context(openIstio()).svid().id()).hasToString(ID);
    }

    @Test
    void pair_writtenOneAfterTheOther_isServedWhenItFits() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openIstio();
        TestCa.Leaf second = ca.leaf(ID);

        writeFile("cert-chain.pem", second.chainPem());
        await().during(Duration.ofMillis(500)).until(() -> context(source).generation() == 1);
        writeFile("key.pem", second.keyPem());
        awaitLeaf(source, second);
        assertThat(context(source).generation()).isEqualTo(2);
        assertThat(health(source).lastError()).isEmpty();
    }

    @Test
    void pair_thatStaysMismatched_isReportedAndNeverServed() {
        TestCa.Leaf first = ca.leaf(ID);
        writeIstio(first);
        PemFileSource source = openIstio();
        TestCa.Leaf second = ca.leaf(ID);

        writeFile("key.pem", second.keyPem());
        SourceHealth.SourceError error = awaitError(source, FailureReason.KEY_MISMATCH);
        assertThat(error.message()).contains("cert-chain.pem", "key.pem", ID);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(context(source).svid().leaf()).isEqualTo(first.certificate());
        assertThat(context(source).generation()).isEqualTo(1);

        writeFile("cert-chain.pem", second.chainPem());
        awaitLeaf(source, second);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    @Test
    void pair_mismatchedAtTheStart_isReportedAtOnce() {
        writeIstio(ca.leaf(ID));
        writeFile("key.pem", ca.leaf(ID).keyPem());
        PemFileSource source = openIstio();

        assertThat(source.state().context()).isEmpty();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.WAITING);
        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.KEY_MISMATCH);
        assertThat(health(source).cause()).contains("key.pem");
    }

    private static List<Arguments> badFiles() {
        String garbage = TestCa.pem("CERTIFICATE", new byte[] {1, 2, 3});
        return List.of(
                Arguments.of("cert-chain.pem", garbage, FailureReason.MALFORMED_CERTIFICATE),
                Arguments.of("cert-chain.pem", "", FailureReason.NO_CERTIFICATE),
                Arguments.of("cert-chain.pem", "no PEM", FailureReason.MALFORMED_CERTIFICATE),
                Arguments.of("key.pem", garbage, FailureReason.NO_PRIVATE_KEY),
                Arguments.of("key.pem", "", FailureReason.MALFORMED_PRIVATE_KEY),
                Arguments.of("key.pem", TestCa.pem("PRIVATE KEY", new byte[] {1}), FailureReason.MALFORMED_PRIVATE_KEY),
                Arguments.of("root-cert.pem", garbage, FailureReason.MALFORMED_CERTIFICATE),
                Arguments.of("root-cert.pem", "", FailureReason.NO_BUNDLE),
                Arguments.of("root-cert.pem", TestCa.pem("X509 CRL", new byte[] {1}), FailureReason.NO_CERTIFICATE),
                Arguments.of(
                        "root-cert.pem",
                        TestCa.root("example.org").leaf(ID).chainPem(),
                        FailureReason.AUTHORITY_NOT_CA),
                Arguments.of(
                        "root-cert.pem",
                        TestCa.pem(TestCa.root("other.example").certificate()),
                        FailureReason.INTERMEDIATE_SPIFFE_ID),
                Arguments.of("ca-crl.pem", "", FailureReason.MALFORMED_CRL),
                Arguments.of("ca-crl.pem", garbage, FailureReason.MALFORMED_CRL));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void file_thatCannotBeUsed_isReportedWhileTheLastGoodStays(String name, String text, FailureReason reason)
            throws IOException {
        TestCa.Leaf leaf = ca.leaf(ID);
        writeIstio(leaf);
        writeFile("ca-crl.pem", TestCa.pem(ca.crl()));
        String good = Files.readString(folder.resolve(name));
        PemFileSource source = openManually(PemFileSource.istio(folder).addCrl(folder.resolve("ca-crl.pem")));
        assertThat(context(source).crls()).hasSize(1);

        writeFile(name, text);
        looks(2);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
        looks(2);
        SourceHealth.SourceError error = health(source).lastError().orElseThrow();
        assertThat(error.reason()).isEqualTo(reason);
        assertThat(error.message()).contains(folder.resolve(name).toString());
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(health(source).cause()).contains(name);
        assertThat(context(source).svid().leaf()).isEqualTo(leaf.certificate());

        writeFile(name, good);
        look();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
        assertThat(context(source).generation()).isEqualTo(1);
        assertThat(health(source).lastError()).contains(error);
    }

    @Test
    void file_thatDisappears_isReportedWhileTheLastGoodStays() throws IOException {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openIstio();

        Files.delete(folder.resolve("key.pem"));
        assertThat(awaitError(source, FailureReason.UNREADABLE_FILE).message())
                .contains(folder.resolve("key.pem").toString());
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(context(source).generation()).isEqualTo(1);
    }

    @Test
    void file_missingAtTheStart_isNamedWithItsFoldersContentAndAwaited() throws IOException {
        TestCa.Leaf leaf = ca.leaf(ID);
        writeIstio(leaf);
        Files.move(folder.resolve("key.pem"), folder.resolve("tls.key"));
        PemFileSource source = openIstio();

        assertThat(source.state().context()).isEmpty();
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.WAITING);
        assertThat(health(source).cause())
                .contains(folder.resolve("key.pem").toString())
                .contains("does not exist")
                .contains("cert-chain.pem, root-cert.pem, tls.key");

        Files.move(folder.resolve("tls.key"), folder.resolve("key.pem"));
        awaitLeaf(source, leaf);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.HEALTHY);
    }

    @Test
    void folder_missingAtTheStart_isSaid() {
        PemFileSource source = open(PemFileSource.istio(folder.resolve("absent")));

        assertThat(health(source).cause())
                .contains(folder.resolve("absent").toString())
                .contains("neither does its folder");
        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.UNREADABLE_FILE);
    }

    @Test
    void svid_expiredWhenRead_isRejectedAndTheLastGoodStays() {
        TestCa.Leaf good = ca.leaf(ID);
        writeIstio(good);
        PemFileSource source = openIstio();

        writeIstio(ca.leaf(ID, spec -> spec.notAfter(Instant.now().minusSeconds(1))));
        assertThat(awaitError(source, FailureReason.EXPIRED).message()).contains("cert-chain.pem", ID);
        assertThat(context(source).svid().leaf()).isEqualTo(good.certificate());
    }

    @Test
    void svid_notYetValid_isServedWhenItIs() {
        TestClock clock = TestClock.atNow();
        writeIstio(ca.leaf(ID, spec -> spec.notBefore(clock.instant().plusSeconds(30))));
        PemFileSource source = open(PemFileSource.istio(folder).clock(clock));
        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.NOT_YET_VALID);

        clock.advance(Duration.ofSeconds(31));
        await().until(() -> source.state().context().isPresent());
    }

    @Test
    void expectedId_anotherDelivered_isAnError() {
        TestCa.Leaf good = ca.leaf(ID);
        writeIstio(good);
        PemFileSource source = open(PemFileSource.istio(folder).expectedId(SpiffeId.parse(ID)));

        writeIstio(ca.leaf("spiffe://example.org/b"));
        assertThat(awaitError(source, FailureReason.UNEXPECTED_IDENTITY).message())
                .contains(ID, "spiffe://example.org/b");
        assertThat(context(source).svid().leaf()).isEqualTo(good.certificate());
    }

    @Test
    void bundles_added_areOfTheirTrustDomains() {
        TestCa other = TestCa.root("other.example");
        writeIstio(ca.leaf(ID));
        writeFile("other.pem", TestCa.pem(other.certificate()));
        writeFile("empty.pem", "");
        PemFileSource source = open(PemFileSource.istio(folder)
                .addBundle(OTHER, folder.resolve("other.pem"))
                .addBundle(TrustDomain.parse("empty.example"), folder.resolve("empty.pem")));

        assertThat(context(source).bundles().bundle(TrustDomain.parse("example.org")))
                .contains(root.bundle());
        assertThat(context(source).bundles().bundle(OTHER)).contains(other.bundle());
        assertThat(context(source)
                        .bundles()
                        .bundle(TrustDomain.parse("empty.example"))
                        .orElseThrow()
                        .authorities())
                .isEmpty();
    }

    @Test
    void bundles_severalOfOneTrustDomain_areJoined() {
        TestCa next = TestCa.root("example.org");
        writeIstio(ca.leaf(ID));
        writeFile("next.pem", TestCa.pem(next.certificate()));
        PemFileSource source = open(
                PemFileSource.istio(folder).addBundle(TrustDomain.parse("example.org"), folder.resolve("next.pem")));

        assertThat(context(source).bundles().bundles())
                .containsExactly(TestCa.bundleOf("example.org", root.certificate(), next.certificate()));
    }

    @Test
    void bundleTrustDomain_anotherThanTheSvids_leavesTheSvidWithoutOne() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = open(PemFileSource.istio(folder).bundleTrustDomain(TrustDomain.parse("example.org")));
        assertThat(source.state().context()).isPresent();

        TestCa bare = TestCa.root("example.org", spec -> spec.uris());
        writeFile("root-cert.pem", TestCa.pem(bare.certificate()));
        PemFileSource misplaced = open(PemFileSource.istio(folder).bundleTrustDomain(OTHER));
        assertThat(health(misplaced).lastError().orElseThrow().reason()).isEqualTo(FailureReason.NO_BUNDLE);
        assertThat(health(misplaced).cause()).contains("example.org", "root-cert.pem of other.example");
    }

    @Test
    void crls_pemAndDer_arePublished() throws Exception {
        writeIstio(ca.leaf(ID));
        writeFile("two.pem", TestCa.pem(root.crl()) + TestCa.pem(ca.crl()));
        Files.write(folder.resolve("one.der"), root.crl(ca.certificate()).getEncoded());
        PemFileSource source = open(
                PemFileSource.istio(folder).addCrl(folder.resolve("two.pem")).addCrl(folder.resolve("one.der")));

        assertThat(context(source).crls()).hasSize(3);
        assertThat(context(source).crls().get(2).isRevoked(ca.certificate())).isTrue();

        writeFile("two.pem", TestCa.pem(root.crl()));
        await().until(() -> context(source).crls().size() == 2);
        assertThat(context(source).generation()).isEqualTo(2);
        assertThat(health(source).rotations()).isZero();
    }

    @Test
    void crl_missing_keepsTheUpdateBack() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = open(PemFileSource.istio(folder).addCrl(folder.resolve("crl.pem")));

        assertThat(source.state().context()).isEmpty();
        assertThat(health(source).cause()).contains("crl.pem does not exist");
    }

    @Test
    void file_thatIsHuge_isRefusedUnread() throws IOException {
        writeIstio(ca.leaf(ID));
        try (RandomAccessFile huge =
                new RandomAccessFile(folder.resolve("root-cert.pem").toFile(), "rw")) {
            huge.setLength(1L << 33);
        }
        PemFileSource source = openIstio();

        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.UNREADABLE_FILE);
        assertThat(health(source).cause()).contains("root-cert.pem", String.valueOf(Pem.MAX_BYTES));
    }

    @Test
    void file_thatIsAFolder_isRefused() throws IOException {
        writeIstio(ca.leaf(ID));
        Files.delete(folder.resolve("key.pem"));
        Files.createDirectory(folder.resolve("key.pem"));

        assertThat(health(openIstio()).cause()).contains("key.pem is a folder");
    }

    @Test
    void file_thatIsAPipe_isRefusedAndBlocksNothing() throws Exception {
        writeIstio(ca.leaf(ID));
        Files.delete(folder.resolve("key.pem"));
        Process mkfifo = new ProcessBuilder("mkfifo", folder.resolve("key.pem").toString()).start();
        assertThat(mkfifo.waitFor()).isZero();

        assertThat(health(openIstio()).cause()).contains("key.pem is not a regular file");
    }

    @Test
    void file_rewrittenWithSameSizeAndTime_isSeen() throws IOException {
        // Serial numbers of one length and RSA signatures give certificates of one size.
        TestCa rsa = TestCa.root("example.org", spec -> spec.keyType(KeyType.RSA_2048));
        TestCa.Leaf first = rsa.leaf(ID, spec -> spec.serial(1000));
        TestCa.Leaf second = rsa.leaf(
                ID,
                spec -> spec.serial(2000)
                        .keys(new java.security.KeyPair(first.certificate().getPublicKey(), first.key())));
        Delivery.IN_PLACE.writeTexts(folder, LayoutCase.ISTIO.files(first, rsa));
        Path chain = folder.resolve("cert-chain.pem");
        FileTime time = Files.getLastModifiedTime(chain);
        long size = Files.size(chain);
        PemFileSource source = openIstio();

        writeFile("cert-chain.pem", second.chainPem());
        Files.setLastModifiedTime(chain, time);
        assertThat(Files.size(chain)).isEqualTo(size);
        awaitLeaf(source, second);
    }

    @Test
    void files_inSeveralVolumes_areFollowed() throws IOException {
        Path certificates = Files.createDirectory(folder.resolve("certificates"));
        Path trust = Files.createDirectory(folder.resolve("trust"));
        TestCa.Leaf first = ca.leaf(ID);
        Delivery.KUBERNETES.writeTexts(certificates, Map.of("credentials.pem", first.keyPem() + first.chainPem()));
        Delivery.KUBERNETES.writeTexts(trust, Map.of("trust.pem", TestCa.pem(root.certificate())));
        PemFileSource source =
                open(PemFileSource.podCertificate(certificates.resolve("credentials.pem"), trust.resolve("trust.pem")));
        assertThat(context(source).svid().leaf()).isEqualTo(first.certificate());

        TestCa next = TestCa.root("example.org");
        Delivery.KUBERNETES.writeTexts(trust, Map.of("trust.pem", TestCa.pem(root.certificate(), next.certificate())));
        await().until(() -> context(source)
                        .bundles()
                        .bundles()
                        .iterator()
                        .next()
                        .authorities()
                        .size()
                == 2);
        TestCa.Leaf second = next.leaf(ID);
        Delivery.KUBERNETES.writeTexts(certificates, Map.of("credentials.pem", second.keyPem() + second.chainPem()));
        awaitLeaf(source, second);
    }

    @Test
    void close_ownThread_ends() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openIstio();
        assertThat(fileThreads()).isNotEmpty().allMatch(Thread::isDaemon);

        source.close();
        source.close();
        await().untilAsserted(() -> assertThat(fileThreads()).isEmpty());
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.CLOSED);
        assertThat(source.state().context()).isPresent();
        source.renew();
        assertThat(fileThreads()).isEmpty();
    }

    private static List<Thread> fileThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mtls-files"))
                .toList();
    }

    @Test
    void close_givenExecutor_isLeftRunningWithoutTasks() throws Exception {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(2);
        pool.setRemoveOnCancelPolicy(true);
        try {
            writeIstio(ca.leaf(ID));
            PemFileSource source = open(PemFileSource.istio(folder).executor(pool));
            assertThat(fileThreads()).isEmpty();
            TestCa.Leaf second = ca.leaf(ID);
            writeIstio(second);
            awaitLeaf(source, second);

            source.close();
            assertThat(pool.isShutdown()).isFalse();
            await().untilAsserted(() -> assertThat(pool.getQueue()).isEmpty());
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void executor_shutDownByTheProgram_isReported() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openManually(PemFileSource.istio(folder));

        executor.shutdownNow();
        source.renew();
        assertThat(health(source).lastError().orElseThrow().reason()).isEqualTo(FailureReason.SOURCE_UNREACHABLE);
        assertThat(health(source).state()).isEqualTo(SourceHealth.State.STALE);
    }

    @Test
    void renew_manyThreadsAtOnce_looksOneAfterTheOther() throws Exception {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(4);
        try {
            writeIstio(ca.leaf(ID));
            PemFileSource source = open(PemFileSource.istio(folder).executor(pool));
            for (int i = 2; i < 12; i++) {
                TestCa.Leaf next = ca.leaf(ID);
                writeIstio(next);
                for (int j = 0; j < 20; j++) {
                    source.renew();
                }
                awaitLeaf(source, next);
                assertThat(context(source).generation()).isEqualTo(i);
            }
            assertThat(health(source).lastError()).isEmpty();
        } finally {
            pool.shutdownNow();
            assertThat(pool.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"expectedId", "clock", "executor", "bundleTrustDomain"})
    void builder_setTwice_throws(String property) {
        PemFileSource.Builder builder = PemFileSource.istio(folder);
        Runnable setter = Map.<String, Runnable>of(
                        "expectedId", () -> builder.expectedId(SpiffeId.parse(ID)),
                        "clock", () -> builder.clock(TestClock.atNow()),
                        "executor", () -> builder.executor(executor),
                        "bundleTrustDomain", () -> builder.bundleTrustDomain(OTHER))
                .get(property);
        setter.run();

        assertThatThrownBy(setter::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(property);
    }

    @Test
    void bundleTrustDomain_whereFilesAreNamedAfterThem_throws() {
        assertThatThrownBy(() -> PemFileSource.spiffeFolder(folder).bundleTrustDomain(OTHER))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void snapshots_rotatedTrust_eachLeafIsOfItsBundle() {
        writeIstio(ca.leaf(ID));
        PemFileSource source = openIstio();
        List<X509Context> seen = new ArrayList<>();
        source.subscribe(() -> seen.add(context(source)));

        TestCa next = TestCa.root("example.org");
        Delivery.RENAME.writeTexts(folder, Map.of("root-cert.pem", TestCa.pem(root.certificate(), next.certificate())));
        await().until(() -> seen.size() == 1);
        TestCa.Leaf second = next.leaf(ID);
        writeFile("key.pem", second.keyPem());
        writeFile("cert-chain.pem", second.chainPem());
        awaitLeaf(source, second);
        X509Certificate authority = context(source)
                .bundles()
                .bundles()
                .iterator()
                .next()
                .authorities()
                .get(1);
        assertThat(authority).isEqualTo(next.certificate());
    }
}
