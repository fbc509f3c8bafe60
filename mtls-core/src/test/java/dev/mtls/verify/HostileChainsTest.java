package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.TrustDomain;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.Leaf;
import dev.mtls.trust.X509Bundle;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Chains made to cost, and bundles that let them: the work is counted, not timed. */
class HostileChainsTest {
    private static final String ID = "spiffe://a.test/api";
    private static final TestCa ROOT = TestCa.root("a.test");
    private static final Judge JUDGE = Judge.of(ROOT);
    private static final String SAME = "CN=Same";
    private static final String OTHER = "CN=Other";

    /** Searches below the limits of {@link X509SvidVerifier}, and answers how many signatures were checked. */
    private static int signatureChecks(X509Bundle bundle, List<X509Certificate> chain, FailureReason reason) {
        PathFinder finder = finder(bundle, chain);
        PathRejection rejection = catchThrowableOfType(PathRejection.class, finder::find);
        assertThat(rejection.reason()).as(rejection.getMessage()).isEqualTo(reason);
        assertThat(finder.signatureChecks()).isLessThanOrEqualTo(SignatureChecks.MAX);
        return finder.signatureChecks();
    }

    private static PathFinder finder(X509Bundle bundle, List<X509Certificate> chain) {
        return new PathFinder(
                TestCa.id(ID), bundle, List.of(), chain, new ValidityCheck(Instant.now(), Duration.ofSeconds(60)));
    }

    @Test
    void verify_hundredCertificates_refusedBeforeAnyIsLookedAt() {
        TestCa ca = ROOT;
        for (int i = 0; i < 99; i++) {
            ca = ca.intermediate(spec -> spec.keys(ROOT.keys()));
        }
        JUDGE.refuses(ca.leaf(ID), FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void verify_oneIntermediateMoreThanAllowed_refused() {
        TestCa ca = ROOT;
        for (int i = 0; i < 10; i++) {
            ca = ca.intermediate();
        }
        JUDGE.refuses(ca.leaf(ID), FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void verify_oneCertificateManyTimes_refusedOrHarmless() {
        Leaf leaf = ROOT.intermediate().leaf(ID);
        List<X509Certificate> chain = new ArrayList<>(List.of(leaf.certificate()));
        chain.addAll(Collections.nCopies(9, leaf.chain().get(1)));
        JUDGE.accepts(chain);
    }

    @Test
    void verify_nullInTheChain_refused() {
        List<X509Certificate> chain = new ArrayList<>(ROOT.leaf(ID).chain());
        chain.add(null);
        JUDGE.refuses(chain, FailureReason.MALFORMED_CERTIFICATE);
    }

    @Test
    void verify_moreBytesThanAllowed_refused() {
        Leaf leaf = ROOT.leaf(ID, spec -> spec.subject("CN=" + "x".repeat(64 * 1024)));
        JUDGE.refuses(leaf, FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void verify_longestNamesAllowed_bounded() {
        String subject = "CN=" + "x".repeat(20_000);
        TestCa root = TestCa.root("a.test", spec -> spec.subject(subject));
        Judge.of(root).accepts(root.leaf(ID, spec -> spec.subject(subject)));
        StringBuilder many = new StringBuilder("CN=0");
        for (int i = 1; i < 2000; i++) {
            many.append(",OU=").append(i);
        }
        TestCa manyParts = TestCa.root("a.test", spec -> spec.subject(many.toString()));
        Judge.of(manyParts).accepts(manyParts.leaf(ID));
    }

    @Test
    void verify_thousandsOfNames_accepted() {
        String[] names = new String[3000];
        for (int i = 0; i < names.length; i++) {
            names[i] = i + ".a.test";
        }
        JUDGE.accepts(ROOT.leaf(ID, spec -> spec.dns(names)));
    }

    @Test
    void verify_thousandsOfUris_refused() {
        String[] uris = new String[2000];
        for (int i = 0; i < uris.length; i++) {
            uris[i] = "spiffe://a.test/" + i;
        }
        JUDGE.refuses(ROOT.leaf(ID, spec -> spec.uris(uris)), FailureReason.MULTIPLE_URI_SANS);
    }

    @Test
    void verify_manyNamesAgainstManyConstraints_refusedUncompared() {
        String[] names = new String[1000];
        for (int i = 0; i < names.length; i++) {
            names[i] = "x" + i + ".test";
        }
        TestCa constrained = ROOT.intermediate(spec -> spec.uris().excludedUris(names));
        JUDGE.refuses(constrained.leaf(ID, spec -> spec.dns(names)), FailureReason.CHAIN_TOO_LARGE);
        TestCa authority = TestCa.root("a.test", spec -> spec.excludedUris(names));
        Judge.of(authority).refuses(authority.leaf(ID), FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void verify_manyPurposes_refusedWithAShortMessage() {
        String[] purposes = new String[2000];
        for (int i = 0; i < purposes.length; i++) {
            purposes[i] = "1.3.6.1.4.1.99999." + i;
        }
        assertThat(JUDGE.refuses(
                                ROOT.leaf(ID, spec -> spec.extendedKeyUsage(purposes)),
                                FailureReason.LEAF_EXTENDED_KEY_USAGE)
                        .getMessage())
                .hasSizeLessThan(1200);
    }

    @Test
    void verify_policiesMappedAtEveryStep_bounded() {
        // Each maps all to all: the tree of policies that RFC 5280 describes grows tenfold with each certificate.
        StringBuilder mappings = new StringBuilder();
        StringBuilder policies = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            policies.append(String.format("300506032a03%02x", i));
            for (int j = 0; j < 10; j++) {
                mappings.append(String.format("300a06032a03%02x06032a03%02x", i, j));
            }
        }
        byte[] mapped = sequence(mappings.toString());
        byte[] listed = sequence(policies.toString());
        TestCa ca = ROOT;
        for (int i = 0; i < 9; i++) {
            ca = ca.intermediate(
                    spec -> spec.extension("2.5.29.32", true, listed).extension("2.5.29.33", true, mapped));
        }
        JUDGE.accepts(ca.leaf(ID, spec -> spec.extension("2.5.29.32", true, listed)));
    }

    private static byte[] sequence(String hex) {
        byte[] content = HexFormat.of().parseHex(hex);
        byte[] header = content.length < 128
                ? new byte[] {0x30, (byte) content.length}
                : new byte[] {0x30, (byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
        byte[] whole = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, whole, header.length, content.length);
        return whole;
    }

    @Test
    void verify_twoCasThatSignEachOther_refused() {
        TestCa first = TestCa.root("a.test", spec -> spec.subject("CN=First"));
        TestCa second = TestCa.root("a.test", spec -> spec.subject("CN=Second"));
        List<X509Certificate> chain = List.of(
                first.leaf(ID).certificate(),
                first.crossSignedBy(second, spec -> {}).certificate(),
                second.crossSignedBy(first, spec -> {}).certificate());
        assertThat(signatureChecks(ROOT.bundle(), chain, FailureReason.UNKNOWN_AUTHORITY))
                .isZero();
    }

    @Test
    void verify_cycleWithAWayOut_accepted() {
        TestCa first = TestCa.root("a.test", spec -> spec.subject("CN=First"));
        TestCa second = TestCa.root("a.test", spec -> spec.subject("CN=Second"));
        JUDGE.accepts(List.of(
                first.leaf(ID).certificate(),
                first.crossSignedBy(second, spec -> {}).certificate(),
                second.crossSignedBy(first, spec -> {}).certificate(),
                second.crossSignedBy(ROOT, spec -> {}).certificate()));
    }

    @Test
    void find_everyCaSignsEveryOther_bounded() {
        // Four CAs in full mesh, of which each is signed by an authority that allows none: many paths, and none holds.
        TestCa authority = TestCa.root("a.test", spec -> spec.pathLength(0));
        TestCa[] cas = new TestCa[4];
        for (int i = 0; i < cas.length; i++) {
            String subject = "CN=" + i;
            cas[i] = TestCa.root("a.test", spec -> spec.subject(subject));
        }
        List<X509Certificate> mesh = new ArrayList<>();
        for (TestCa signed : cas) {
            mesh.add(signed.crossSignedBy(authority, spec -> {}).certificate());
            for (TestCa signer : cas) {
                if (signer != signed) {
                    mesh.add(signed.crossSignedBy(signer, spec -> {}).certificate());
                }
            }
        }
        Collections.shuffle(mesh, new Random(1));
        for (TestCa ca : cas) {
            List<X509Certificate> chain = new ArrayList<>(ca.leaf(ID).chain());
            chain.addAll(mesh);
            signatureChecks(authority.bundle(), chain, FailureReason.INVALID_PATH);
        }
    }

    @Test
    void find_strangersKeys_areNeverUsed() {
        // All bear the authority's name and may have signed each other; only the authority's own key is asked.
        TestCa authority = TestCa.root("a.test", spec -> spec.subject(SAME));
        TestCa ca = TestCa.root("a.test", spec -> spec.subject(SAME).noKeyIdentifiers());
        for (int i = 0; i < 8; i++) {
            ca = ca.intermediate(spec -> spec.subject(SAME).noKeyIdentifiers());
        }
        List<X509Certificate> chain =
                new ArrayList<>(ca.leaf(ID, TestCa.Spec::noKeyIdentifiers).chain());
        Collections.shuffle(chain.subList(1, chain.size()), new Random(2));
        assertThat(signatureChecks(authority.bundle(), chain, FailureReason.UNKNOWN_AUTHORITY))
                .isEqualTo(chain.size());
    }

    @Test
    void find_intermediatesOfOneNameAndOneKey_areOne() {
        TestCa authority = TestCa.root("a.test", spec -> spec.subject(SAME).pathLength(0));
        KeyPair keys = TestCa.newKeys(TestCa.KeyType.EC_P256);
        TestCa first = authority.intermediate(spec -> spec.subject(OTHER).keys(keys));
        List<X509Certificate> chain = new ArrayList<>(first.leaf(ID).chain());
        for (int i = 0; i < 8; i++) {
            chain.add(first.intermediate(spec -> spec.subject(OTHER).keys(keys)).certificate());
        }
        // One check to vouch for each, one to find each among the issuers of the leaf, and none to lead one to another.
        assertThat(signatureChecks(authority.bundle(), chain, FailureReason.INVALID_PATH))
                .isLessThanOrEqualTo(2 * chain.size());
    }

    @Test
    void find_insidersIntermediatesOfOneNameAndManyKeys_bounded() {
        // Without identifiers each may have signed each.
        TestCa authority = TestCa.root("a.test", spec -> spec.subject(SAME).pathLength(0));
        TestCa ca = authority;
        for (int i = 0; i < 9; i++) {
            ca = ca.intermediate(spec -> spec.subject(OTHER).noKeyIdentifiers());
        }
        List<X509Certificate> chain =
                new ArrayList<>(ca.leaf(ID, TestCa.Spec::noKeyIdentifiers).chain());
        Collections.shuffle(chain.subList(1, chain.size()), new Random(2));
        signatureChecks(authority.bundle(), chain, FailureReason.INVALID_PATH);
    }

    @Test
    void verify_honestChainOfOneNameWithoutIdentifiers_accepted() {
        TestCa root = TestCa.root("a.test", spec -> spec.subject(SAME).noKeyIdentifiers());
        TestCa ca = root;
        for (int i = 0; i < 4; i++) {
            ca = ca.intermediate(spec -> spec.subject(SAME).noKeyIdentifiers());
        }
        Leaf leaf = ca.leaf(ID, TestCa.Spec::noKeyIdentifiers);
        List<X509Certificate> above = new ArrayList<>(leaf.chain().subList(1, 5));
        Collections.reverse(above);
        Judge.of(root).accepts(leaf.withIntermediates(above.toArray(X509Certificate[]::new)));
    }

    @Test
    void find_manyPathsToOneAuthorityOfWhichNoneHolds_bounded() {
        // Each intermediate is signed by the authority, and the authority allows none.
        TestCa strict = TestCa.root("a.test", spec -> spec.pathLength(0));
        TestCa issuer = strict.intermediate();
        List<X509Certificate> chain = new ArrayList<>(issuer.leaf(ID).chain());
        for (int i = 0; i < 40; i++) {
            chain.add(issuer.crossSignedBy(strict, spec -> {}).certificate());
        }
        PathFinder finder = finder(strict.bundle(), chain);
        PathRejection rejection = catchThrowableOfType(PathRejection.class, finder::find);
        assertThat(rejection.reason()).isEqualTo(FailureReason.INVALID_PATH);
        assertThat(finder.signatureChecks()).isLessThanOrEqualTo(chain.size() + PathFinder.MAX_PATHS);
    }

    @Test
    void verify_thousandAuthoritiesOfOneName_honestPeersAreFoundAtOnce() throws Exception {
        List<X509Certificate> authorities = new ArrayList<>();
        // A few keys for all of them, since making one takes longer than anything else here.
        List<KeyPair> keys = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            keys.add(TestCa.newKeys(TestCa.KeyType.EC_P256));
        }
        for (int i = 1; i < X509Bundle.MAX_AUTHORITIES; i++) {
            KeyPair one = keys.get(i % keys.size());
            authorities.add(
                    TestCa.root("a.test", spec -> spec.subject(SAME).keys(one)).certificate());
        }
        TestCa last = TestCa.root("a.test", spec -> spec.subject(SAME));
        authorities.add(last.certificate());
        X509Bundle bundle = X509Bundle.of(TrustDomain.parse("a.test"), authorities);
        PathFinder honest = finder(bundle, last.leaf(ID).chain());
        assertThat(honest.find().authority()).isEqualTo(last.certificate());
        assertThat(honest.signatureChecks()).isEqualTo(1);
        PathFinder withIntermediate = finder(
                bundle, last.intermediate(spec -> spec.subject(SAME)).leaf(ID).chain());
        withIntermediate.find();
        assertThat(withIntermediate.signatureChecks()).isEqualTo(2);
        Leaf stranger = TestCa.root("a.test", spec -> spec.subject(SAME)).leaf(ID);
        assertThat(signatureChecks(bundle, stranger.chain(), FailureReason.CHAIN_TOO_LARGE))
                .isEqualTo(SignatureChecks.MAX);
        Leaf unidentified = last.leaf(ID, TestCa.Spec::noKeyIdentifiers);
        signatureChecks(bundle, unidentified.chain(), FailureReason.CHAIN_TOO_LARGE);
    }
}
