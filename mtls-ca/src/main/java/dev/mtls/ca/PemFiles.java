package dev.mtls.ca;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/** What the files of an authority hold, as PEM. Blocks of another kind than asked for are passed over. */
final class PemFiles {
    private PemFiles() {}

    static List<X509Certificate> certificates(byte[] bytes, Path file) throws SvidRejectedException {
        try {
            List<X509Certificate> certificates = new ArrayList<>();
            for (Object block : blocks(bytes)) {
                if (block instanceof X509CertificateHolder certificate) {
                    byte[] der = certificate.getEncoded();
                    certificates.add((X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der)));
                }
            }
            return certificates;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_CERTIFICATE, file + ": cannot be parsed (expected: PEM): " + e, e);
        }
    }

    static List<X509CRL> crls(byte[] bytes, Path file) throws SvidRejectedException {
        try {
            List<X509CRL> crls = new ArrayList<>();
            for (Object block : blocks(bytes)) {
                if (block instanceof X509CRLHolder crl) {
                    byte[] der = crl.getEncoded();
                    crls.add((X509CRL) factory().generateCRL(new ByteArrayInputStream(der)));
                }
            }
            return crls;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_CRL, file + ": cannot be parsed (expected: PEM): " + e, e);
        }
    }

    /**
     * The one private key: PKCS#8, PKCS#1 or SEC1, unencrypted. Exceptions of parsers may quote the key and are not passed on.
     *
     * @param publicKey tells the kind of key
     */
    static PrivateKey privateKey(byte[] bytes, Path file, PublicKey publicKey) throws SvidRejectedException {
        List<Object> blocks;
        try {
            blocks = blocks(bytes);
        } catch (IOException | RuntimeException e) {
            throw malformedKey(file, "cannot be parsed (expected: one private key, PEM)");
        }
        PrivateKeyInfo found = null;
        for (Object block : blocks) {
            if (block instanceof PEMEncryptedKeyPair || block instanceof PKCS8EncryptedPrivateKeyInfo) {
                throw malformedKey(file, "the private key is encrypted (expected: an unencrypted one)");
            }
            PrivateKeyInfo key = keyIn(block);
            if (key != null && found != null) {
                throw malformedKey(file, "more than one private key (expected: one)");
            }
            found = key == null ? found : key;
        }
        if (found == null) {
            throw new SvidRejectedException(
                    FailureReason.NO_PRIVATE_KEY, file + ": no private key found (expected: one, PEM)");
        }
        try {
            return KeyFactory.getInstance(publicKey.getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(found.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            throw new SvidRejectedException(
                    FailureReason.KEY_MISMATCH,
                    file + ": the private key is not one of the certificate's kind (expected: "
                            + publicKey.getAlgorithm() + ")");
        }
    }

    private static @Nullable PrivateKeyInfo keyIn(Object block) {
        if (block instanceof PEMKeyPair pair) {
            return pair.getPrivateKeyInfo();
        }
        return block instanceof PrivateKeyInfo key ? key : null;
    }

    private static List<Object> blocks(byte[] bytes) throws IOException {
        List<Object> blocks = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(new String(bytes, StandardCharsets.ISO_8859_1)))) {
            for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    static byte[] encode(String label, List<byte[]> ders) {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            for (byte[] der : ders) {
                writer.writeObject(new PemObject(label, der));
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static CertificateFactory factory() throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509");
    }

    private static SvidRejectedException malformedKey(Path file, String why) {
        return new SvidRejectedException(FailureReason.MALFORMED_PRIVATE_KEY, file + ": " + why);
    }
}
