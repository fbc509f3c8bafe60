package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.Leaf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathBuildingTest {
    private static final String ID = "spiffe://a.test/api";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY = "2.5.29.37.0";
    private static final TestCa ROOT = TestCa.root("a.test");
    private static final Judge JUDGE = Judge.of(ROOT);

    private static TestCa intermediates(TestCa root, int number) {
        TestCa ca = root;
        for (int i = 0; i < number; i++) {
            ca = ca.intermediate();
        }
        return ca;
    }

    private static Instant ago(long seconds) {
        return Instant.now().minusSeconds(seconds);
    }

    @Test
    void verify_intermediatesInAnyOrder_accepted() {
        Leaf leaf = intermediates(ROOT, 3).leaf(ID);
        List<X509Certificate> above = new ArrayList<>(leaf.chain().subList(1, 4));
        for (int i = 0; i < 3; i++) {
            Collections.rotate(above, 1);
            VerifiedPeer peer = JUDGE.accepts(leaf.withIntermediates(above.toArray(X509Certificate[]::new)));
            assertThat(peer.path()).isEqualTo(leaf.chain());
            assertThat(peer.authority()).isEqualTo(ROOT.certificate());
        }
    }

    @Test
    void verify_longestChainAllowed_accepted() {
        JUDGE.accepts(intermediates(ROOT, 9).leaf(ID));
    }

    @Test
    void verify_rootPresentedToo_accepted() {
        Leaf leaf = intermediates(ROOT, 1).leaf(ID);
        List<X509Certificate> withRoot = new ArrayList<>(leaf.chain());
        withRoot.add(ROOT.certificate());
        assertThat(JUDGE.accepts(withRoot).path()).isEqualTo(leaf.chain());
    }

    @Test
    void verify_strangersPresentedToo_accepted() {
        Leaf leaf = intermediates(ROOT, 1).leaf(ID);
        List<X509Certificate> chain = new ArrayList<>(leaf.chain());
        chain.add(1, TestCa.root("b.test").certificate());
        chain.add(ROOT.intermediate().certificate());
        assertThat(JUDGE.accepts(chain).path()).isEqualTo(leaf.chain());
    }

    @Test
    void verify_intermediateMissing_isUnknownAuthority() {
        JUDGE.refuses(intermediates(ROOT, 2).leaf(ID).withIntermediates(), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_intermediateAsAuthority_accepted() {
        TestCa intermediate = ROOT.intermediate();
        VerifiedPeer peer = Judge.of(intermediate).accepts(intermediate.leaf(ID));
        assertThat(peer.path()).hasSize(1);
        assertThat(peer.authority()).isEqualTo(intermediate.certificate());
    }

    @Test
    void verify_leafAndIntermediateOfARootThatIsNoAuthority_refusedForASisterIntermediate() {
        Judge.of(ROOT.intermediate()).refuses(ROOT.intermediate().leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_presentedRootThatIsNoAuthority_isNotTrustedForBeingPresented() {
        TestCa unknown = TestCa.root("a.test");
        JUDGE.refuses(unknown.leaf(ID).withIntermediates(unknown.certificate()), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_crossSignedIntermediate_leadsToWhicheverRootIsTrusted() {
        TestCa second = TestCa.root("a.test", spec -> spec.subject("CN=Second root"));
        TestCa intermediate = ROOT.intermediate();
        TestCa crossSigned = intermediate.crossSignedBy(second, spec -> {});
        Leaf leaf = intermediate.leaf(ID).withIntermediates(intermediate.certificate(), crossSigned.certificate());
        assertThat(JUDGE.accepts(leaf).authority()).isEqualTo(ROOT.certificate());
        assertThat(Judge.of(second).accepts(leaf).authority()).isEqualTo(second.certificate());
    }

    @Test
    void verify_crossSignedRoot_bridgesARotation() {
        // The new root, certified by the old one, for those that know the old one only.
        TestCa newRoot = TestCa.root("a.test", spec -> spec.subject("CN=New root"));
        X509Certificate bridge = newRoot.crossSignedBy(ROOT, spec -> {}).certificate();
        Leaf leaf = newRoot.leaf(ID).withIntermediates(bridge);
        assertThat(JUDGE.accepts(leaf).path()).hasSize(2);
        assertThat(Judge.of(newRoot).accepts(leaf).path()).hasSize(1);
    }

    @Test
    void verify_twoAuthoritiesOfOneName_eitherIsFound() {
        TestCa next = TestCa.root("a.test");
        Judge both = Judge.of(TestCa.bundleOf("a.test", ROOT.certificate(), next.certificate()));
        assertThat(both.accepts(ROOT.leaf(ID)).authority()).isEqualTo(ROOT.certificate());
        assertThat(both.accepts(next.leaf(ID)).authority()).isEqualTo(next.certificate());
        assertThat(both.accepts(next.leaf(ID, TestCa.Spec::noKeyIdentifiers)).authority())
                .isEqualTo(next.certificate());
    }

    @Test
    void verify_authorityCertifiedAnewWithAnotherKeyIdentifier_isFoundByItsKey() {
        // Go went from SHA-1 to SHA-256 identifiers: the leaf names the old one.
        TestCa renewed = TestCa.root(
                "a.test",
                spec -> spec.keys(ROOT.keys())
                        .noKeyIdentifiers()
                        .extension("2.5.29.14", false, new byte[] {0x04, 0x04, 1, 2, 3, 4}));
        assertThat(Judge.of(renewed).accepts(ROOT.leaf(ID)).authority()).isEqualTo(renewed.certificate());
    }

    @Test
    void verify_unreadableKeyIdentifiers_areNoHint() {
        JUDGE.accepts(ROOT.leaf(
                ID, spec -> spec.noKeyIdentifiers().extension("2.5.29.35", false, new byte[] {0x30, (byte) 0x84, 1})));
    }

    @Test
    void verify_expiredAuthority_refused() {
        TestCa expired = TestCa.root("a.test", spec -> spec.validity(ago(1000), ago(1)));
        Judge.of(expired).refuses(expired.leaf(ID), FailureReason.EXPIRED);
    }

    @Test
    void verify_authorityNotValidYet_refused() {
        TestCa early =
                TestCa.root("a.test", spec -> spec.notBefore(Instant.now().plusSeconds(600)));
        Judge.of(early).refuses(early.leaf(ID), FailureReason.NOT_YET_VALID);
    }

    @Test
    void verify_expiredAuthorityRenewedWithItsKey_acceptedInWhicheverOrder() {
        TestCa expired = TestCa.root("a.test", spec -> spec.validity(ago(1000), ago(1)));
        TestCa renewed = TestCa.root("a.test", spec -> spec.keys(expired.keys()));
        Leaf leaf = expired.leaf(ID);
        Judge.of(TestCa.bundleOf("a.test", expired.certificate(), renewed.certificate()))
                .accepts(leaf);
        Judge.of(TestCa.bundleOf("a.test", renewed.certificate(), expired.certificate()))
                .accepts(leaf);
    }

    @Test
    void verify_expiredIntermediateBesideAValidOne_accepted() {
        TestCa valid = ROOT.intermediate();
        X509Certificate expired = valid.crossSignedBy(ROOT, spec -> spec.validity(ago(1000), ago(1)))
                .certificate();
        Leaf leaf = valid.leaf(ID);
        JUDGE.accepts(leaf.withIntermediates(expired, valid.certificate()));
        JUDGE.accepts(leaf.withIntermediates(valid.certificate(), expired));
        JUDGE.refuses(leaf.withIntermediates(expired), FailureReason.EXPIRED);
    }

    @Test
    void verify_badIntermediateBesideAGoodOne_accepted() {
        TestCa good = ROOT.intermediate();
        X509Certificate otherDomain =
                good.crossSignedBy(ROOT, spec -> spec.uris("spiffe://b.test")).certificate();
        X509Certificate constrained =
                good.crossSignedBy(ROOT, spec -> spec.permittedUris("b.test")).certificate();
        JUDGE.accepts(good.leaf(ID).withIntermediates(otherDomain, constrained, good.certificate()));
    }

    @Test
    void verify_validUntil_isTheEarliestEndOfThePath() {
        Instant soon = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 100);
        TestCa early = ROOT.intermediate(spec -> spec.notAfter(soon));
        assertThat(JUDGE.accepts(early.leaf(ID)).validUntil()).isEqualTo(soon);
        TestCa earlyRoot = TestCa.root("a.test", spec -> spec.notAfter(soon));
        assertThat(Judge.of(earlyRoot).accepts(earlyRoot.leaf(ID)).validUntil()).isEqualTo(soon);
        assertThat(JUDGE.accepts(ROOT.leaf(ID, spec -> spec.notAfter(soon))).validUntil())
                .isEqualTo(soon);
    }

    @Test
    void verify_pathLengthOfAnIntermediate_holds() {
        TestCa limited = ROOT.intermediate(spec -> spec.pathLength(1));
        JUDGE.accepts(intermediates(limited, 1).leaf(ID));
        JUDGE.refuses(intermediates(limited, 2).leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_pathLengthOfTheAuthority_holds() {
        TestCa limited = TestCa.root("a.test", spec -> spec.pathLength(1));
        Judge judge = Judge.of(limited);
        judge.accepts(intermediates(limited, 1).leaf(ID));
        judge.refuses(intermediates(limited, 2).leaf(ID), FailureReason.INVALID_PATH);
        TestCa none = TestCa.root("a.test", spec -> spec.pathLength(0));
        Judge.of(none).accepts(none.leaf(ID));
        Judge.of(none).refuses(intermediates(none, 1).leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_pathLengthOfAnIntermediateThatIsTheAuthority_holds() {
        TestCa limited = ROOT.intermediate(spec -> spec.pathLength(0));
        Judge.of(limited).accepts(limited.leaf(ID));
        Judge.of(limited).refuses(intermediates(limited, 1).leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_selfIssuedIntermediate_doesNotCountForThePathLength() {
        TestCa limited = TestCa.root("a.test", spec -> spec.pathLength(1));
        X500Name name = X500Name.getInstance(
                limited.certificate().getSubjectX500Principal().getEncoded());
        // The authority certifies its own next key.
        TestCa nextKey = limited.intermediate(spec -> spec.subject(name));
        Judge judge = Judge.of(limited);
        judge.accepts(intermediates(nextKey, 1).leaf(ID));
        judge.refuses(intermediates(nextKey, 2).leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_leafThatSignsALeaf_refused() {
        // A workload's own key and certificate, used as if it were a CA's.
        TestCa workload = ROOT.intermediate(
                spec -> spec.ca(false).keyUsage(KeyUsage.digitalSignature).uris("spiffe://a.test/db"));
        JUDGE.refuses(workload.leaf(ID), FailureReason.INTERMEDIATE_NOT_CA);
    }

    @Test
    void verify_selfSignedLeaf_refused() {
        TestCa self = TestCa.root("a.test", spec -> spec.uris(ID).ca(false).keyUsage(KeyUsage.digitalSignature));
        JUDGE.refuses(List.of(self.certificate()), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_unknownCriticalExtension_refusedWhereverItIs() {
        JUDGE.refuses(ROOT.leaf(ID, TestCa.Spec::unknownCriticalExtension), FailureReason.INVALID_PATH);
        JUDGE.refuses(ROOT.intermediate(TestCa.Spec::unknownCriticalExtension).leaf(ID), FailureReason.INVALID_PATH);
        TestCa odd = TestCa.root("a.test", TestCa.Spec::unknownCriticalExtension);
        Judge.of(odd).refuses(odd.leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_unknownExtensionThatIsNotCritical_accepted() {
        byte[] content = {0x05, 0x00};
        TestCa root = TestCa.root("a.test", spec -> spec.extension("1.3.6.1.4.1.99999.1", false, content));
        TestCa intermediate = root.intermediate(spec -> spec.extension("1.3.6.1.4.1.99999.1", false, content));
        Judge.of(root).accepts(intermediate.leaf(ID, spec -> spec.extension("1.3.6.1.4.1.99999.1", false, content)));
    }

    @Test
    void verify_policies_areOfNoConsequenceUnlessACaDemandsThem() {
        // Certificate policies {1.2.3}; inhibit any policy, 0; policy constraints, explicit policy 0.
        byte[] policies = HexFormat.of().parseHex("3006300406022a03");
        byte[] inhibited = HexFormat.of().parseHex("020100");
        byte[] demanded = HexFormat.of().parseHex("3003800100");
        TestCa root = TestCa.root("a.test", spec -> spec.extension("2.5.29.32", true, policies));
        Judge judge = Judge.of(root);
        TestCa intermediate = root.intermediate(
                spec -> spec.extension("2.5.29.32", true, policies).extension("2.5.29.54", true, inhibited));
        judge.accepts(intermediate.leaf(ID));
        // By itself this CA is in order; it is the leaf below that lacks the policy.
        judge.refuses(
                intermediate
                        .intermediate(spec ->
                                spec.extension("2.5.29.32", true, policies).extension("2.5.29.36", true, demanded))
                        .leaf(ID),
                FailureReason.INVALID_PATH);
        judge.refuses(
                intermediate.leaf(ID, spec -> spec.extension("2.5.29.36", false, demanded)),
                FailureReason.INVALID_PATH);
    }

    @Test
    void verify_criticalExtendedKeyUsage_isUnderstood() {
        TestCa root = TestCa.root(
                "a.test",
                spec -> spec.extendedKeyUsage(SERVER_AUTH, CLIENT_AUTH).extendedKeyUsageCritical(true));
        TestCa intermediate =
                root.intermediate(spec -> spec.extendedKeyUsage(ANY).extendedKeyUsageCritical(true));
        Judge.of(root).accepts(intermediate.leaf(ID, spec -> spec.extendedKeyUsageCritical(true)));
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER_AUTH, CLIENT_AUTH, "1.3.6.1.5.5.7.3.3"})
    void verify_extendedKeyUsageOfASigningCertificateForLessThanBoth_refused(String purpose) {
        JUDGE.refuses(ROOT.intermediate(spec -> spec.extendedKeyUsage(purpose)).leaf(ID), FailureReason.INVALID_PATH);
        TestCa root = TestCa.root("a.test", spec -> spec.extendedKeyUsage(purpose));
        Judge.of(root).refuses(root.leaf(ID), FailureReason.INVALID_PATH);
    }

    @Test
    void verify_extendedKeyUsageOfASigningCertificateThatCannotBeParsed_refused() {
        JUDGE.refuses(
                ROOT.intermediate(spec -> spec.extension("2.5.29.37", false, new byte[] {0x05, 0x00}))
                        .leaf(ID),
                FailureReason.MALFORMED_CERTIFICATE);
    }

    @Test
    void verify_leafForAnyPurposeOrWithoutOne_accepted() {
        JUDGE.accepts(ROOT.leaf(ID, spec -> spec.extendedKeyUsage(ANY)));
        JUDGE.accepts(ROOT.leaf(ID, spec -> spec.extendedKeyUsage()));
    }

    @Test
    void verify_keyUsageThatIsNotCritical_isReadAllTheSame() {
        JUDGE.accepts(ROOT.leaf(ID, spec -> spec.keyUsageCritical(false)));
        JUDGE.refuses(
                ROOT.leaf(ID, spec -> spec.keyUsageCritical(false).keyUsage(KeyUsage.keyCertSign)),
                FailureReason.LEAF_MAY_SIGN_CERTIFICATES);
    }

    @Test
    void verify_keyUsageThatCannotBeParsed_countsAsNone() {
        JUDGE.refuses(
                ROOT.leaf(ID, spec -> spec.noKeyUsage().extension("2.5.29.15", false, new byte[] {0x05, 0x00})),
                FailureReason.LEAF_WITHOUT_KEY_USAGE);
    }

    @Test
    void verify_authorityWithoutKeyUsage_accepted() {
        TestCa root = TestCa.root("a.test", TestCa.Spec::noKeyUsage);
        Judge.of(root).accepts(root.leaf(ID));
    }

    @Test
    void verify_signingCertificateWithoutSpiffeId_accepted() {
        TestCa root = TestCa.root("a.test", TestCa.Spec::uris);
        Judge.of(root)
                .accepts(root.intermediate(spec -> spec.uris("https://ca.example/"))
                        .leaf(ID));
    }

    @Test
    void verify_weakOldAuthorityOfTheSameName_isNotBlamed() {
        TestCa weak = TestCa.root("a.test", spec -> spec.keyType(TestCa.KeyType.RSA_1024));
        Judge both = Judge.of(TestCa.bundleOf("a.test", weak.certificate(), ROOT.certificate()));
        both.accepts(ROOT.leaf(ID));
        both.refuses(TestCa.root("a.test").leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_authorityObjectOfAnotherMaker_isReadFromItsBytes() throws Exception {
        X509Certificate other = TestCa.root("a.test").certificate();
        X509Certificate claims = new ForeignCertificate(ROOT.certificate(), other.getEncoded());
        assertThat(TestCa.bundleOf("a.test", claims).authorities()).containsExactly(other);
        Judge.of(TestCa.bundleOf("a.test", claims)).refuses(ROOT.leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void verify_bundleOfAnotherTrustDomain_isNotLookedAt() {
        TestCa other = TestCa.root("b.test");
        Judge judge = Judge.of(ROOT, other);
        judge.refuses(other.leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
        judge.refuses(ROOT.leaf("spiffe://b.test/api"), FailureReason.UNKNOWN_AUTHORITY);
        judge.accepts(other.leaf("spiffe://b.test/api"));
    }

    @Test
    void verify_addressesInCertificates_areNotContacted() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            GeneralName url = new GeneralName(
                    GeneralName.uniformResourceIdentifier, "http://127.0.0.1:" + server.getLocalPort() + "/");
            byte[] crl = new CRLDistPoint(new DistributionPoint[] {
                        new DistributionPoint(new DistributionPointName(new GeneralNames(url)), null, null)
                    })
                    .getEncoded();
            byte[] access = new AuthorityInformationAccess(new AccessDescription[] {
                        new AccessDescription(AccessDescription.id_ad_caIssuers, url),
                        new AccessDescription(AccessDescription.id_ad_ocsp, url)
                    })
                    .getEncoded();
            TestCa intermediate = ROOT.intermediate(
                    spec -> spec.extension("2.5.29.31", false, crl).extension("1.3.6.1.5.5.7.1.1", false, access));
            Leaf leaf = intermediate.leaf(
                    ID, spec -> spec.extension("2.5.29.31", false, crl).extension("1.3.6.1.5.5.7.1.1", false, access));
            JUDGE.accepts(leaf);
            JUDGE.refuses(leaf.withIntermediates(), FailureReason.UNKNOWN_AUTHORITY);
            server.setSoTimeout(1);
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
        }
    }
}
