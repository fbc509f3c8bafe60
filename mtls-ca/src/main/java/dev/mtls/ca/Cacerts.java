package dev.mtls.ca;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.trust.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Istio's {@code cacerts} layout: the files that a mesh plugs its authority in with.
 *
 * <ul>
 *   <li>{@code root-cert.pem}: the roots that are trusted
 *   <li>{@code cert-chain.pem}: the certificates from the signing one up to its root
 *   <li>{@code ca-cert.pem}: the signing certificate
 *   <li>{@code ca-key.pem}: its key
 *   <li>{@code ca-crl.pem}, if something is revoked: the CRLs
 * </ul>
 */
final class Cacerts {
    static final String ROOT_CERT = "root-cert.pem";
    static final String CERT_CHAIN = "cert-chain.pem";
    static final String CA_CERT = "ca-cert.pem";
    static final String CA_KEY = "ca-key.pem";
    static final String CA_CRL = "ca-crl.pem";

    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_PATH = 10;
    private static final int URI = 6;
    private static final int KEY_CERT_SIGN = 5;
    private static final byte[] PROBE = {'d', 'e', 'v', '.', 'm', 't', 'l', 's'};

    private final Path directory;
    private final TrustDomain trustDomain;
    private final Instant now;

    private Cacerts(Path directory, TrustDomain trustDomain, Instant now) {
        this.directory = directory;
        this.trustDomain = trustDomain;
        this.now = now;
    }

    /** Reads the files and checks that they belong together and can be used now. */
    static Loaded load(Path directory, TrustDomain trustDomain, Instant now) throws SvidRejectedException {
        return new Cacerts(directory, trustDomain, now).load();
    }

    private Loaded load() throws SvidRejectedException {
        List<X509Certificate> roots =
                X509Bundle.of(trustDomain, certificates(ROOT_CERT)).authorities();
        List<X509Certificate> chain = certificates(CERT_CHAIN);
        List<X509Certificate> signing = certificates(CA_CERT);
        if (signing.size() != 1) {
            throw rejected(CA_CERT, FailureReason.NO_CERTIFICATE, signing.size() + " certificates (expected: one)");
        }
        X509Certificate certificate = signing.get(0);
        String algorithm = KeyType.signatureAlgorithm(certificate.getPublicKey())
                .orElseThrow(() -> rejected(
                        CA_CERT,
                        FailureReason.UNSUPPORTED_ALGORITHM,
                        "its key is " + certificate.getPublicKey().getAlgorithm()
                                + " (expected: EC P-256 or P-384, RSA of 2048 to 8192 bits, Ed25519)"));
        PrivateKey key = PemFiles.privateKey(read(CA_KEY), path(CA_KEY), certificate.getPublicKey());
        if (!belongTogether(key, certificate.getPublicKey(), algorithm)) {
            throw rejected(
                    CA_KEY,
                    FailureReason.KEY_MISMATCH,
                    "the key does not belong to the certificate in " + CA_CERT + " (serial "
                            + certificate.getSerialNumber().toString(16) + "); were both written by the same run?");
        }
        Signer signer = Signer.of(path(certificate, chain, roots), key);
        signer.checkValid(now);
        checkPath(signer);
        return withCrls(Loaded.of(signer, roots));
    }

    private Loaded withCrls(Loaded loaded) throws SvidRejectedException {
        if (!Files.exists(path(CA_CRL))) {
            return loaded;
        }
        Loaded result = loaded;
        for (X509CRL crl : PemFiles.crls(read(CA_CRL), path(CA_CRL))) {
            result = result.withCrl(crl);
        }
        return result;
    }

    /** From the signing certificate to a root, by names and signatures. The order of the chain does not matter. */
    private List<X509Certificate> path(
            X509Certificate signing, List<X509Certificate> chain, List<X509Certificate> roots)
            throws SvidRejectedException {
        List<X509Certificate> path = new ArrayList<>();
        path.add(signing);
        while (!roots.contains(path.get(path.size() - 1))) {
            X509Certificate last = path.get(path.size() - 1);
            Optional<X509Certificate> issuer = issuerOf(last, roots).or(() -> issuerOf(last, chain));
            if (issuer.isEmpty() || path.contains(issuer.get()) || path.size() == MAX_PATH) {
                throw rejected(
                        CERT_CHAIN,
                        FailureReason.UNKNOWN_AUTHORITY,
                        "no path leads from the certificate in " + CA_CERT + " to a root in " + ROOT_CERT
                                + ": the issuer of certificate "
                                + last.getSerialNumber().toString(16) + ", "
                                + last.getIssuerX500Principal() + ", is in neither file");
            }
            path.add(issuer.get());
        }
        return path;
    }

    private static Optional<X509Certificate> issuerOf(X509Certificate certificate, List<X509Certificate> candidates) {
        for (X509Certificate candidate : candidates) {
            if (Signer.issued(candidate, certificate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    private void checkPath(Signer signer) throws SvidRejectedException {
        for (X509Certificate certificate : signer.path()) {
            boolean @Nullable [] usage = certificate.getKeyUsage();
            if (certificate.getBasicConstraints() == -1 || usage == null || !usage[KEY_CERT_SIGN]) {
                throw rejected(
                        CERT_CHAIN,
                        FailureReason.INTERMEDIATE_NOT_CA,
                        "certificate " + certificate.getSerialNumber().toString(16)
                                + " may not sign certificates (expected: cA=true and keyCertSign)");
            }
            checkId(certificate);
        }
        if (signer.pathLengthBelow() < 0) {
            throw rejected(
                    CERT_CHAIN,
                    FailureReason.INVALID_PATH,
                    "the path to the root is longer than the path length in one of its certificates allows");
        }
        if (!signer.isRoot()) {
            validate(signer);
        }
    }

    /** X509-SVID §3.2. */
    private void checkId(X509Certificate certificate) throws SvidRejectedException {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            throw rejected(CERT_CHAIN, FailureReason.MALFORMED_CERTIFICATE, "its names cannot be parsed");
        }
        if (names == null) {
            return;
        }
        for (List<?> name : names) {
            String text = String.valueOf(name.get(1));
            if (Integer.valueOf(URI).equals(name.get(0))
                    && text.toLowerCase(Locale.ROOT).startsWith("spiffe:")
                    && !text.equals(trustDomain.id().toString())) {
                throw rejected(
                        CERT_CHAIN,
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        "certificate " + certificate.getSerialNumber().toString(16) + " has a SPIFFE ID other than "
                                + trustDomain.id() + ", that of its trust domain");
            }
        }
    }

    /** All other rules of RFC 5280 §6. */
    private void validate(Signer signer) throws SvidRejectedException {
        try {
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(signer.root(), null)));
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(now));
            List<X509Certificate> belowRoot =
                    signer.path().subList(0, signer.path().size() - 1);
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(belowRoot), parameters);
        } catch (CertPathValidatorException | RuntimeException e) {
            // RuntimeException: PKIX dereferences null when a name constraint meets a trust domain with an underscore.
            throw new SvidRejectedException(
                    FailureReason.INVALID_PATH, path(CERT_CHAIN) + ": the path is not valid: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException | CertificateException e) {
            throw new IllegalStateException("no security provider of this Java run time validates paths", e);
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey, String algorithm) {
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(PROBE);
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(PROBE);
            return verifier.verify(signer.sign());
        } catch (GeneralSecurityException e) {
            // A key of another size or curve; the exception may describe it and is not passed on.
            return false;
        }
    }

    private List<X509Certificate> certificates(String file) throws SvidRejectedException {
        return PemFiles.certificates(read(file), path(file));
    }

    private byte[] read(String file) throws SvidRejectedException {
        Path path = path(file);
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw rejected(file, FailureReason.UNREADABLE_FILE, "larger than " + MAX_BYTES + " bytes");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new SvidRejectedException(
                    FailureReason.UNREADABLE_FILE,
                    path + ": no such file (expected: " + ROOT_CERT + ", " + CERT_CHAIN + ", " + CA_CERT + " and "
                            + CA_KEY + ")",
                    e);
        } catch (IOException e) {
            throw new SvidRejectedException(FailureReason.UNREADABLE_FILE, path + ": cannot be read: " + e, e);
        }
    }

    private Path path(String file) {
        return directory.resolve(file);
    }

    private SvidRejectedException rejected(String file, FailureReason reason, String why) {
        return new SvidRejectedException(reason, path(file) + ": " + why);
    }
}
