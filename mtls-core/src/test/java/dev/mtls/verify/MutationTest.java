package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mtls.failure.PeerVerificationException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.internal.pem.Certificates;
import dev.mtls.testkit.TestCa;
import dev.mtls.trust.X509Bundle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;

/**
 * Right chains with one byte changed, left out or added, thousands of them and always the same: each is refused in the one way that
 * there is, or it is accepted and what was signed is what it was.
 */
class MutationTest {
    private static final String ID = "spiffe://a.test/ns/pay/sa/api";
    private static final int MUTATIONS = 1000;

    private final Random random = new Random(20260301);
    private final TestCa root = TestCa.root("a.test", spec -> spec.pathLength(2).permittedUris("a.test", ".a.test"));
    private final TestCa intermediate =
            root.intermediate(spec -> spec.pathLength(0).permittedUris("a.test").excludedUris("b.test"));
    private final TestCa.Leaf leaf = intermediate.leaf(
            ID, spec -> spec.dns("api.a.test").san(new GeneralName(GeneralName.iPAddress, "10.0.0.1")));
    private final X509CRL crl = intermediate.crl(intermediate.leaf(ID).certificate());

    private byte[] mutate(byte[] der) {
        int at = random.nextInt(der.length);
        switch (random.nextInt(5)) {
            case 0:
                return without(der, at);
            case 1:
                byte[] longer = Arrays.copyOf(der, der.length + 1);
                System.arraycopy(der, at, longer, at + 1, der.length - at);
                return longer;
            case 2:
                return changed(der, at, (byte) random.nextInt(256));
            default:
                return changed(der, at, (byte) (der[at] ^ (1 << random.nextInt(8))));
        }
    }

    private static byte[] without(byte[] der, int at) {
        byte[] shorter = Arrays.copyOf(der, der.length - 1);
        System.arraycopy(der, at + 1, shorter, at, shorter.length - at);
        return shorter;
    }

    private static byte[] changed(byte[] der, int at, byte value) {
        byte[] changed = der.clone();
        changed[at] = value;
        return changed;
    }

    private void judge(Judge judge, List<X509Certificate> chain) throws CertificateEncodingException {
        Throwable thrown = catchThrowable(() -> accepted(judge.verify(chain)));
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(PeerVerificationException.class);
        }
    }

    private void accepted(VerifiedPeer peer) throws CertificateEncodingException {
        assertThat(peer.id()).hasToString(ID);
        assertThat(peer.path()).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(peer.path().get(i).getTBSCertificate())
                    .isEqualTo(leaf.chain().get(i).getTBSCertificate());
        }
    }

    @Test
    void verify_presentedCertificatesMutated_refusedOrTheSame() throws CertificateEncodingException {
        Judge judge = Judge.of(List.of(crl), root.bundle());
        accepted(judge.accepts(leaf));
        for (int i = 0; i < MUTATIONS; i++) {
            List<X509Certificate> chain = new ArrayList<>(leaf.chain());
            X509Certificate original = chain.get(i % 2);
            chain.set(i % 2, new ForeignCertificate(original, mutate(original.getEncoded())));
            judge(judge, chain);
        }
    }

    @Test
    void verify_mutatedAndSignedAllTheSame_neverThrowsAnythingElse() throws Exception {
        // Past the signature, to the rules about what is in a certificate.
        Judge judge = Judge.of(List.of(crl), root.bundle());
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            List<X509Certificate> chain = new ArrayList<>(leaf.chain());
            X509Certificate original = chain.get(i % 2);
            PrivateKey signer = (i % 2 == 0 ? intermediate : root).keys().getPrivate();
            byte[] resigned = signed(mutate(original.getTBSCertificate()), signer);
            chain.set(i % 2, new ForeignCertificate(original, resigned));
            Throwable thrown = catchThrowable(() -> judge.verify(chain));
            if (thrown == null) {
                accepted++;
                assertThat(judge.verify(chain).id().trustDomain()).hasToString("a.test");
            } else {
                assertThat(thrown).isInstanceOf(PeerVerificationException.class);
            }
        }
        assertThat(accepted).isPositive();
    }

    private static byte[] signed(byte[] toBeSigned, PrivateKey key) throws GeneralSecurityException, IOException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(toBeSigned);
        byte[] rest = new DERSequence(new ASN1Encodable[] {
                    new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256), new DERBitString(signature.sign())
                })
                .getEncoded();
        byte[] content = Arrays.copyOfRange(rest, 2, rest.length);
        int length = toBeSigned.length + content.length;
        ByteArrayOutputStream certificate = new ByteArrayOutputStream();
        certificate.write(0x30);
        certificate.write(0x82);
        certificate.write(length >> 8);
        certificate.write(length);
        certificate.writeBytes(toBeSigned);
        certificate.writeBytes(content);
        return certificate.toByteArray();
    }

    @Test
    void verify_authorityMutated_rejectedOrRefusedOrTheSame() throws CertificateEncodingException {
        int bundles = 0;
        for (int i = 0; i < MUTATIONS / 2; i++) {
            X509Bundle bundle;
            try {
                bundle = X509Bundle.parse(
                        TestCa.id(ID).trustDomain(), mutate(root.certificate().getEncoded()));
            } catch (SvidRejectedException e) {
                continue;
            }
            bundles++;
            judge(Judge.of(bundle), leaf.chain());
        }
        assertThat(bundles).isPositive();
    }

    @Test
    void verify_crlMutated_rejectedOrRefusedOrTheSame() throws Exception {
        int lists = 0;
        for (int i = 0; i < MUTATIONS / 2; i++) {
            List<X509CRL> crls;
            try {
                crls = Certificates.parseCrls(mutate(crl.getEncoded()), "crl");
            } catch (SvidRejectedException e) {
                continue;
            }
            lists++;
            judge(Judge.of(crls, root.bundle()), leaf.chain());
        }
        assertThat(lists).isPositive();
    }
}
