package dev.mtls.ca;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A signing certificate with its key and its path to the root. Immutable; equal only to itself.
 */
final class Signer {
    private static final int CRL_SIGN = 6;

    /** This certificate, the intermediates above it, the root. */
    private final List<X509Certificate> path;

    private final PrivateKey key;
    private final String signatureAlgorithm;

    private Signer(List<X509Certificate> path, PrivateKey key, String signatureAlgorithm) {
        this.path = path;
        this.key = key;
        this.signatureAlgorithm = signatureAlgorithm;
    }

    /**
     * Makes a signer.
     *
     * @param path the signing certificate first, the root last; the same one for a root
     * @throws IllegalArgumentException if the certificate's key is of an unsupported kind
     */
    static Signer of(List<X509Certificate> path, PrivateKey key) {
        String algorithm = KeyType.signatureAlgorithm(path.get(0).getPublicKey())
                .orElseThrow(() -> new IllegalArgumentException("key: "
                        + path.get(0).getPublicKey().getAlgorithm()
                        + " (expected: EC P-256 or P-384, RSA of 2048 to 8192 bits, Ed25519)"));
        return new Signer(List.copyOf(path), key, algorithm);
    }

    X509Certificate certificate() {
        return path.get(0);
    }

    X509Certificate root() {
        return path.get(path.size() - 1);
    }

    boolean isRoot() {
        return path.size() == 1;
    }

    List<X509Certificate> path() {
        return path;
    }

    /** The chain of a certificate that this signer issued. Without the root, which who verifies must have already. */
    List<X509Certificate> chainOf(X509Certificate issued) {
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(issued);
        chain.addAll(path.subList(0, path.size() - 1));
        return chain;
    }

    Instant notBefore() {
        Instant latest = Instant.MIN;
        for (X509Certificate certificate : path) {
            Instant notBefore = certificate.getNotBefore().toInstant();
            latest = notBefore.isAfter(latest) ? notBefore : latest;
        }
        return latest;
    }

    Instant notAfter() {
        Instant earliest = Instant.MAX;
        for (X509Certificate certificate : path) {
            Instant notAfter = certificate.getNotAfter().toInstant();
            earliest = notAfter.isBefore(earliest) ? notAfter : earliest;
        }
        return earliest;
    }

    void checkValid(Instant now) throws SvidRejectedException {
        if (!now.isBefore(notAfter())) {
            throw new SvidRejectedException(
                    FailureReason.EXPIRED,
                    "signing " + name() + " or one above it expired at " + notAfter() + " (now: " + now
                            + "); rotate the root, or load a renewed authority");
        }
        if (now.isBefore(notBefore())) {
            throw new SvidRejectedException(
                    FailureReason.NOT_YET_VALID,
                    "signing " + name() + " or one above it is valid from " + notBefore() + " (now: " + now
                            + "); compare the clocks");
        }
    }

    /** How many intermediates may follow below this one (RFC 5280 §6.1.4 (l), (m)); negative if this is one too many. */
    int pathLengthBelow() {
        int room = Integer.MAX_VALUE;
        for (int i = path.size() - 1; i >= 0; i--) {
            int stated = path.get(i).getBasicConstraints();
            room = i == path.size() - 1 ? stated : Math.min(room - 1, stated);
        }
        return room;
    }

    boolean issued(X509Certificate certificate) {
        return issued(certificate(), certificate);
    }

    /** Whether the issuer's name and key are those that the certificate was signed with. */
    static boolean issued(X509Certificate issuer, X509Certificate certificate) {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            // Signed by a key of another authority of the same name.
            return false;
        }
    }

    boolean maySignCrls() {
        boolean @Nullable [] usage = certificate().getKeyUsage();
        return usage == null || usage[CRL_SIGN];
    }

    PrivateKey key() {
        return key;
    }

    /** Signs one structure; it keeps state while it does. */
    ContentSigner contentSigner() {
        return contentSigner(key, signatureAlgorithm);
    }

    static ContentSigner contentSigner(PrivateKey key, String signatureAlgorithm) {
        try {
            return new JcaContentSignerBuilder(signatureAlgorithm).build(key);
        } catch (OperatorCreationException e) {
            throw new IllegalStateException(
                    "no security provider of this Java run time signs with " + signatureAlgorithm, e);
        }
    }

    private String name() {
        return "certificate " + certificate().getSerialNumber().toString(16);
    }

    /** The certificate's serial number and end of validity; nothing of the key. */
    @Override
    public String toString() {
        return "Signer[" + name() + ", not after " + notAfter() + "]";
    }
}
