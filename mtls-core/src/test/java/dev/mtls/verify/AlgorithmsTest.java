package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and signatures, of the leaf and of those above it. */
class AlgorithmsTest {
    private static final String ID = "spiffe://a.test/api";
    private static final TestCa CA = TestCa.root("a.test");
    private static final Judge JUDGE = Judge.of(CA);

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "EC_P521", "RSA_2048", "RSA_3072", "ED25519"})
    void verify_strongKeys_accepted(KeyType type) {
        TestCa root = TestCa.root("a.test", spec -> spec.keyType(type));
        TestCa intermediate = root.intermediate(spec -> spec.keyType(type));
        Judge.of(root).accepts(intermediate.leaf(ID, spec -> spec.keyType(type)));
    }

    @ParameterizedTest
    @EnumSource(names = {"RSA_1024", "EC_P224", "ED448", "DSA_2048"})
    void verify_weakOrUnsupportedKey_ofTheLeaf_refused(KeyType type) {
        JUDGE.refuses(CA.leaf(ID, spec -> spec.keyType(type)), FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @ParameterizedTest
    @EnumSource(names = {"RSA_1024", "ED448"})
    void verify_weakOrUnsupportedKey_ofAnIntermediate_refused(KeyType type) {
        JUDGE.refuses(
                CA.intermediate(spec -> spec.keyType(type)).leaf(ID, spec -> spec.signatureAlgorithm(null)),
                FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @Test
    void verify_weakKey_ofTheAuthority_refused() {
        TestCa weak = TestCa.root("a.test", spec -> spec.keyType(KeyType.RSA_1024));
        Judge.of(weak).refuses(weak.leaf(ID), FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA1withECDSA", "SHA224withECDSA"})
    void verify_weakDigest_inTheLeaf_refused(String algorithm) {
        JUDGE.refuses(CA.leaf(ID, spec -> spec.signatureAlgorithm(algorithm)), FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA1withRSA", "MD5withRSA"})
    void verify_weakDigest_inAnIntermediate_refused(String algorithm) {
        TestCa root = TestCa.root("a.test", spec -> spec.keyType(KeyType.RSA_2048));
        Judge.of(root)
                .refuses(
                        root.intermediate(spec -> spec.signatureAlgorithm(algorithm))
                                .leaf(ID),
                        FailureReason.UNSUPPORTED_ALGORITHM);
    }

    @Test
    void verify_sha1InTheAuthoritysOwnSignature_isOfNoConsequence() {
        // Nothing rests on it: the authority is trusted for being in the bundle.
        TestCa root =
                TestCa.root("a.test", spec -> spec.keyType(KeyType.RSA_2048).signatureAlgorithm("SHA1withRSA"));
        Judge.of(root).accepts(root.leaf(ID));
    }

    @Test
    void verify_rsaPss_isJudgedByTheDigestInItsParameters() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", new BouncyCastleProvider());
        generator.initialize(2048);
        KeyPair keys = generator.generateKeyPair();
        TestCa root = TestCa.root("a.test", spec -> spec.keys(keys));
        Judge judge = Judge.of(root);
        judge.accepts(root.leaf(ID, spec -> spec.signatureAlgorithm("SHA256withRSAandMGF1")));
        judge.refuses(
                root.leaf(ID, spec -> spec.signatureAlgorithm("SHA1withRSAandMGF1")),
                FailureReason.UNSUPPORTED_ALGORITHM);
    }
}
