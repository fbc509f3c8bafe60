package dev.mtls.svid;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.pem.Certificates;
import dev.mtls.internal.pem.PrivateKeys;
import dev.mtls.internal.profile.ProfileViolation;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.internal.svid.SvidKeys;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An X.509-SVID: a workload's SPIFFE ID, in a certificate chain, with the private key that proves it.
 *
 * <p>Every instance has passed these checks, in whichever way it was made: the key belongs to the leaf; the leaf has exactly one
 * URI SAN, a SPIFFE ID with a path, and the key usage of a leaf (X509-SVID §2, §4, §5.2); every other certificate of the chain is
 * a signing certificate of the same trust domain (§3.2, §4); key and signature algorithms are strong; the leaf was valid at the
 * time; the chain has at most {@link #MAX_CHAIN_LENGTH} certificates and {@link #MAX_CHAIN_BYTES} bytes. Keys: EC P-256 and
 * P-384, RSA of 2048 to 8192 bits, Ed25519.
 *
 * <p><b>Security.</b> There is no accessor for the key, and {@link #toString()} shows nothing of it. Neither are there {@code
 * equals} and {@code hashCode}: two SVIDs are the same if they are the same object.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class X509Svid {
    /** The most certificates of a chain. */
    public static final int MAX_CHAIN_LENGTH = 10;

    /** The most bytes of a chain, all certificates together. */
    public static final int MAX_CHAIN_BYTES = 64 * 1024;

    private static final byte[] PROBE =
            "dev.mtls: does this key belong to this certificate?".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    static {
        SvidKeys.grant(svid -> svid.privateKey);
    }

    private final SpiffeId id;
    private final List<X509Certificate> chain;
    private final PrivateKey privateKey;
    private final @Nullable String hint;

    private X509Svid(SpiffeId id, List<X509Certificate> chain, PrivateKey privateKey, @Nullable String hint) {
        this.id = id;
        this.chain = chain;
        this.privateKey = privateKey;
        this.hint = hint;
    }

    /**
     * Makes an SVID of a chain, leaf first, and its key.
     *
     * @param clock tells the time at which the leaf must be valid
     * @throws SvidRejectedException if a check named at this class fails
     */
    public static X509Svid of(List<X509Certificate> chain, PrivateKey privateKey, Clock clock)
            throws SvidRejectedException {
        return of(chain, privateKey, null, clock);
    }

    /**
     * Makes an SVID with a hint.
     *
     * @param hint what the issuer says the SVID is for (Workload API §8), or null
     * @param clock tells the time at which the leaf must be valid
     * @throws SvidRejectedException if a check named at this class fails
     */
    public static X509Svid of(List<X509Certificate> chain, PrivateKey privateKey, @Nullable String hint, Clock clock)
            throws SvidRejectedException {
        requireNonNull(privateKey, "privateKey");
        requireNonNull(clock, "clock");
        List<X509Certificate> copy = List.copyOf(requireNonNull(chain, "chain"));
        if (copy.isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.NO_CERTIFICATE, "the chain holds no certificate (expected: leaf first)");
        }
        checkSize(copy);
        SpiffeId id;
        try {
            id = SvidProfile.leafId(copy.get(0));
            SvidProfile.checkLeaf(copy.get(0));
            for (X509Certificate signing : copy.subList(1, copy.size())) {
                SvidProfile.checkSigning(signing, id.trustDomain());
            }
        } catch (ProfileViolation e) {
            throw new SvidRejectedException(e.reason(), "own X.509-SVID: " + e.getMessage(), e);
        }
        checkValidity(id, copy.get(0), clock.instant());
        checkKey(id, copy.get(0).getPublicKey(), privateKey);
        return new X509Svid(id, copy, privateKey, hint);
    }

    /**
     * Reads an SVID from bytes.
     *
     * @param chain the certificates, leaf first, as PEM or concatenated DER; other PEM blocks are passed over
     * @param key the private key, PKCS#8, PKCS#1 or SEC1, unencrypted, as PEM or DER; may be the same bytes as the chain
     * @param clock tells the time at which the leaf must be valid
     * @throws SvidRejectedException if the bytes cannot be parsed, or a check named at this class fails
     */
    public static X509Svid parse(byte[] chain, byte[] key, Clock clock) throws SvidRejectedException {
        List<X509Certificate> certificates = Certificates.parse(requireNonNull(chain, "chain"), "certificate chain");
        if (certificates.isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.NO_CERTIFICATE,
                    "certificate chain: no certificate found (expected: PEM or DER, leaf first)");
        }
        return of(certificates, PrivateKeys.parse(requireNonNull(key, "key"), "private key"), clock);
    }

    private static void checkSize(List<X509Certificate> chain) throws SvidRejectedException {
        long bytes = 0;
        try {
            for (X509Certificate certificate : chain) {
                bytes += certificate.getEncoded().length;
            }
        } catch (CertificateEncodingException e) {
            throw new SvidRejectedException(FailureReason.MALFORMED_CERTIFICATE, "a certificate has no encoding", e);
        }
        if (chain.size() > MAX_CHAIN_LENGTH || bytes > MAX_CHAIN_BYTES) {
            throw new SvidRejectedException(
                    FailureReason.CHAIN_TOO_LARGE,
                    "own X.509-SVID: " + chain.size() + " certificates of " + bytes + " bytes (expected: at most "
                            + MAX_CHAIN_LENGTH + " of " + MAX_CHAIN_BYTES + ")");
        }
    }

    private static void checkValidity(SpiffeId id, X509Certificate leaf, Instant now) throws SvidRejectedException {
        Instant notAfter = leaf.getNotAfter().toInstant();
        if (now.isAfter(notAfter)) {
            throw new SvidRejectedException(
                    FailureReason.EXPIRED,
                    "the X.509-SVID of " + id + " expired at " + notAfter + " (now: " + now
                            + "); its issuer must renew it");
        }
        Instant notBefore = leaf.getNotBefore().toInstant();
        if (now.isBefore(notBefore)) {
            throw new SvidRejectedException(
                    FailureReason.NOT_YET_VALID,
                    "the X.509-SVID of " + id + " is valid from " + notBefore + " (now: " + now
                            + "); compare the clocks");
        }
    }

    /** Signs with the one and verifies with the other: no comparison of numbers proves as much, for every kind of key. */
    private static void checkKey(SpiffeId id, PublicKey publicKey, PrivateKey privateKey) throws SvidRejectedException {
        Optional<String> algorithm = probeAlgorithm(publicKey);
        if (algorithm.isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.UNSUPPORTED_ALGORITHM,
                    "the key of " + id + " is " + publicKey.getAlgorithm()
                            + " (expected: EC P-256 or P-384, RSA of 2048 to 8192 bits, Ed25519)");
        }
        boolean matches;
        try {
            Signature signer = Signature.getInstance(algorithm.get());
            signer.initSign(privateKey);
            signer.update(PROBE);
            Signature verifier = Signature.getInstance(algorithm.get());
            verifier.initVerify(publicKey);
            verifier.update(PROBE);
            matches = verifier.verify(signer.sign());
        } catch (GeneralSecurityException e) {
            // A key of another kind than the certificate's; the exception may describe the key and is not passed on.
            matches = false;
        }
        if (!matches) {
            throw new SvidRejectedException(
                    FailureReason.KEY_MISMATCH,
                    "the private key does not belong to the leaf certificate of " + id
                            + "; if the two come from two files, they may have been read between two writes");
        }
    }

    private static Optional<String> probeAlgorithm(PublicKey key) {
        return switch (key.getAlgorithm()) {
            case "RSA" -> Optional.of("SHA256withRSA");
            case "EC" -> {
                int bits = ((ECKey) key).getParams().getOrder().bitLength();
                yield bits == 256 || bits == 384 ? Optional.of("SHA256withECDSA") : Optional.empty();
            }
            case "EdDSA", "Ed25519" -> key.getEncoded().length == 44 ? Optional.of("Ed25519") : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** The SPIFFE ID. */
    public SpiffeId id() {
        return id;
    }

    /** The certificates, leaf first; without the authority, as a rule. */
    public List<X509Certificate> chain() {
        return chain;
    }

    /** The leaf certificate. */
    public X509Certificate leaf() {
        return chain.get(0);
    }

    /** Until when the leaf is valid. */
    public Instant notAfter() {
        return leaf().getNotAfter().toInstant();
    }

    /** From when on the leaf is valid. */
    public Instant notBefore() {
        return leaf().getNotBefore().toInstant();
    }

    /** What the issuer says the SVID is for (Workload API §8). */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }

    /** The ID, serial number and end of validity; nothing of the key. */
    @Override
    public String toString() {
        return "X509Svid[" + id + ", serial " + leaf().getSerialNumber().toString(16) + ", not after " + notAfter()
                + "]";
    }
}
