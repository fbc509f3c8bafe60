package dev.mtls.internal.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrivateKeysTest {
    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "Ed25519", "Ed25519", "Ed25519");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static TestCa.Leaf leaf(KeyPair keys) {
        return new TestCa.Leaf(List.of(), keys.getPrivate());
    }

    private static void assertBelongs(PrivateKey key, PublicKey publicKey) throws Exception {
        String algorithm = SIGNATURES.get(publicKey.getAlgorithm());
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update((byte) 1);
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(publicKey);
        verifier.update((byte) 1);
        assertThat(verifier.verify(signer.sign())).isTrue();
    }

    private static SvidRejectedException rejection(byte[] bytes) {
        SvidRejectedException e =
                catchThrowableOfType(SvidRejectedException.class, () -> PrivateKeys.parse(bytes, "the key"));
        assertThat(e).isNotNull();
        assertThat(e).hasMessageStartingWith("the key: ");
        return e;
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "ED25519"})
    void parse_pkcs8_isTheKey(KeyType type) throws Exception {
        KeyPair keys = TestCa.newKeys(type);

        assertBelongs(PrivateKeys.parse(bytes(leaf(keys).keyPem()), "key"), keys.getPublic());
        assertBelongs(PrivateKeys.parse(leaf(keys).pkcs8(), "key"), keys.getPublic());
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
    void parse_traditional_isTheKey(KeyType type) throws Exception {
        KeyPair keys = TestCa.newKeys(type);

        assertBelongs(PrivateKeys.parse(bytes(leaf(keys).traditionalKeyPem()), "key"), keys.getPublic());
        assertBelongs(PrivateKeys.parse(leaf(keys).traditionalKey(), "key"), keys.getPublic());
    }

    @Test
    void parse_pkcs8WithPublicKey_isTheKey() throws Exception {
        // Version 2 of RFC 5958, as BouncyCastle and rcgen write Ed25519 keys.
        KeyPair keys = TestCa.newKeys(KeyType.ED25519);
        byte[] seed = ((EdECPrivateKey) keys.getPrivate()).getBytes().orElseThrow();
        PrivateKeyInfo info = PrivateKeyInfoFactory.createPrivateKeyInfo(new Ed25519PrivateKeyParameters(seed));
        assertThat(info.hasPublicKey()).isTrue();

        assertBelongs(PrivateKeys.parse(info.getEncoded(), "key"), keys.getPublic());
    }

    @Test
    void parse_ecParametersBefore_arePassedOver() throws Exception {
        // What "openssl ecparam -genkey" writes.
        KeyPair keys = TestCa.newKeys(KeyType.EC_P256);
        String parameters = TestCa.pem(
                "EC PARAMETERS", new byte[] {0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7});

        assertBelongs(PrivateKeys.parse(bytes(parameters + leaf(keys).traditionalKeyPem()), "key"), keys.getPublic());
    }

    @Test
    void parse_noKey_rejected() {
        String certificate = TestCa.pem(TestCa.root("example.org").certificate());

        assertThat(rejection(bytes(certificate)).reason()).isEqualTo(FailureReason.NO_PRIVATE_KEY);
        assertThat(rejection(bytes("no PEM")).reason()).isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
        assertThat(rejection(new byte[0]).reason()).isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
    }

    @Test
    void parse_twoKeys_rejected() {
        String one = leaf(TestCa.newKeys(KeyType.EC_P256)).keyPem();
        String two = leaf(TestCa.newKeys(KeyType.EC_P256)).keyPem();

        assertThat(rejection(bytes(one + two)).reason()).isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
        assertThat(rejection(bytes(one + two))).hasMessageContaining("more than one");
    }

    @Test
    void parse_encrypted_rejectedWithTheRemedy() {
        byte[] key = TestCa.newKeys(KeyType.EC_P256).getPrivate().getEncoded();

        assertThat(rejection(bytes(TestCa.pem("ENCRYPTED PRIVATE KEY", key)))).hasMessageContaining("unencrypted");
        assertThat(
                        rejection(
                                bytes(
                                        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END RSA PRIVATE KEY-----")))
                .hasMessageContaining("no encryption");
    }

    @Test
    void parse_unknownKindOfKey_rejected() {
        byte[] key = TestCa.newKeys(KeyType.EC_P256).getPrivate().getEncoded();

        assertThat(rejection(bytes(TestCa.pem("OPENSSH PRIVATE KEY", key))))
                .hasMessageContaining("OPENSSH PRIVATE KEY");
        assertThat(rejection(TestCa.newKeys(KeyType.DSA_2048).getPrivate().getEncoded())
                        .reason())
                .isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
        assertThat(rejection(TestCa.newKeys(KeyType.ED448).getPrivate().getEncoded())
                        .reason())
                .isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
    }

    @Test
    void parse_sec1WithoutCurve_rejected() throws Exception {
        ASN1EncodableVector bare = new ASN1EncodableVector();
        bare.add(new ASN1Integer(1));
        bare.add(new DEROctetString(new byte[32]));

        assertThat(rejection(new DERSequence(bare).getEncoded())).hasMessageContaining("names no curve");
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "RSA_2048", "ED25519"})
    void parse_damagedAnywhere_isRejectedOrAnotherKey_neverAnythingElse(KeyType type) {
        byte[] key = TestCa.newKeys(type).getPrivate().getEncoded();
        for (int i = 0; i < key.length; i++) {
            byte[] flipped = key.clone();
            flipped[i] ^= (byte) 0x80;
            assertKeyOrRejection(flipped);
            assertKeyOrRejection(Arrays.copyOf(key, i));
        }
    }

    private static void assertKeyOrRejection(byte[] bytes) {
        try {
            assertThat(PrivateKeys.parse(bytes, "the key")).isNotNull();
        } catch (SvidRejectedException e) {
            assertThat(e.getMessage()).startsWith("the key: ");
        }
    }
}
