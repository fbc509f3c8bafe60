package dev.mtls.ca;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Optional;

/** The kinds of key that an authority makes. */
public enum KeyType {
    /** EC on the curve P-256, signing with SHA-256: the default. */
    EC_P256("EC"),
    /** EC on the curve P-384, signing with SHA-384. */
    EC_P384("EC"),
    /** RSA of 2048 bits, signing with SHA-256. Making such a key takes a hundred times as long as an EC one. */
    RSA_2048("RSA"),
    /** Ed25519. Few peers outside Java can use it in TLS. */
    ED25519("Ed25519");

    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;

    private final String algorithm;

    KeyType(String algorithm) {
        this.algorithm = algorithm;
    }

    KeyPair generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(parameters());
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "no security provider of this Java run time can make a key of type " + this, e);
        }
    }

    private AlgorithmParameterSpec parameters() {
        return switch (this) {
            case EC_P256 -> new ECGenParameterSpec("secp256r1");
            case EC_P384 -> new ECGenParameterSpec("secp384r1");
            case RSA_2048 -> new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4);
            case ED25519 -> NamedParameterSpec.ED25519;
        };
    }

    /**
     * How a key signs, or empty if it is of none of the kinds that an X.509-SVID and its authorities may have: EC P-256 and P-384,
     * RSA of 2048 to 8192 bits, Ed25519.
     */
    static Optional<String> signatureAlgorithm(PublicKey key) {
        if (key instanceof ECKey ec) {
            int bits = ec.getParams().getOrder().bitLength();
            return bits == 256 || bits == 384 ? Optional.of("SHA" + bits + "withECDSA") : Optional.empty();
        }
        if (key instanceof RSAKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS ? Optional.of("SHA256withRSA") : Optional.empty();
        }
        return key.getAlgorithm().equals("EdDSA") && isEd25519(key) ? Optional.of("Ed25519") : Optional.empty();
    }

    /** Ed448 goes by the same name; its keys are longer (RFC 8410 §4). */
    private static boolean isEd25519(PublicKey key) {
        return key.getEncoded().length == 44;
    }
}
