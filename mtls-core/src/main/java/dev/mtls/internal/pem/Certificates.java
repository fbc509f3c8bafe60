package dev.mtls.internal.pem;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.io.ByteArrayInputStream;
import java.security.NoSuchProviderException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads certificates and CRLs, as PEM or as concatenated DER. */
public final class Certificates {
    private Certificates() {}

    /**
     * The certificates in the bytes, in order; other PEM blocks, such as a key, are passed over. Empty bytes hold none.
     *
     * @param what what the bytes are, for the message
     */
    public static List<X509Certificate> parse(byte[] bytes, String what) throws SvidRejectedException {
        List<X509Certificate> certificates = new ArrayList<>();
        if (!Pem.looksLikePem(bytes)) {
            for (byte[] der : elements(bytes, what, FailureReason.MALFORMED_CERTIFICATE)) {
                certificates.add(certificate(der, what));
            }
            return certificates;
        }
        for (Pem.Block block : Pem.parse(bytes, what, FailureReason.MALFORMED_CERTIFICATE)) {
            if (block.label().equals("CERTIFICATE")) {
                certificates.add(certificate(element(block, what, FailureReason.MALFORMED_CERTIFICATE), what));
            } else if (block.label().endsWith(" CERTIFICATE")) {
                // Passing it over would lose an authority in silence.
                throw malformed(what, "a block " + block.label() + " is not supported (expected: CERTIFICATE)", null);
            }
        }
        return certificates;
    }

    /** The CRLs in the bytes, PEM or concatenated DER; other PEM blocks are passed over. Empty bytes hold none. */
    public static List<X509CRL> parseCrls(byte[] bytes, String what) throws SvidRejectedException {
        List<X509CRL> crls = new ArrayList<>();
        if (!Pem.looksLikePem(bytes)) {
            for (byte[] der : elements(bytes, what, FailureReason.MALFORMED_CRL)) {
                crls.add(crl(der, what));
            }
            return crls;
        }
        for (Pem.Block block : Pem.parse(bytes, what, FailureReason.MALFORMED_CRL)) {
            if (block.label().equals("X509 CRL")) {
                crls.add(crl(element(block, what, FailureReason.MALFORMED_CRL), what));
            } else if (block.label().endsWith("CRL")) {
                throw new SvidRejectedException(
                        FailureReason.MALFORMED_CRL,
                        what + ": a block " + block.label() + " is not supported (expected: X509 CRL)");
            }
        }
        return crls;
    }

    /** The one element of a block: Java's certificate factory passes over what follows it. */
    private static byte[] element(Pem.Block block, String what, FailureReason malformed) throws SvidRejectedException {
        List<byte[]> elements = elements(block.der(), what, malformed);
        if (elements.size() != 1) {
            throw new SvidRejectedException(
                    malformed,
                    what + ": a block " + block.label() + " holds " + elements.size() + " DER elements (expected: 1)");
        }
        return elements.get(0);
    }

    private static List<byte[]> elements(byte[] bytes, String what, FailureReason malformed)
            throws SvidRejectedException {
        if (bytes.length > Pem.MAX_BYTES) {
            throw new SvidRejectedException(
                    malformed, what + ": " + bytes.length + " bytes (expected: at most " + Pem.MAX_BYTES + ")");
        }
        List<byte[]> elements = new ArrayList<>();
        try {
            Der der = new Der(bytes);
            while (der.hasNext()) {
                elements.add(der.element(Der.SEQUENCE));
            }
        } catch (IllegalArgumentException e) {
            throw new SvidRejectedException(malformed, what + ": neither PEM nor well-formed DER", e);
        }
        return elements;
    }

    private static X509Certificate certificate(byte[] der, String what) throws SvidRejectedException {
        try {
            return (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | RuntimeException e) {
            throw malformed(what, "a certificate cannot be parsed: " + e.getMessage(), e);
        }
    }

    /** The certificate as the JDK's own parser reads it, whichever provider made it: what is judged is judged alike. */
    public static X509Certificate canonical(X509Certificate certificate) throws CertificateException {
        return (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(certificate.getEncoded()));
    }

    private static X509CRL crl(byte[] der, String what) throws SvidRejectedException {
        try {
            return (X509CRL) factory().generateCRL(new ByteArrayInputStream(der));
        } catch (CRLException | CertificateException | RuntimeException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_CRL, what + ": the CRL cannot be parsed: " + e.getMessage(), e);
        }
    }

    private static CertificateFactory factory() throws CertificateException {
        try {
            return CertificateFactory.getInstance("X.509", "SUN");
        } catch (NoSuchProviderException e) {
            throw new CertificateException(
                    "the JDK's own provider SUN is missing; has the java.security file been changed?", e);
        }
    }

    private static SvidRejectedException malformed(
            String what, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new SvidRejectedException(FailureReason.MALFORMED_CERTIFICATE, what + ": " + why, cause);
    }
}
