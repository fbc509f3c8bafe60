package dev.mtls.ca;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A signing certificate with its key: a root's or an intermediate's. Immutable. */
final class Signer {
    private final X509Certificate certificate;
    private final List<X509Certificate> above;
    private final PrivateKey key;
    private final KeyType keyType;

    /**
     * @param above the intermediates between the certificate and the root, nearest first; without the root
     */
    Signer(X509Certificate certificate, List<X509Certificate> above, PrivateKey key, KeyType keyType) {
        this.certificate = certificate;
        this.above = List.copyOf(above);
        this.key = key;
        this.keyType = keyType;
    }

    X509Certificate certificate() {
        return certificate;
    }

    KeyType keyType() {
        return keyType;
    }

    boolean isRoot() {
        return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
    }

    /** What follows a leaf in its chain. The root does not: who verifies has it. */
    List<X509Certificate> chainBelowRoot() {
        if (isRoot()) {
            return List.of();
        }
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(certificate);
        chain.addAll(above);
        return List.copyOf(chain);
    }

    /** Signs one structure. A new one each time: it keeps state while it signs. */
    ContentSigner contentSigner() {
        return contentSigner(key, keyType);
    }

    static ContentSigner contentSigner(PrivateKey key, KeyType keyType) {
        try {
            return new JcaContentSignerBuilder(keyType.signatureAlgorithm()).build(key);
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("no security provider of this Java run time can sign with " + keyType, e);
        }
    }

    /** The certificate's serial number and end of validity; nothing of the key. */
    @Override
    public String toString() {
        return "Signer[serial " + certificate.getSerialNumber().toString(16) + ", not after "
                + certificate.getNotAfter().toInstant() + "]";
    }
}
