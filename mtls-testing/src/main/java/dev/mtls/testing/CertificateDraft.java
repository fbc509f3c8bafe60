package dev.mtls.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate in the making. It starts as a good one, and is then spoilt: {@code mtls-ca} makes good ones only.
 *
 * <p>For use by one thread.
 */
final class CertificateDraft {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SERIAL_BITS = 127;
    private static final String PRIVATE_EXTENSION = "1.3.6.1.4.1.32473.1";

    private final KeyPair keys;
    private final X500Name subject;
    private Instant notBefore;
    private Instant notAfter;
    private final List<GeneralName> names = new ArrayList<>();
    private @Nullable BasicConstraints basicConstraints;
    private @Nullable KeyUsage keyUsage;
    private @Nullable ExtendedKeyUsage extendedKeyUsage;
    private @Nullable NameConstraints nameConstraints;
    private boolean unknownCriticalExtension;
    private String signatureAlgorithm = "SHA256withECDSA";
    private boolean signatureBroken;

    /** A certificate with its key, to sign others with or to be presented. */
    record Minted(X509Certificate certificate, PrivateKey key) {
        @Override
        public String toString() {
            return "Minted[" + certificate.getSerialNumber().toString(16) + "]";
        }
    }

    private CertificateDraft(KeyPair keys, String subject, Instant now) {
        this.keys = keys;
        this.subject = new X500Name(subject);
        this.notBefore = now.minusSeconds(10);
        this.notAfter = now.plusSeconds(3600);
    }

    /** A good leaf. */
    static CertificateDraft leaf(KeyPair keys, String id, Instant now) {
        return leaf("workload", keys, id, now);
    }

    /** A good leaf with a name of its own, to be an issuer. */
    static CertificateDraft leaf(String commonName, KeyPair keys, String id, Instant now) {
        CertificateDraft draft = new CertificateDraft(keys, "CN=" + commonName, now);
        draft.basicConstraints = new BasicConstraints(false);
        draft.extendedKeyUsage =
                new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth});
        return draft.keyUsage(KeyUsage.digitalSignature).uris(id);
    }

    /** A good signing certificate. */
    static CertificateDraft authority(String commonName, Instant now) {
        CertificateDraft draft = new CertificateDraft(ecKeys(), "CN=" + commonName, now);
        draft.basicConstraints = new BasicConstraints(true);
        return draft.keyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
    }

    static KeyPair ecKeys() {
        return keys("EC", new ECGenParameterSpec("secp256r1"));
    }

    static KeyPair rsaKeys(int bits) {
        return keys("RSA", new RSAKeyGenParameterSpec(bits, RSAKeyGenParameterSpec.F4));
    }

    private static KeyPair keys(String algorithm, AlgorithmParameterSpec parameters) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(parameters);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no security provider of this Java run time makes such keys", e);
        }
    }

    CertificateDraft uris(String... uris) {
        names.clear();
        for (String uri : uris) {
            names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
        }
        return this;
    }

    CertificateDraft dnsName(String name) {
        names.clear();
        names.add(new GeneralName(GeneralName.dNSName, name));
        return this;
    }

    CertificateDraft ca(boolean ca) {
        basicConstraints = new BasicConstraints(ca);
        return this;
    }

    CertificateDraft pathLength(int length) {
        basicConstraints = new BasicConstraints(length);
        return this;
    }

    CertificateDraft keyUsage(int bits) {
        keyUsage = new KeyUsage(bits);
        return this;
    }

    CertificateDraft noKeyUsage() {
        keyUsage = null;
        return this;
    }

    CertificateDraft extendedKeyUsage(KeyPurposeId... purposes) {
        extendedKeyUsage = new ExtendedKeyUsage(purposes);
        return this;
    }

    CertificateDraft validity(Instant from, Instant until) {
        notBefore = from;
        notAfter = until;
        return this;
    }

    CertificateDraft permittedUris(String host) {
        nameConstraints = new NameConstraints(new GeneralSubtree[] {subtree(host)}, null);
        return this;
    }

    CertificateDraft excludedUris(String host) {
        nameConstraints = new NameConstraints(null, new GeneralSubtree[] {subtree(host)});
        return this;
    }

    private static GeneralSubtree subtree(String host) {
        return new GeneralSubtree(new GeneralName(GeneralName.uniformResourceIdentifier, host));
    }

    CertificateDraft unknownCriticalExtension() {
        unknownCriticalExtension = true;
        return this;
    }

    CertificateDraft signatureAlgorithm(String name) {
        signatureAlgorithm = name;
        return this;
    }

    CertificateDraft brokenSignature() {
        signatureBroken = true;
        return this;
    }

    Minted selfSigned() {
        return sign(subject, keys.getPrivate());
    }

    Minted signedBy(Minted issuer) {
        return sign(
                X500Name.getInstance(
                        issuer.certificate().getSubjectX500Principal().getEncoded()),
                issuer.key());
    }

    private Minted sign(X500Name issuer, PrivateKey issuerKey) {
        try {
            X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                    issuer,
                    new BigInteger(SERIAL_BITS, RANDOM).setBit(0),
                    Date.from(notBefore),
                    Date.from(notAfter),
                    subject,
                    SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
            addExtensions(builder);
            byte[] der = builder.build(new JcaContentSignerBuilder(signatureAlgorithm).build(issuerKey))
                    .getEncoded();
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(signatureBroken ? withBrokenSignature(der) : der));
            return new Minted(certificate, keys.getPrivate());
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException("a certificate could not be minted", e);
        }
    }

    private void addExtensions(X509v3CertificateBuilder builder) throws IOException {
        add(builder, Extension.basicConstraints, true, basicConstraints);
        add(builder, Extension.keyUsage, true, keyUsage);
        add(builder, Extension.extendedKeyUsage, false, extendedKeyUsage);
        add(builder, Extension.nameConstraints, true, nameConstraints);
        if (!names.isEmpty()) {
            add(builder, Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
        }
        if (unknownCriticalExtension) {
            add(builder, new ASN1ObjectIdentifier(PRIVATE_EXTENSION), true, DERNull.INSTANCE);
        }
    }

    private static void add(
            X509v3CertificateBuilder builder, ASN1ObjectIdentifier oid, boolean critical, @Nullable ASN1Encodable value)
            throws IOException {
        if (value != null) {
            builder.addExtension(oid, critical, value);
        }
    }

    private static byte[] withBrokenSignature(byte[] der) throws IOException {
        Certificate certificate = Certificate.getInstance(der);
        byte[] signature = certificate.getSignature().getOctets();
        signature[signature.length - 1] ^= 1;
        return new DERSequence(new ASN1Encodable[] {
                    certificate.getTBSCertificate(), certificate.getSignatureAlgorithm(), new DERBitString(signature)
                })
                .getEncoded("DER");
    }
}
