package dev.mtls.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.testkit.TestCa.KeyType;
import java.math.BigInteger;
import java.security.SignatureException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestCaTest {
    private static final String ID = "spiffe://example.org/a";

    @Test
    void leaf_ofIntermediate_isAnSvid() throws Exception {
        TestCa root = TestCa.root("example.org");
        TestCa intermediate = root.intermediate();
        TestCa.Leaf leaf = intermediate.leaf(ID);

        assertThat(leaf.svid(Clock.systemUTC()).id()).hasToString(ID);
        assertThat(leaf.chain()).hasSize(2);
        leaf.chain().get(0).verify(leaf.chain().get(1).getPublicKey());
        leaf.chain().get(1).verify(root.certificate().getPublicKey());
        assertThat(root.bundle().authorities()).containsExactly(root.certificate());
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void keyType_any_signsAndIsCertified(KeyType type) throws Exception {
        TestCa root = TestCa.root("example.org", spec -> spec.keyType(type));
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.keyType(type));

        assertThat(leaf.certificate().getSubjectAlternativeNames()).containsExactly(List.of(6, ID));
        assertThat(leaf.key().getEncoded()).isNotEmpty();
    }

    @Test
    void spec_everyDetail_isInTheCertificate() throws Exception {
        TestCa root = TestCa.root("example.org");
        X509Certificate minted = root.leaf(
                        ID,
                        spec -> spec.subject("")
                                .uris(ID, "spiffe://example.org/b")
                                .dns("a.example.org")
                                .serial(77)
                                .pathLength(3)
                                .keyUsage(KeyUsage.keyCertSign)
                                .extendedKeyUsage("1.3.6.1.5.5.7.3.1")
                                .permittedUris("example.org")
                                .excludedUris(".example.com")
                                .unknownCriticalExtension())
                .certificate();

        assertThat(minted.getSerialNumber()).isEqualTo(BigInteger.valueOf(77));
        assertThat(minted.getSubjectAlternativeNames()).hasSize(3);
        assertThat(minted.getBasicConstraints()).isEqualTo(3);
        assertThat(minted.getKeyUsage()[5]).isTrue();
        assertThat(minted.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(minted.getCriticalExtensionOIDs()).contains("2.5.29.30", "2.5.29.17", "1.3.6.1.4.1.99999.1");
        X509Certificate bare = root.leaf(
                        ID,
                        spec -> spec.uris()
                                .noBasicConstraints()
                                .noKeyUsage()
                                .extendedKeyUsage()
                                .noKeyIdentifiers())
                .certificate();
        assertThat(bare.getNonCriticalExtensionOIDs()).isNull();
        assertThat(bare.getCriticalExtensionOIDs()).isNull();
    }

    @Test
    void breakSignature_leaf_doesNotVerify() {
        TestCa root = TestCa.root("example.org");
        X509Certificate broken = root.leaf(ID, TestCa.Spec::breakSignature).certificate();

        assertThatThrownBy(() -> broken.verify(root.certificate().getPublicKey()))
                .isInstanceOf(SignatureException.class);
    }

    @Test
    void crossSigned_ca_hasTheSameNameAndKey() throws Exception {
        TestCa old = TestCa.root("example.org");
        TestCa next = TestCa.root("example.org", spec -> spec.subject("CN=next,O=SPIFFE"));
        TestCa cross = next.crossSignedBy(old, spec -> {});

        assertThat(cross.certificate().getSubjectX500Principal())
                .isEqualTo(next.certificate().getSubjectX500Principal());
        next.leaf(ID).certificate().verify(cross.certificate().getPublicKey());
        cross.certificate().verify(old.certificate().getPublicKey());
    }

    @Test
    void crl_plain_revokes() throws Exception {
        TestCa root = TestCa.root("example.org");
        TestCa.Leaf leaf = root.leaf(ID);
        X509CRL crl = root.crl(leaf.certificate());

        crl.verify(root.certificate().getPublicKey());
        assertThat(crl.isRevoked(leaf.certificate())).isTrue();
        assertThat(crl.isRevoked(root.leaf(ID).certificate())).isFalse();
    }

    @Test
    void crl_deltaAndIndirect_saySo() {
        TestCa root = TestCa.root("example.org");
        X509CRL delta = root.crl(spec -> spec.number(8L).delta(7).nextUpdate(null));
        X509CRL indirect = root.crl(spec -> spec.indirect().revokeOf("CN=other", BigInteger.TEN));

        assertThat(delta.getCriticalExtensionOIDs()).containsExactly("2.5.29.27");
        assertThat(delta.getNextUpdate()).isNull();
        assertThat(indirect.getCriticalExtensionOIDs()).containsExactly("2.5.29.28");
        assertThat(indirect.getRevokedCertificates()
                        .iterator()
                        .next()
                        .getCertificateIssuer()
                        .getName())
                .isEqualTo("CN=other");
    }
}
