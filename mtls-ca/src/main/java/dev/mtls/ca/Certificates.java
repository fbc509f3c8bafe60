package dev.mtls.ca;

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
import java.security.interfaces.ECKey;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
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
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.ContentSigner;

/** Makes certificates with the profile of X509-SVID §2 to §4. */
final class Certificates {
    private static final int SERIAL_BYTES = 16;
    private static final X500Name NO_SUBJECT = new X500Name(new RDN[0]);
    private static final KeyUsage SIGNING = new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
    private static final ExtendedKeyUsage BOTH_SIDES_OF_TLS =
            new ExtendedKeyUsage(new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth});

    private final TrustDomain trustDomain;
    private final SecureRandom random = new SecureRandom();

    Certificates(TrustDomain trustDomain) {
        this.trustDomain = trustDomain;
    }

    /** A self-signed root. */
    Signer root(KeyType keyType, OptionalInt pathLength, Validity validity) {
        KeyPair keys = keyType.generate();
        BigInteger serial = serial();
        X500Name name = name("root", serial);
        X509v3CertificateBuilder builder = builder(name, serial, validity, name, keys.getPublic());
        addSigningExtensions(
                builder,
                pathLength.isPresent() ? new BasicConstraints(pathLength.getAsInt()) : new BasicConstraints(true));
        addKeyIdentifiers(builder, keys.getPublic(), keys.getPublic());
        String algorithm = KeyType.signatureAlgorithm(keys.getPublic()).orElseThrow();
        X509Certificate certificate = sign(builder, Signer.contentSigner(keys.getPrivate(), algorithm));
        return Signer.of(List.of(certificate), keys.getPrivate());
    }

    /** An intermediate with a new key. */
    Signer intermediate(Signer issuer, IntermediateOptions options, Validity validity) {
        KeyPair keys = options.keyType().generate();
        BigInteger serial = serial();
        X509v3CertificateBuilder builder = builder(
                subject(issuer), serial, validity.within(issuer), name(options.name(), serial), keys.getPublic());
        addSigningExtensions(builder, new BasicConstraints(options.pathLength()));
        if (options.nameConstraint()) {
            add(builder, Extension.nameConstraints, true, onlyTrustDomain());
        }
        addKeyIdentifiers(builder, keys.getPublic(), issuer.certificate().getPublicKey());
        List<X509Certificate> path = new ArrayList<>();
        path.add(sign(builder, issuer.contentSigner()));
        path.addAll(issuer.path());
        return Signer.of(path, keys.getPrivate());
    }

    /** A leaf: X509-SVID §2, §3.1, §4.1, §4.3, §4.4. */
    X509Certificate leaf(Signer issuer, SvidRequest request, PublicKey key, Validity validity) {
        // No subject: nothing but the SPIFFE ID can be taken for the name of the workload.
        X509v3CertificateBuilder builder = builder(subject(issuer), serial(), validity.within(issuer), NO_SUBJECT, key);
        List<GeneralName> names = new ArrayList<>();
        names.add(new GeneralName(
                GeneralName.uniformResourceIdentifier, request.id().toString()));
        for (String dnsName : request.dnsNames()) {
            names.add(new GeneralName(GeneralName.dNSName, dnsName));
        }
        // Critical, since the subject is empty (X509-SVID §3.1, RFC 5280 §4.2.1.6).
        add(builder, Extension.subjectAlternativeName, true, new GeneralNames(names.toArray(new GeneralName[0])));
        add(builder, Extension.basicConstraints, true, new BasicConstraints(false));
        add(builder, Extension.keyUsage, true, leafUsage(key));
        add(builder, Extension.extendedKeyUsage, false, BOTH_SIDES_OF_TLS);
        addKeyIdentifiers(builder, key, issuer.certificate().getPublicKey());
        return sign(builder, issuer.contentSigner());
    }

    /** RFC 8410 §5 forbids keyAgreement with Ed25519, and RSA keys do nothing but sign in our cipher suites. */
    private static KeyUsage leafUsage(PublicKey key) {
        return key instanceof ECKey
                ? new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyAgreement)
                : new KeyUsage(KeyUsage.digitalSignature);
    }

    /** X509-SVID §3.2 (the trust domain's ID, without a path), §4.1, §4.3. */
    private void addSigningExtensions(X509v3CertificateBuilder builder, BasicConstraints basicConstraints) {
        GeneralName id = new GeneralName(
                GeneralName.uniformResourceIdentifier, trustDomain.id().toString());
        add(builder, Extension.subjectAlternativeName, false, new GeneralNames(id));
        add(builder, Extension.basicConstraints, true, basicConstraints);
        add(builder, Extension.keyUsage, true, SIGNING);
    }

    /** RFC 5280 §4.2.1.10: a URI constraint names a host; without a leading dot exactly that host. */
    private NameConstraints onlyTrustDomain() {
        GeneralName host = new GeneralName(GeneralName.uniformResourceIdentifier, trustDomain.name());
        return new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(host)}, null);
    }

    private static void addKeyIdentifiers(X509v3CertificateBuilder builder, PublicKey subject, PublicKey issuer) {
        try {
            JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
            add(builder, Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(subject));
            add(builder, Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(issuer));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no security provider of this Java run time has SHA-1 for key IDs", e);
        }
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, BigInteger serial, Validity validity, X500Name subject, PublicKey key) {
        return new X509v3CertificateBuilder(
                issuer,
                serial,
                Date.from(validity.notBefore()),
                Date.from(validity.notAfter()),
                subject,
                SubjectPublicKeyInfo.getInstance(key.getEncoded()));
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
    private X500Name name(String commonName, BigInteger serial) {
        String organization = trustDomain.name();
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, organization.substring(0, Math.min(organization.length(), Limits.MAX_NAME)))
                .addRDN(BCStyle.CN, commonName)
                .addRDN(BCStyle.SERIALNUMBER, serial.toString(16))
                .build();
    }

    /** 128 random bits, positive (RFC 5280 §4.1.2.2). */
    private BigInteger serial() {
        byte[] bytes = new byte[SERIAL_BYTES];
        random.nextBytes(bytes);
        return new BigInteger(1, bytes).max(BigInteger.ONE);
    }
}
