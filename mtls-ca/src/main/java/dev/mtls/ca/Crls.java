package dev.mtls.ca;

import dev.mtls.ca.State.Revocation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/** Makes complete CRLs (RFC 5280 §5). */
final class Crls {
    private Crls() {}

    /** The state, once something is revoked with a CRL of every issuer: new where one lacks, new everywhere if they are due. */
    static State upToDate(State state, Instant now, AuthoritySettings settings) {
        Revocation last = state.revocation();
        if (last == null) {
            return state;
        }
        boolean due = !now.isBefore(last.refreshAt());
        BigInteger number = last.number().add(BigInteger.ONE);
        Validity validity = Validity.of(now, settings.backdate(), settings.crlTtl());
        State signed = state.withAllIssuers(ofNode -> {
            List<Issuer> issuers = new ArrayList<>();
            for (Issuer issuer : ofNode) {
                boolean needed =
                        (due || issuer.crl() == null) && issuer.signer().maySignCrls();
                issuers.add(needed ? issuer.withCrl(sign(issuer, number, validity)) : issuer);
            }
            return issuers;
        });
        Instant refreshAt = due ? now.plus(settings.crlTtl().dividedBy(2)) : last.refreshAt();
        return signed.withRevocation(new Revocation(number, last.foreign(), refreshAt));
    }

    private static X509CRL sign(Issuer issuer, BigInteger number, Validity validity) {
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
