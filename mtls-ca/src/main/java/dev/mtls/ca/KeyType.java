package dev.mtls.ca;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** The kinds of key that an authority makes and signs. */
public enum KeyType {
    /** EC on the curve P-256, signing with SHA-256: the default. */
    EC_P256("EC", new ECGenParameterSpec("secp256r1"), "SHA256withECDSA"),
    /** EC on the curve P-384, signing with SHA-384. */
    EC_P384("EC", new ECGenParameterSpec("secp384r1"), "SHA384withECDSA"),
    /** RSA of 2048 bits, signing with SHA-256. Making such a key takes a hundred times as long as an EC one. */
    RSA_2048("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4), "SHA256withRSA"),
    /** Ed25519. Few peers outside the mesh can use it. */
    ED25519("Ed25519", NamedParameterSpec.ED25519, "Ed25519");

    private final String keyAlgorithm;
    private final AlgorithmParameterSpec parameters;
    private final String signatureAlgorithm;

    KeyType(String keyAlgorithm, AlgorithmParameterSpec parameters, String signatureAlgorithm) {
        this.keyAlgorithm = keyAlgorithm;
        this.parameters = parameters;
        this.signatureAlgorithm = signatureAlgorithm;
    }

    KeyPair generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(keyAlgorithm);
            generator.initialize(parameters);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "no security provider of this Java run time can make a key of type " + this, e);
        }
    }

    String signatureAlgorithm() {
        return signatureAlgorithm;
    }
}
