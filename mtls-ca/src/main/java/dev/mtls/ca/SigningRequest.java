package dev.mtls.ca;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.DefaultSignatureNameFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/**
 * A certificate signing request (PKCS #10). Two things are taken from it: the key, once possession is proven, and its URI SANs, to
 * compare them. Nothing else that it asks for is looked at, so that nobody gets more than the authority's program decided.
 */
final class SigningRequest {
    private static final int MAX_BYTES = 64 * 1024;

    private final PublicKey publicKey;
    private final List<String> uris;

    private SigningRequest(PublicKey publicKey, List<String> uris) {
        this.publicKey = publicKey;
        this.uris = uris;
    }

    /** Reads a request, PEM or DER, and verifies that whoever made it has the key. */
    static SigningRequest parse(byte[] bytes) throws SvidRejectedException {
        if (bytes.length > MAX_BYTES) {
            throw malformed(bytes.length + " bytes (expected: at most " + MAX_BYTES + ")", null);
        }
        try {
            JcaPKCS10CertificationRequest request = new JcaPKCS10CertificationRequest(decode(bytes));
            PublicKey key = request.getPublicKey();
            checkAlgorithms(key, request);
            checkPossession(key, request);
            return new SigningRequest(key, uris(request));
        } catch (SvidRejectedException e) {
            throw e;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw malformed("it cannot be parsed (expected: PKCS #10, PEM or DER): " + e.getMessage(), e);
        }
    }

    private static PKCS10CertificationRequest decode(byte[] bytes) throws IOException, SvidRejectedException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!text.contains("-----BEGIN ")) {
            return new PKCS10CertificationRequest(bytes);
        }
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            if (parser.readObject() instanceof PKCS10CertificationRequest request) {
                return request;
            }
            throw malformed("the first PEM block is another thing (expected: CERTIFICATE REQUEST)", null);
        }
    }

    private static void checkAlgorithms(PublicKey key, PKCS10CertificationRequest request)
            throws SvidRejectedException {
        if (KeyType.signatureAlgorithm(key).isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.UNSUPPORTED_ALGORITHM,
                    "certificate signing request: its key is " + key.getAlgorithm()
                            + " (expected: EC P-256 or P-384, RSA of 2048 to 8192 bits, Ed25519)");
        }
        String signature = new DefaultSignatureNameFinder().getAlgorithmName(request.getSignatureAlgorithm());
        if (signature.contains("MD5") || signature.contains("SHA1")) {
            throw new SvidRejectedException(
                    FailureReason.UNSUPPORTED_ALGORITHM,
                    "certificate signing request: it is signed with " + signature + " (expected: SHA-256 or better)");
        }
    }

    private static void checkPossession(PublicKey key, PKCS10CertificationRequest request)
            throws SvidRejectedException {
        boolean proven;
        try {
            proven = request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key));
        } catch (OperatorCreationException | PKCSException e) {
            throw malformed("its signature cannot be verified: " + e.getMessage(), e);
        }
        if (!proven) {
            throw malformed("its signature does not verify with its key, so that possession of it is not proven", null);
        }
    }

    private static List<String> uris(PKCS10CertificationRequest request) {
        List<String> uris = new ArrayList<>();
        Extensions extensions = request.getRequestedExtensions();
        GeneralNames names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        if (names == null) {
            return uris;
        }
        for (GeneralName name : names.getNames()) {
            if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
                uris.add(name.getName().toString());
            }
        }
        return uris;
    }

    /** The key to certify. */
    PublicKey publicKey() {
        return publicKey;
    }

    /** Refuses a request that names another identity than the one it is to get. */
    void checkNames(SpiffeId id) throws SvidRejectedException {
        if (!uris.isEmpty() && !uris.equals(List.of(id.toString()))) {
            // What it names comes from outside, so that it is not quoted.
            throw new SvidRejectedException(
                    FailureReason.UNEXPECTED_IDENTITY,
                    "certificate signing request: its "
                            + (uris.size() == 1 ? "URI SAN is not" : "URI SANs are not just")
                            + " the ID to be issued (expected: " + id + " alone, or no URI SAN)");
        }
    }

    private static SvidRejectedException malformed(String why, @Nullable Throwable cause) {
        return new SvidRejectedException(FailureReason.MALFORMED_CSR, "certificate signing request: " + why, cause);
    }
}
