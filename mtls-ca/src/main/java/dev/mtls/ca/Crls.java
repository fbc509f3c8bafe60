package dev.mtls.ca;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.util.Date;
import java.util.Map;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/** Makes complete CRLs (RFC 5280 §5). */
final class Crls {
    private Crls() {}

    static X509CRL sign(Issuer issuer, BigInteger number, Validity validity) {
        X509v2CRLBuilder builder =
                new X509v2CRLBuilder(Certificates.subject(issuer.signer()), Date.from(validity.notBefore()));
        builder.setNextUpdate(Date.from(validity.notAfter()));
        for (Map.Entry<BigInteger, Date> revoked : issuer.revoked().entrySet()) {
            // No reason: "unspecified" is to be left out (RFC 5280 §5.3.1).
            builder.addCRLEntry(revoked.getKey(), revoked.getValue(), 0);
        }
        try {
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils()
                            .createAuthorityKeyIdentifier(
                                    issuer.signer().certificate().getPublicKey()));
            builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
            byte[] der = builder.build(issuer.signer().contentSigner()).getEncoded();
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no security provider of this Java run time has SHA-1 for key IDs", e);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a CRL just made cannot be read back", e);
        }
    }
}
