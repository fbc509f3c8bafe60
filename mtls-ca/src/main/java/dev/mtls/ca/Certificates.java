package dev.mtls.ca;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.ContentSigner;
import org.jspecify.annotations.Nullable;

/** Makes certificates with the profile of X509-SVID §2 to §4. */
final class Certificates {
    private static final int SERIAL_BYTES = 16;
    private static final int MAX_COMMON_NAME = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    private Certificates() {}

    /** From when until when a certificate is valid, in whole seconds: X.509 knows no fractions. */
    record Validity(Instant notBefore, Instant notAfter) {}

    /** A self-signed root of the trust domain. */
    static Signer root(TrustDomain trustDomain, KeyType keyType, Validity validity) {
        KeyPair keys = keyType.generate();
        BigInteger serial = serial();
        X500Name name = name(trustDomain, "root", serial);
        X509v3CertificateBuilder builder = builder(name, serial, validity, name, keys.getPublic());
        addSigning(builder, trustDomain, keys.getPublic(), null, null);
        X509Certificate certificate = sign(builder, Signer.contentSigner(keys.getPrivate(), keyType));
        return new Signer(certificate, List.of(), keys.getPrivate(), keyType);
    }

    /** A leaf: X509-SVID §2, §3.1, §4.1, §4.3, §4.4. */
    static X509Certificate leaf(
            Signer issuer, SpiffeId id, List<String> dnsNames, PublicKey publicKey, Validity validity) {
        // No subject: the identity is the SPIFFE ID, and nothing else is tempted to stand for it.
        X509v3CertificateBuilder builder = builder(
                subject(issuer), serial(), validity, new X500Name(new org.bouncycastle.asn1.x500.RDN[0]), publicKey);
        List<GeneralName> names = new ArrayList<>();
        names.add(new GeneralName(GeneralName.uniformResourceIdentifier, id.toString()));
        for (String dnsName : dnsNames) {
            names.add(new GeneralName(GeneralName.dNSName, dnsName));
        }
        // X509-SVID §3.1, RFC 5280 §4.2.1.6: critical, since the subject is empty.
        add(builder, Extension.subjectAlternativeName, true, new GeneralNames(names.toArray(new GeneralName[0])));
        add(builder, Extension.basicConstraints, true, new BasicConstraints(false));
        // RFC 8410 §5 forbids keyAgreement for Ed25519; with RSA our suites only sign.
        int usage = publicKey.getAlgorithm().equals("EC")
                ? KeyUsage.digitalSignature | KeyUsage.keyAgreement
                : KeyUsage.digitalSignature;
        add(builder, Extension.keyUsage, true, new KeyUsage(usage));
        add(builder, Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
            KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
        }));
        addKeyIdentifiers(builder, publicKey, issuer.certificate().getPublicKey());
        return sign(builder, issuer.contentSigner());
    }

    /** What a root and an intermediate have in common: X509-SVID §3.2, §4.1, §4.3. */
    private static void addSigning(
            X509v3CertificateBuilder builder,
            TrustDomain trustDomain,
            PublicKey publicKey,
            @Nullable PublicKey issuer,
            @Nullable Integer pathLength) {
        GeneralName id = new GeneralName(
                GeneralName.uniformResourceIdentifier, trustDomain.id().toString());
        add(builder, Extension.subjectAlternativeName, false, new GeneralNames(id));
        add(
                builder,
                Extension.basicConstraints,
                true,
                pathLength == null ? new BasicConstraints(true) : new BasicConstraints(pathLength));
        add(builder, Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        addKeyIdentifiers(builder, publicKey, issuer == null ? publicKey : issuer);
    }

    private static void addKeyIdentifiers(X509v3CertificateBuilder builder, PublicKey subject, PublicKey issuer) {
        try {
            JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
            add(builder, Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(subject));
            add(builder, Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(issuer));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(
                    "no security provider of this Java run time has SHA-1, for key identifiers", e);
        }
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, BigInteger serial, Validity validity, X500Name subject, PublicKey publicKey) {
        return new X509v3CertificateBuilder(
                issuer,
                serial,
                Date.from(validity.notBefore()),
                Date.from(validity.notAfter()),
                subject,
                SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()));
    }

    private static void add(
            X509v3CertificateBuilder builder, ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
        try {
            builder.addExtension(oid, critical, value);
        } catch (IOException e) {
            throw new IllegalStateException("the extension " + oid + " cannot be encoded", e);
        }
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, ContentSigner signer) {
        try {
            byte[] der = builder.build(signer).getEncoded();
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a certificate just made cannot be read back", e);
        }
    }

    static X500Name subject(Signer signer) {
        return X500Name.getInstance(
                signer.certificate().getSubjectX500Principal().getEncoded());
    }

    /** A name that no other signing certificate has: with equal names, path building and CRLs would have to guess. */
    private static X500Name name(TrustDomain trustDomain, String kind, BigInteger serial) {
        String commonName = trustDomain + " " + kind;
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName.substring(0, Math.min(commonName.length(), MAX_COMMON_NAME)))
                .addRDN(BCStyle.SERIALNUMBER, serial.toString(16))
                .build();
    }

    /** 128 random bits, positive (RFC 5280 §4.1.2.2). */
    private static BigInteger serial() {
        byte[] bytes = new byte[SERIAL_BYTES];
        RANDOM.nextBytes(bytes);
        return new BigInteger(1, bytes).max(BigInteger.ONE);
    }
}
