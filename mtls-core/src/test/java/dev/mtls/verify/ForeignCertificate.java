package dev.mtls.verify;

import java.math.BigInteger;
import java.security.Principal;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.Set;

/** A certificate object of some other provider: its bytes are one thing, what its methods answer another. */
final class ForeignCertificate extends X509Certificate {
    private static final long serialVersionUID = 1L;

    private final transient X509Certificate answers;
    private final byte[] encoded;

    ForeignCertificate(X509Certificate answers, byte[] encoded) {
        this.answers = answers;
        this.encoded = encoded;
    }

    @Override
    public byte[] getEncoded() {
        return encoded.clone();
    }

    @Override
    public void verify(PublicKey key) {
        // Accepts every signature.
    }

    @Override
    public void verify(PublicKey key, String provider) {
        // Accepts every signature.
    }

    @Override
    public void checkValidity() {
        // Never ends.
    }

    @Override
    public void checkValidity(Date date) {
        // Never ends.
    }

    @Override
    public String toString() {
        return "ForeignCertificate";
    }

    @Override
    public PublicKey getPublicKey() {
        return answers.getPublicKey();
    }

    @Override
    public int getVersion() {
        return answers.getVersion();
    }

    @Override
    public BigInteger getSerialNumber() {
        return answers.getSerialNumber();
    }

    @Override
    @SuppressWarnings("deprecation")
    public Principal getIssuerDN() {
        return answers.getIssuerDN();
    }

    @Override
    @SuppressWarnings("deprecation")
    public Principal getSubjectDN() {
        return answers.getSubjectDN();
    }

    @Override
    public Date getNotBefore() {
        return answers.getNotBefore();
    }

    @Override
    public Date getNotAfter() {
        return answers.getNotAfter();
    }

    @Override
    public byte[] getTBSCertificate() throws java.security.cert.CertificateEncodingException {
        return answers.getTBSCertificate();
    }

    @Override
    public byte[] getSignature() {
        return answers.getSignature();
    }

    @Override
    public String getSigAlgName() {
        return answers.getSigAlgName();
    }

    @Override
    public String getSigAlgOID() {
        return answers.getSigAlgOID();
    }

    @Override
    public byte[] getSigAlgParams() {
        return answers.getSigAlgParams();
    }

    @Override
    public boolean[] getIssuerUniqueID() {
        return answers.getIssuerUniqueID();
    }

    @Override
    public boolean[] getSubjectUniqueID() {
        return answers.getSubjectUniqueID();
    }

    @Override
    public boolean[] getKeyUsage() {
        return answers.getKeyUsage();
    }

    @Override
    public int getBasicConstraints() {
        return answers.getBasicConstraints();
    }

    @Override
    public Set<String> getCriticalExtensionOIDs() {
        return answers.getCriticalExtensionOIDs();
    }

    @Override
    public byte[] getExtensionValue(String oid) {
        return answers.getExtensionValue(oid);
    }

    @Override
    public Set<String> getNonCriticalExtensionOIDs() {
        return answers.getNonCriticalExtensionOIDs();
    }

    @Override
    public boolean hasUnsupportedCriticalExtension() {
        return answers.hasUnsupportedCriticalExtension();
    }
}
