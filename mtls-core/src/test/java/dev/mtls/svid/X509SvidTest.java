package dev.mtls.svid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.internal.svid.SvidKeys;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import dev.mtls.testkit.TestClock;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class X509SvidTest {
    private static final String ID = "spiffe://example.org/a";

    private final TestClock clock = TestClock.atNow();
    private final TestCa root = TestCa.root("example.org");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] der(List<X509Certificate> chain) throws Exception {
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        for (X509Certificate certificate : chain) {
            der.writeBytes(certificate.getEncoded());
        }
        return der.toByteArray();
    }

    private SvidRejectedException rejection(TestCa.Leaf leaf) {
        return catchThrowableOfType(SvidRejectedException.class, () -> X509Svid.of(leaf.chain(), leaf.key(), clock));
    }

    private void assertRejected(TestCa.Leaf leaf, FailureReason reason) {
        SvidRejectedException e = rejection(leaf);
        assertThat(e).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
        assertThat(e.kind()).isEqualTo(MtlsFailure.Kind.MATERIAL);
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "RSA_3072", "ED25519"})
    void parse_pkcs8PemAndDer_everyKeyType(KeyType type) throws Exception {
        TestCa.Leaf leaf = root.intermediate().leaf(ID, spec -> spec.keyType(type));

        X509Svid pem = X509Svid.parse(bytes(leaf.chainPem()), bytes(leaf.keyPem()), clock);
        X509Svid der = X509Svid.parse(der(leaf.chain()), leaf.pkcs8(), clock);
        for (X509Svid svid : List.of(pem, der)) {
            assertThat(svid.id()).hasToString(ID);
            assertThat(svid.chain()).isEqualTo(leaf.chain());
            assertThat(svid.leaf()).isEqualTo(leaf.certificate());
            assertThat(svid.notBefore())
                    .isEqualTo(leaf.certificate().getNotBefore().toInstant());
            assertThat(svid.notAfter())
                    .isEqualTo(leaf.certificate().getNotAfter().toInstant());
            assertThat(svid.hint()).isEmpty();
            assertThat(SvidKeys.of(svid)).isEqualTo(leaf.key());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "RSA_3072"})
    void parse_pkcs1AndSec1PemAndDer_accepted(KeyType type) throws Exception {
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.keyType(type));

        X509Svid pem = X509Svid.parse(bytes(leaf.chainPem()), bytes(leaf.traditionalKeyPem()), clock);
        X509Svid der = X509Svid.parse(bytes(leaf.chainPem()), leaf.traditionalKey(), clock);
        assertThat(secret(SvidKeys.of(pem))).isEqualTo(secret(leaf.key()));
        assertThat(secret(SvidKeys.of(der))).isEqualTo(secret(leaf.key()));
    }

    private static BigInteger secret(PrivateKey key) {
        return key instanceof ECPrivateKey ? ((ECPrivateKey) key).getS() : ((RSAPrivateKey) key).getPrivateExponent();
    }

    @Test
    void parse_chainAndKeyInOneFile_accepted() throws Exception {
        TestCa.Leaf leaf = root.intermediate().leaf(ID);
        byte[] both = bytes(leaf.keyPem() + leaf.chainPem());

        assertThat(X509Svid.parse(both, both, clock).chain()).isEqualTo(leaf.chain());
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "ED25519"})
    void of_keyOfAnotherPair_rejected(KeyType type) {
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.keyType(type));
        for (KeyType other : List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA_2048, KeyType.ED25519)) {
            PrivateKey key = TestCa.newKeys(other).getPrivate();
            assertRejected(new TestCa.Leaf(leaf.chain(), key), FailureReason.KEY_MISMATCH);
        }
    }

    static List<Arguments> badLeaves() {
        return List.of(
                bad("no URI SAN", spec -> spec.uris(), FailureReason.NO_URI_SAN),
                bad("DNS SAN only", spec -> spec.uris().dns("a.example.org"), FailureReason.NO_URI_SAN),
                bad("two SPIFFE IDs", spec -> spec.uris(ID, "spiffe://example.org/b"), FailureReason.MULTIPLE_URI_SANS),
                bad("two URIs", spec -> spec.uris(ID, "https://example.org/b"), FailureReason.MULTIPLE_URI_SANS),
                bad("another scheme", spec -> spec.uris("https://example.org/a"), FailureReason.MALFORMED_SPIFFE_ID),
                bad("port", spec -> spec.uris("spiffe://example.org:1/a"), FailureReason.MALFORMED_SPIFFE_ID),
                bad("trust domain only", spec -> spec.uris("spiffe://example.org"), FailureReason.ID_WITHOUT_PATH),
                bad("CA", spec -> spec.ca(true), FailureReason.LEAF_IS_CA),
                bad("no key usage", spec -> spec.noKeyUsage(), FailureReason.LEAF_WITHOUT_KEY_USAGE),
                bad(
                        "no digitalSignature",
                        spec -> spec.keyUsage(KeyUsage.keyEncipherment),
                        FailureReason.LEAF_WITHOUT_DIGITAL_SIGNATURE),
                bad(
                        "keyCertSign",
                        spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign),
                        FailureReason.LEAF_MAY_SIGN_CERTIFICATES),
                bad(
                        "cRLSign",
                        spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.cRLSign),
                        FailureReason.LEAF_MAY_SIGN_CERTIFICATES),
                bad(
                        "serverAuth only",
                        spec -> spec.extendedKeyUsage("1.3.6.1.5.5.7.3.1"),
                        FailureReason.LEAF_EXTENDED_KEY_USAGE),
                bad(
                        "clientAuth only",
                        spec -> spec.extendedKeyUsage("1.3.6.1.5.5.7.3.2"),
                        FailureReason.LEAF_EXTENDED_KEY_USAGE),
                bad("expired", spec -> spec.notAfter(Instant.now().minusSeconds(60)), FailureReason.EXPIRED),
                bad(
                        "not valid yet",
                        spec -> spec.notBefore(Instant.now().plusSeconds(60)),
                        FailureReason.NOT_YET_VALID),
                bad("P-224", spec -> spec.keyType(KeyType.EC_P224), FailureReason.UNSUPPORTED_ALGORITHM),
                bad("P-521", spec -> spec.keyType(KeyType.EC_P521), FailureReason.UNSUPPORTED_ALGORITHM),
                bad("RSA 1024", spec -> spec.keyType(KeyType.RSA_1024), FailureReason.UNSUPPORTED_ALGORITHM),
                bad("Ed448", spec -> spec.keyType(KeyType.ED448), FailureReason.UNSUPPORTED_ALGORITHM),
                bad("DSA", spec -> spec.keyType(KeyType.DSA_2048), FailureReason.UNSUPPORTED_ALGORITHM),
                bad(
                        "SHA-1 signature",
                        spec -> spec.signatureAlgorithm("SHA1withECDSA"),
                        FailureReason.UNSUPPORTED_ALGORITHM));
    }

    private static Arguments bad(String name, Consumer<TestCa.Spec> details, FailureReason reason) {
        return Arguments.of(name, details, reason);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badLeaves")
    void of_leafAgainstTheProfile_rejected(String name, Consumer<TestCa.Spec> details, FailureReason reason) {
        assertRejected(root.leaf(ID, details), reason);
    }

    @Test
    void of_leafAtTheLimitsOfTheProfile_accepted() {
        assertThat(rejection(root.leaf(ID, spec -> spec.extendedKeyUsage()))).isNull();
        assertThat(rejection(root.leaf(ID, spec -> spec.noBasicConstraints()))).isNull();
        assertThat(rejection(root.leaf(ID, spec -> spec.dns("a.example.org").subject(""))))
                .isNull();
        assertThat(rejection(root.leaf(
                        ID,
                        spec -> spec.keyUsage(
                                KeyUsage.digitalSignature | KeyUsage.keyEncipherment | KeyUsage.keyAgreement))))
                .isNull();
    }

    @Test
    void of_validity_includesItsEnds() {
        Instant from = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.validity(from, from.plusSeconds(60)));
        TestClock atTheEnds = TestClock.at(from);
        assertThat(leaf.svid(atTheEnds).notBefore()).isEqualTo(from);
        atTheEnds.advance(Duration.ofSeconds(60));
        assertThat(leaf.svid(atTheEnds).notAfter()).isEqualTo(from.plusSeconds(60));

        atTheEnds.advance(Duration.ofMillis(1));
        assertThatThrownBy(() -> X509Svid.of(leaf.chain(), leaf.key(), atTheEnds))
                .isInstanceOf(SvidRejectedException.class)
                .hasMessageContaining("expired at " + from.plusSeconds(60));
        atTheEnds.advance(Duration.ofMillis(-60_002));
        assertThatThrownBy(() -> X509Svid.of(leaf.chain(), leaf.key(), atTheEnds))
                .isInstanceOf(SvidRejectedException.class)
                .hasMessageContaining("valid from " + from);
    }

    static List<Arguments> badIntermediates() {
        return List.of(
                bad("no CA", spec -> spec.ca(false), FailureReason.INTERMEDIATE_NOT_CA),
                bad("no basic constraints", spec -> spec.noBasicConstraints(), FailureReason.INTERMEDIATE_NOT_CA),
                bad("no key usage", spec -> spec.noKeyUsage(), FailureReason.INTERMEDIATE_NOT_CA),
                bad("no keyCertSign", spec -> spec.keyUsage(KeyUsage.cRLSign), FailureReason.INTERMEDIATE_NOT_CA),
                bad(
                        "ID with a path",
                        spec -> spec.uris("spiffe://example.org/ca"),
                        FailureReason.INTERMEDIATE_SPIFFE_ID),
                bad(
                        "another trust domain",
                        spec -> spec.uris("spiffe://other.example"),
                        FailureReason.INTERMEDIATE_SPIFFE_ID),
                bad("weak key", spec -> spec.keyType(KeyType.RSA_1024), FailureReason.UNSUPPORTED_ALGORITHM));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badIntermediates")
    void of_intermediateAgainstTheProfile_rejected(String name, Consumer<TestCa.Spec> details, FailureReason reason) {
        assertRejected(root.intermediate(details).leaf(ID), reason);
    }

    @Test
    void of_intermediateWithoutSpiffeId_accepted() {
        assertThat(rejection(root.intermediate(spec -> spec.uris()).leaf(ID))).isNull();
    }

    @Test
    void of_chainLongerThanTheLimit_rejected() {
        TestCa ca = root;
        for (int i = 1; i < X509Svid.MAX_CHAIN_LENGTH; i++) {
            ca = ca.intermediate();
        }
        assertThat(rejection(ca.leaf(ID))).isNull();
        assertRejected(ca.intermediate().leaf(ID), FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void of_chainWithMoreBytesThanTheLimit_rejected() {
        Consumer<TestCa.Spec> large = spec -> spec.extension("1.3.6.1.4.1.99999.2", false, new byte[40 * 1024]);
        assertThat(rejection(root.leaf(ID, large))).isNull();
        assertRejected(root.intermediate(large).leaf(ID, large), FailureReason.CHAIN_TOO_LARGE);
    }

    @Test
    void of_emptyChain_rejected() {
        PrivateKey key = TestCa.newKeys(KeyType.EC_P256).getPrivate();
        assertRejected(new TestCa.Leaf(List.of(), key), FailureReason.NO_CERTIFICATE);
    }

    @Test
    void parse_empty_rejected() {
        TestCa.Leaf leaf = root.leaf(ID);

        assertThat(catchThrowableOfType(
                                SvidRejectedException.class,
                                () -> X509Svid.parse(new byte[0], bytes(leaf.keyPem()), clock))
                        .reason())
                .isEqualTo(FailureReason.NO_CERTIFICATE);
        assertThat(catchThrowableOfType(
                                SvidRejectedException.class,
                                () -> X509Svid.parse(bytes(leaf.chainPem()), new byte[0], clock))
                        .reason())
                .isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY);
    }

    @Test
    void of_null_throws() {
        TestCa.Leaf leaf = root.leaf(ID);

        assertThatThrownBy(() -> X509Svid.of(nullOf(), leaf.key(), clock)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> X509Svid.of(leaf.chain(), nullOf(), clock))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("privateKey");
        assertThatThrownBy(() -> X509Svid.of(leaf.chain(), leaf.key(), nullOf()))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("clock");
    }

    @SuppressWarnings("NullAway")
    private static <T> T nullOf() {
        return null;
    }

    @Test
    void of_listChangedLater_staysAsItWas() throws Exception {
        TestCa.Leaf leaf = root.intermediate().leaf(ID);
        List<X509Certificate> chain = new ArrayList<>(leaf.chain());
        X509Svid svid = X509Svid.of(chain, leaf.key(), "internal", clock);
        chain.clear();

        assertThat(svid.chain()).isEqualTo(leaf.chain()).isUnmodifiable();
        assertThat(svid.hint()).contains("internal");
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "RSA_2048", "ED25519"})
    void toString_showsIdAndSerial_nothingOfTheKey(KeyType type) {
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.keyType(type));
        String text = leaf.svid(clock).toString();

        assertThat(text).contains(ID, leaf.certificate().getSerialNumber().toString(16));
        assertHidesKey(text, leaf);
    }

    @ParameterizedTest
    @EnumSource(names = {"EC_P256", "RSA_2048", "ED25519"})
    void rejections_sayNothingOfTheKey(KeyType type) {
        TestCa.Leaf leaf = root.leaf(ID, spec -> spec.keyType(type));
        byte[] truncated = java.util.Arrays.copyOf(leaf.pkcs8(), leaf.pkcs8().length - 5);
        String encrypted = TestCa.pem("ENCRYPTED PRIVATE KEY", leaf.pkcs8());
        String damaged = leaf.keyPem().replaceFirst("\n", "\n!");
        String twice = leaf.keyPem() + leaf.keyPem();
        for (byte[] key : List.of(
                truncated,
                bytes(TestCa.pem("PRIVATE KEY", truncated)),
                bytes(TestCa.pem("RSA PRIVATE KEY", leaf.pkcs8())),
                bytes(TestCa.pem("EC PRIVATE KEY", leaf.pkcs8())),
                bytes(encrypted),
                bytes(damaged),
                bytes(twice))) {
            Throwable e = catchThrowableOfType(
                    SvidRejectedException.class, () -> X509Svid.parse(bytes(leaf.chainPem()), key, clock));
            assertThat(e).isNotNull();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                assertHidesKey(cause.toString(), leaf);
            }
        }
        assertHidesKey(
                rejection(new TestCa.Leaf(root.leaf(ID).chain(), leaf.key())).toString(), leaf);
    }

    /** No run of eight characters of the key in Base64, nor of eight bytes in hexadecimal, in the text. */
    private static void assertHidesKey(String text, TestCa.Leaf leaf) {
        String base64 = Base64.getEncoder().encodeToString(leaf.pkcs8());
        // What comes before is the algorithm, which every key of a kind shares.
        for (int i = 40; i + 8 <= base64.length(); i += 4) {
            assertThat(text).doesNotContain(base64.substring(i, i + 8));
        }
        String hex = java.util.HexFormat.of().formatHex(leaf.pkcs8());
        for (int i = 60; i + 16 <= hex.length(); i += 2) {
            assertThat(text.toLowerCase(java.util.Locale.ROOT)).doesNotContain(hex.substring(i, i + 16));
        }
    }

    @Test
    void api_handsOutNoPrivateKey() {
        for (Method method : X509Svid.class.getMethods()) {
            assertThat(Key.class.isAssignableFrom(method.getReturnType()))
                    .as(method.toString())
                    .isFalse();
            boolean untyped = method.getDeclaringClass() == X509Svid.class && method.getReturnType() == Object.class;
            assertThat(untyped).as(method.toString()).isFalse();
        }
        for (Field field : X509Svid.class.getDeclaredFields()) {
            if (Key.class.isAssignableFrom(field.getType())) {
                assertThat(Modifier.isPrivate(field.getModifiers()))
                        .as(field.toString())
                        .isTrue();
            }
        }
        for (Constructor<?> constructor : X509Svid.class.getDeclaredConstructors()) {
            assertThat(Modifier.isPrivate(constructor.getModifiers()))
                    .as(constructor.toString())
                    .isTrue();
        }
        assertThat(java.io.Serializable.class.isAssignableFrom(X509Svid.class)).isFalse();
    }

    @Test
    void equality_isThatOfTheObject() {
        TestCa.Leaf leaf = root.leaf(ID);

        assertThat(leaf.svid(clock)).isNotEqualTo(leaf.svid(clock));
    }
}
