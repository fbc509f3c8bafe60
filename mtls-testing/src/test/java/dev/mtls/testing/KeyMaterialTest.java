package dev.mtls.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.identity.SpiffeId;
import java.io.ByteArrayOutputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyMaterialTest {
    record Encoding(String name, byte[] der) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static KeyPair keys(String algorithm, int size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("EC")) {
            generator.initialize(new ECGenParameterSpec("secp" + size + "r1"));
        } else if (size > 0) {
            generator.initialize(size);
        }
        return generator.generateKeyPair();
    }

    static Stream<Encoding> encodings() throws Exception {
        Map<String, KeyPair> keys = new LinkedHashMap<>();
        keys.put("EC P-256", keys("EC", 256));
        keys.put("EC P-384", keys("EC", 384));
        keys.put("RSA", keys("RSA", 2048));
        keys.put("Ed25519", keys("Ed25519", 0));
        Stream.Builder<Encoding> encodings = Stream.builder();
        for (Map.Entry<String, KeyPair> entry : keys.entrySet()) {
            byte[] pkcs8 = entry.getValue().getPrivate().getEncoded();
            encodings.add(new Encoding(entry.getKey() + " PKCS#8", pkcs8));
            if (!entry.getKey().equals("Ed25519")) {
                encodings.add(new Encoding(
                        entry.getKey() + " PKCS#1 or SEC 1",
                        PrivateKeyInfo.getInstance(pkcs8)
                                .parsePrivateKey()
                                .toASN1Primitive()
                                .getEncoded("DER")));
            }
        }
        return encodings.build();
    }

    @ParameterizedTest
    @MethodSource("encodings")
    void find_keyInAnyForm_found(Encoding encoding) {
        byte[] der = encoding.der();
        String mime = Base64.getMimeEncoder().encodeToString(der);
        assertThat(KeyMaterial.find("key: " + Base64.getEncoder().encodeToString(der) + "."))
                .contains("a private key in base64");
        assertThat(KeyMaterial.find("MMM" + Base64.getUrlEncoder().encodeToString(der)))
                .isPresent();
        assertThat(KeyMaterial.find(mime)).isPresent();
        assertThat(KeyMaterial.find("[" + HexFormat.of().formatHex(der) + "]"))
                .contains("a private key in hexadecimal");
        assertThat(KeyMaterial.find("key=" + Arrays.toString(der))).contains("a private key as an array of bytes");
        assertThat(KeyMaterial.find("-----BEGIN PRIVATE KEY-----\n" + mime)).contains("a private key as PEM");
    }

    @Test
    void find_certificatesAndPublicKeys_notFound() throws Exception {
        try (TestMesh mesh = TestMesh.create("test")) {
            SpiffeId id = mesh.identity("spiffe://test/a");
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 20; i++) {
                byte[] leaf = mesh.rotate(id).leaf().getEncoded();
                all.write(leaf);
                assertThat(KeyMaterial.find(Base64.getEncoder().encodeToString(leaf)))
                        .isEmpty();
                assertThat(KeyMaterial.find(HexFormat.of().formatHex(leaf))).isEmpty();
                assertThat(KeyMaterial.find(Arrays.toString(leaf))).isEmpty();
                assertThat(KeyMaterial.find(
                                mesh.svid(id).toString() + mesh.svid(id).leaf()))
                        .isEmpty();
            }
            assertThat(all.size()).isPositive();
        }
    }
}
