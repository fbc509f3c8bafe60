package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.failure.FailureReason;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.Leaf;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

class RevocationTest {
    private static final String ID = "spiffe://a.test/api";
    private static final TestCa ROOT = TestCa.root("a.test");
    private static final TestCa INTERMEDIATE = ROOT.intermediate();
    private static final Leaf LEAF = INTERMEDIATE.leaf(ID);

    private static Judge with(X509CRL... crls) {
        return Judge.of(Arrays.asList(crls), ROOT.bundle());
    }

    private static Instant in(long seconds) {
        return Instant.now().plusSeconds(seconds);
    }

    @Test
    void verify_noCrl_accepted() {
        with().accepts(LEAF);
    }

    @Test
    void verify_freshCrlsThatListOthers_accepted() {
        with(INTERMEDIATE.crl(INTERMEDIATE.leaf(ID).certificate()), ROOT.crl()).accepts(LEAF);
    }

    @Test
    void verify_crlOfOneIssuerOnly_isEnoughForTheOther() {
        with(INTERMEDIATE.crl()).accepts(LEAF);
        with(ROOT.crl()).accepts(LEAF);
    }

    @Test
    void verify_revokedLeaf_refused() {
        assertThat(with(INTERMEDIATE.crl(LEAF.certificate()))
                        .refuses(LEAF, FailureReason.REVOKED)
                        .getMessage())
                .contains(LEAF.certificate().getSerialNumber().toString(16));
    }

    @Test
    void verify_revokedIntermediate_refused() {
        with(ROOT.crl(INTERMEDIATE.certificate()), INTERMEDIATE.crl()).refuses(LEAF, FailureReason.REVOKED);
    }

    @Test
    void verify_revokedForWhateverReason_refused() {
        for (int reason : new int[] {1, 4, 6}) {
            X509CRL crl =
                    INTERMEDIATE.crl(spec -> spec.revoke(LEAF.certificate().getSerialNumber(), in(-60), reason));
            with(crl).refuses(LEAF, FailureReason.REVOKED);
        }
    }

    @Test
    void verify_revokedFromALaterDateOn_refusedAlready() {
        X509CRL crl = INTERMEDIATE.crl(spec -> spec.revoke(LEAF.certificate().getSerialNumber(), in(600), 0));
        with(crl).refuses(LEAF, FailureReason.REVOKED);
    }

    @Test
    void verify_otherPathAroundARevokedIntermediate_accepted() {
        TestCa second = INTERMEDIATE.crossSignedBy(ROOT, spec -> {});
        Leaf leaf = LEAF.withIntermediates(INTERMEDIATE.certificate(), second.certificate());
        with(ROOT.crl(INTERMEDIATE.certificate())).accepts(leaf);
        with(ROOT.crl(INTERMEDIATE.certificate(), second.certificate())).refuses(leaf, FailureReason.REVOKED);
    }

    @Test
    void verify_crlOfAnotherAuthorityOfTheSameName_isIgnored() {
        // SPIRE gives its CAs one name in all trust domains; serial numbers of two of them have nothing to do with each
        // other.
        TestCa other = TestCa.root("b.test", spec -> spec.subject("CN=Same"));
        TestCa same = TestCa.root("a.test", spec -> spec.subject("CN=Same"));
        Leaf leaf = same.leaf(ID, spec -> spec.serial(7));
        X509CRL crl = other.crl(spec -> spec.revoke(leaf.certificate().getSerialNumber()));
        assertThat(crl.getIssuerX500Principal()).isEqualTo(leaf.certificate().getIssuerX500Principal());
        Judge.of(List.of(crl), same.bundle(), other.bundle()).accepts(leaf);
        X509CRL stale = other.crl(spec -> spec.nextUpdate(in(-1)));
        Judge.of(List.of(stale), same.bundle(), other.bundle()).accepts(leaf);
        X509CRL own = same.crl(spec -> spec.revoke(leaf.certificate().getSerialNumber()));
        Judge.of(List.of(crl, own), same.bundle(), other.bundle()).refuses(leaf, FailureReason.REVOKED);
    }

    @Test
    void verify_crlInTheNameOfAnIssuerSignedByAnotherKind_isIgnored() {
        TestCa rsa = TestCa.root(
                "b.test", spec -> spec.keyType(TestCa.KeyType.RSA_2048).subject("CN=Same"));
        TestCa same = TestCa.root("a.test", spec -> spec.subject("CN=Same"));
        Judge.of(List.of(rsa.crl()), same.bundle()).accepts(same.leaf(ID));
    }

    @Test
    void verify_staleCrl_isUnknown() {
        X509CRL crl = INTERMEDIATE.crl(
                spec -> spec.nextUpdate(Instant.ofEpochSecond(Instant.now().getEpochSecond() + 60)));
        Judge judge = with(crl);
        Instant end = crl.getNextUpdate().toInstant();
        judge.at(end).accepts(LEAF);
        judge.at(end.plusMillis(1)).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_staleCrlOfTheAuthority_isUnknown() {
        with(ROOT.crl(spec -> spec.nextUpdate(in(-1)))).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_endlessCrl_isUnknown() {
        with(INTERMEDIATE.crl(spec -> spec.nextUpdate(null))).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_crlOfTheFuture_isUnknownBeyondTheTolerance() {
        with(INTERMEDIATE.crl(spec -> spec.thisUpdate(in(50)))).accepts(LEAF);
        with(INTERMEDIATE.crl(spec -> spec.thisUpdate(in(120)))).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_staleCrlThatListsIt_isRevoked() {
        X509CRL crl = INTERMEDIATE.crl(
                spec -> spec.nextUpdate(in(-1)).revoke(LEAF.certificate().getSerialNumber()));
        with(crl).refuses(LEAF, FailureReason.REVOKED);
    }

    @Test
    void verify_staleCrlBesideAFreshOne_isSuperseded() {
        X509CRL stale = INTERMEDIATE.crl(spec -> spec.nextUpdate(in(-1)));
        X509CRL fresh = INTERMEDIATE.crl(spec -> spec.number(2L));
        with(stale, fresh).accepts(LEAF);
        with(fresh, stale).accepts(LEAF);
        X509CRL listed = INTERMEDIATE.crl(
                spec -> spec.nextUpdate(in(-1)).revoke(LEAF.certificate().getSerialNumber()));
        with(fresh, listed).refuses(LEAF, FailureReason.REVOKED);
    }

    @Test
    void verify_deltaCrl_isNotIgnored() {
        X509CRL delta = INTERMEDIATE.crl(spec -> spec.number(2L).delta(1));
        with(delta).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        // Not even beside a complete one: it is there to say more.
        with(INTERMEDIATE.crl(), delta).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        with(INTERMEDIATE.crl(spec -> spec.extension("2.5.29.27", false, new byte[] {2, 1, 1})))
                .refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_partialOrIndirectCrl_isNotIgnored() {
        with(INTERMEDIATE.crl(TestCa.CrlSpec::indirect)).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        with(INTERMEDIATE.crl(TestCa.CrlSpec::onlyUserCertificates)).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        with(INTERMEDIATE.crl(TestCa.CrlSpec::onlyCaCertificates)).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        GeneralName url = new GeneralName(GeneralName.uniformResourceIdentifier, "http://a.test/crl");
        IssuingDistributionPoint point = new IssuingDistributionPoint(
                new DistributionPointName(new GeneralNames(url)), false, false, null, false, false);
        with(INTERMEDIATE.crl(spec -> spec.distributionPoint(point))).refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        with(INTERMEDIATE.crl(spec -> spec.extension("2.5.29.28", false, new byte[] {0x30, 0})))
                .refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_partialCrlThatListsIt_isRevoked() {
        X509CRL crl = INTERMEDIATE.crl(
                spec -> spec.onlyUserCertificates().revoke(LEAF.certificate().getSerialNumber()));
        with(crl).refuses(LEAF, FailureReason.REVOKED);
    }

    @Test
    void verify_crlWithAnUnknownCriticalExtension_isUnknown() {
        with(INTERMEDIATE.crl(spec -> spec.extension("1.3.6.1.4.1.99999.1", true, new byte[] {5, 0})))
                .refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
        with(INTERMEDIATE.crl(spec -> spec.extension("1.3.6.1.4.1.99999.1", false, new byte[] {5, 0})))
                .accepts(LEAF);
    }

    @Test
    void verify_crlOfAnIssuerThatMayNotSignCrls_isUnknown() {
        TestCa noCrls = ROOT.intermediate(spec -> spec.keyUsage(KeyUsage.keyCertSign));
        Leaf leaf = noCrls.leaf(ID);
        with().accepts(leaf);
        with(noCrls.crl()).refuses(leaf, FailureReason.REVOCATION_UNKNOWN);
        with(noCrls.crl(leaf.certificate())).refuses(leaf, FailureReason.REVOKED);
    }

    @Test
    void verify_crlWithAWeakDigest_isUnknown() {
        with(INTERMEDIATE.crl(spec -> spec.signatureAlgorithm("SHA1withECDSA")))
                .refuses(LEAF, FailureReason.REVOCATION_UNKNOWN);
    }

    @Test
    void verify_crlOfACaThatIsNotOnThePath_isIgnored() {
        TestCa sister = ROOT.intermediate();
        with(sister.crl(spec -> spec.revoke(LEAF.certificate().getSerialNumber())))
                .accepts(LEAF);
    }

    @Test
    void verify_crossSignedIssuer_isTheSameIssuer() {
        // One name, one key, two certificates: one CRL.
        TestCa other = TestCa.root("a.test", spec -> spec.subject("CN=Other root"));
        TestCa crossSigned = INTERMEDIATE.crossSignedBy(other, spec -> {});
        Judge judge = Judge.of(List.of(INTERMEDIATE.crl(LEAF.certificate())), other.bundle());
        judge.refuses(LEAF.withIntermediates(crossSigned.certificate()), FailureReason.REVOKED);
    }
}
