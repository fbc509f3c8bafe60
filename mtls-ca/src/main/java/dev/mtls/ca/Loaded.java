package dev.mtls.ca;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;

/**
 * What an authority starts from.
 *
 * @param roots what is trusted, the signer's root among them
 * @param hasCrls whether there are CRLs, so that there must go on being some
 * @param revoked what the signer had revoked
 * @param crlNumber the number of the signer's last CRL, or 0
 * @param foreignCrls the CRLs of others
 */
record Loaded(
        Signer signer,
        List<X509Certificate> roots,
        boolean hasCrls,
        Map<BigInteger, Date> revoked,
        BigInteger crlNumber,
        List<X509CRL> foreignCrls) {

    static Loaded of(Signer signer, List<X509Certificate> roots) {
        return new Loaded(signer, roots, false, Map.of(), BigInteger.ZERO, List.of());
    }

    /** With a CRL: the signer's own is taken over and continued, one of another issuer is kept as it is. */
    Loaded withCrl(X509CRL crl) {
        if (!isOwn(crl)) {
            List<X509CRL> foreign = new ArrayList<>(foreignCrls);
            foreign.add(crl);
            return new Loaded(signer, roots, true, revoked, crlNumber, List.copyOf(foreign));
        }
        Map<BigInteger, Date> all = new HashMap<>(revoked);
        Set<? extends X509CRLEntry> entries = crl.getRevokedCertificates();
        if (entries != null) {
            for (X509CRLEntry entry : entries) {
                all.putIfAbsent(entry.getSerialNumber(), entry.getRevocationDate());
            }
        }
        return new Loaded(signer, roots, true, Map.copyOf(all), crlNumber.max(number(crl)), foreignCrls);
    }

    private boolean isOwn(X509CRL crl) {
        if (!crl.getIssuerX500Principal().equals(signer.certificate().getSubjectX500Principal())) {
            return false;
        }
        try {
            crl.verify(signer.certificate().getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            // Signed by another key of the same name, such as the one before a renewal.
            return false;
        }
    }

    private static BigInteger number(X509CRL crl) {
        byte[] extension = crl.getExtensionValue(Extension.cRLNumber.getId());
        if (extension == null) {
            return BigInteger.ZERO;
        }
        byte[] value = ASN1OctetString.getInstance(extension).getOctets();
        return ASN1Integer.getInstance(value).getPositiveValue();
    }
}
