package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SigningRequestTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("a");

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority authority = CertificateAuthority.create(TRUST_DOMAIN, clock);
    private final KeyPair keys = KeyType.EC_P256.generate();

    private byte[] csr(GeneralName... names) throws Exception {
        return csr(keys, keys.getPrivate(), "SHA256withECDSA", names);
    }

    /** Asks for whatever an attacker might: to be a CA, too. */
    private static byte[] csr(KeyPair keys, PrivateKey signer, String algorithm, GeneralName... names)
            throws Exception {
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
        if (names.length > 0) {
            extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        return new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=spiffe://example.org/admin"), keys.getPublic())
                .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
                .build(new JcaContentSignerBuilder(algorithm).build(signer))
                .getEncoded();
    }

    private static GeneralName uri(String uri) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void sign_keyOfAnySupportedType_svidOfThatKey(KeyType keyType) throws Exception {
        KeyPair pair = keyType.generate();
        String algorithm = KeyType.signatureAlgorithm(pair.getPublic()).orElseThrow();

        List<X509Certificate> chain = authority.sign(csr(pair, pair.getPrivate(), algorithm), SvidRequest.of(ID));

        X509Svid svid = X509Svid.of(chain, pair.getPrivate(), clock);
        assertThat(svid.id()).isEqualTo(ID);
        Paths.validate(svid, authority.bundle(), START);
    }

    @Test
    void sign_requestAsPem_accepted() throws Exception {
        byte[] pem = PemFiles.encode("CERTIFICATE REQUEST", List.of(csr()));

        assertThat(authority.sign(pem, SvidRequest.of(ID))).hasSize(1);
    }

    @Test
    void sign_belowIntermediate_chainWithIntermediate() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));

        assertThat(intermediate.sign(csr(), SvidRequest.of(ID))).hasSize(2).contains(intermediate.certificate());
    }

    @Test
    void sign_requestAsksForMore_notGranted() throws Exception {
        GeneralName dns = new GeneralName(GeneralName.dNSName, "admin.example.org");

        X509Certificate leaf = authority
                .sign(csr(dns), SvidRequest.of(ID).withDnsNames("mine").withTtl(Duration.ofMinutes(1)))
                .get(0);

        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getKeyUsage()[5]).isFalse();
        assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, ID.toString()), List.of(2, "mine"));
        assertThat(leaf.getNotAfter().toInstant()).isEqualTo(START.plusSeconds(60));
    }

    @Test
    void sign_uriSanIsTheId_accepted() throws Exception {
        assertThat(authority.sign(csr(uri(ID.toString())), SvidRequest.of(ID))).hasSize(1);
    }

    @Test
    void sign_uriSanIsAnotherId_rejected() throws Exception {
        byte[] csr = csr(uri("spiffe://example.org/admin"));

        assertRejected(csr, FailureReason.UNEXPECTED_IDENTITY);
    }

    @Test
    void sign_idAndAnotherUriSan_rejected() throws Exception {
        byte[] csr = csr(uri(ID.toString()), uri("https://example.org/"));

        assertRejected(csr, FailureReason.UNEXPECTED_IDENTITY);
    }

    @Test
    void sign_signedByAnotherKey_rejected() throws Exception {
        byte[] csr = csr(keys, KeyType.EC_P256.generate().getPrivate(), "SHA256withECDSA");

        assertRejected(csr, FailureReason.MALFORMED_CSR);
    }

    @Test
    void sign_signedByAnotherKindOfKey_rejected() throws Exception {
        byte[] csr = csr(keys, KeyType.RSA_2048.generate().getPrivate(), "SHA256withRSA");

        assertRejected(csr, FailureReason.MALFORMED_CSR);
    }

    @Test
    void sign_anyByteChanged_noOtherKeyAndNothingButRejections() throws Exception {
        byte[] csr = csr(uri(ID.toString()));
        int accepted = 0;
        for (int i = 0; i < csr.length; i++) {
            byte[] changed = csr.clone();
            changed[i] ^= 0x01;
            try {
                // Bytes with the same meaning, such as another TRUE, leave the request as it was.
                X509Certificate leaf =
                        authority.sign(changed, SvidRequest.of(ID)).get(0);
                assertThat(leaf.getPublicKey()).as("byte " + i).isEqualTo(keys.getPublic());
                accepted++;
            } catch (SvidRejectedException e) {
                assertThat(e.reason())
                        .as("byte " + i)
                        .isIn(
                                FailureReason.MALFORMED_CSR,
                                FailureReason.UNSUPPORTED_ALGORITHM,
                                FailureReason.UNEXPECTED_IDENTITY);
            }
        }
        assertThat(accepted).isLessThan(5);
    }

    @Test
    void sign_noRequest_rejected() throws Exception {
        assertRejected(new byte[0], FailureReason.MALFORMED_CSR);
        assertRejected("hello".getBytes(StandardCharsets.US_ASCII), FailureReason.MALFORMED_CSR);
        assertRejected(Arrays.copyOf(csr(), 100), FailureReason.MALFORMED_CSR);
        assertRejected(authority.certificate().getEncoded(), FailureReason.MALFORMED_CSR);
        assertRejected(
                PemFiles.encode("CERTIFICATE", List.of(authority.certificate().getEncoded())),
                FailureReason.MALFORMED_CSR);
        assertRejected(new byte[64 * 1024 + 1], FailureReason.MALFORMED_CSR);
    }

    @Test
    void sign_weakKey_rejected() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        KeyPair weak = rsa.generateKeyPair();
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
        ec.initialize(new ECGenParameterSpec("secp521r1"));
        KeyPair unusual = ec.generateKeyPair();
        KeyPair goldilocks = KeyPairGenerator.getInstance("Ed448").generateKeyPair();

        assertRejected(csr(weak, weak.getPrivate(), "SHA256withRSA"), FailureReason.UNSUPPORTED_ALGORITHM);
        assertRejected(csr(unusual, unusual.getPrivate(), "SHA512withECDSA"), FailureReason.UNSUPPORTED_ALGORITHM);
        assertRejected(csr(goldilocks, goldilocks.getPrivate(), "Ed448"), FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @Test
    void sign_weakSignature_rejected() throws Exception {
        assertRejected(csr(keys, keys.getPrivate(), "SHA1withECDSA"), FailureReason.UNSUPPORTED_ALGORITHM);
    }

    private void assertRejected(byte[] csr, FailureReason reason) {
        assertThatExceptionOfType(SvidRejectedException.class)
                .isThrownBy(() -> authority.sign(csr, SvidRequest.of(ID)))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void sign_idNotIssuedHere_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> authority.sign(csr(), SvidRequest.of(SpiffeId.parse("spiffe://other/a"))));
    }

    @Test
    void sign_keyTypeAsked_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> authority.sign(csr(), SvidRequest.of(ID).withKeyType(KeyType.EC_P256)))
                .withMessageContaining("key type");
    }

    @Test
    void sign_rootExpired_rejected() throws Exception {
        byte[] csr = csr();
        clock.advance(Duration.ofDays(4000));

        assertRejected(csr, FailureReason.EXPIRED);
    }
}
