package dev.mtls.testkit;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509ExtensionUtils;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority for tests that mints whatever it is told to, right or wrong.
 *
 * <pre>{@code
 * TestCa root = TestCa.root("example.org");
 * TestCa intermediate = root.intermediate(spec -> spec.pathLength(0));
 * TestCa.Leaf leaf = intermediate.leaf("spiffe://example.org/api", spec -> spec.keyType(KeyType.RSA_2048));
 * leaf.svid(Clock.systemUTC());
 * root.bundle();
 * }</pre>
 *
 * <p>Without a word from the test, certificates are right: EC P-256, one hour before and after now, X509-SVID extensions.
 */
public final class TestCa {
    /** Kinds of keys, good ones and bad ones. */
    public enum KeyType {
        EC_P256("EC", "P-256", "SHA256withECDSA"),
        EC_P384("EC", "P-384", "SHA384withECDSA"),
        /** Not supported by the library. */
        EC_P521("EC", "P-521", "SHA512withECDSA"),
        /** Weak. */
        EC_P224("EC", "P-224", "SHA256withECDSA"),
        RSA_2048("RSA", "2048", "SHA256withRSA"),
        RSA_3072("RSA", "3072", "SHA256withRSA"),
        /** Weak. */
        RSA_1024("RSA", "1024", "SHA256withRSA"),
        ED25519("Ed25519", "", "Ed25519"),
        /** Not supported by the library. */
        ED448("Ed448", "", "Ed448"),
        /** Not supported by the library. */
        DSA_2048("DSA", "2048", "SHA256withDSA");

        final String algorithm;
        final String parameter;
        final String signature;

        KeyType(String algorithm, String parameter, String signature) {
            this.algorithm = algorithm;
            this.parameter = parameter;
            this.signature = signature;
        }
    }

    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String trustDomain;
    private final X509Certificate certificate;
    private final KeyPair keys;
    private final List<X509Certificate> chain;

    private TestCa(String trustDomain, X509Certificate certificate, KeyPair keys, List<X509Certificate> chain) {
        this.trustDomain = trustDomain;
        this.certificate = certificate;
        this.keys = keys;
        this.chain = List.copyOf(chain);
    }

    /** A self-signed root with the SPIFFE ID of the trust domain. */
    public static TestCa root(String trustDomain) {
        return root(trustDomain, spec -> {});
    }

    /** A self-signed root, with the details changed. */
    public static TestCa root(String trustDomain, Consumer<Spec> details) {
        Spec spec = Spec.ca(trustDomain, "Root of " + trustDomain);
        details.accept(spec);
        KeyPair keys = spec.keys();
        return new TestCa(trustDomain, mint(spec, spec.subject, keys, keys, null), keys, List.of());
    }

    /** A signing certificate issued by this CA. */
    public TestCa intermediate() {
        return intermediate(spec -> {});
    }

    /** A signing certificate issued by this CA, with the details changed. */
    public TestCa intermediate(Consumer<Spec> details) {
        Spec spec = Spec.ca(trustDomain, "Intermediate " + randomSerial().toString(16) + " of " + trustDomain);
        details.accept(spec);
        KeyPair subjectKeys = spec.keys();
        X509Certificate minted = mint(spec, issuerName(), subjectKeys, keys, certificate);
        List<X509Certificate> below = new ArrayList<>(List.of(minted));
        below.addAll(chain);
        return new TestCa(trustDomain, minted, subjectKeys, below);
    }

    /** A leaf with the SPIFFE ID. */
    public Leaf leaf(String spiffeId) {
        return leaf(spiffeId, spec -> {});
    }

    /** A leaf with the SPIFFE ID, and other details changed. */
    public Leaf leaf(String spiffeId, Consumer<Spec> details) {
        Spec spec = Spec.leaf(spiffeId);
        details.accept(spec);
        KeyPair leafKeys = spec.keys();
        X509Certificate minted = mint(spec, issuerName(), leafKeys, keys, certificate);
        List<X509Certificate> whole = new ArrayList<>(List.of(minted));
        whole.addAll(chain);
        return new Leaf(whole, leafKeys.getPrivate());
    }

    /**
     * This CA's name and key certified by another CA. Leaves that this CA has issued chain to the other through {@link
     * #certificate()} of the answer.
     */
    public TestCa crossSignedBy(TestCa other, Consumer<Spec> details) {
        return other.intermediate(spec -> {
            spec.subject(issuerName()).keys(keys);
            details.accept(spec);
        });
    }

    /** The trust domain. */
    public String trustDomain() {
        return trustDomain;
    }

    /** The CA's certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** The CA's keys. */
    public KeyPair keys() {
        return keys;
    }

    /** What goes between a leaf of this CA and the root: this CA's certificate first; empty for a root. */
    public List<X509Certificate> chain() {
        return chain;
    }

    /** The bundle of the trust domain with this CA as the only authority. */
    public X509Bundle bundle() {
        return bundleOf(trustDomain, certificate);
    }

    /** A bundle. */
    public static X509Bundle bundleOf(String trustDomain, X509Certificate... authorities) {
        try {
            return X509Bundle.of(TrustDomain.parse(trustDomain), List.of(authorities));
        } catch (SvidRejectedException e) {
            throw new AssertionError(e);
        }
    }

    /** A CRL of this CA, fresh, that revokes the certificates. */
    public X509CRL crl(X509Certificate... revoked) {
        return crl(spec -> {
            for (X509Certificate one : revoked) {
                spec.revoke(one.getSerialNumber());
            }
        });
    }

    /** A CRL of this CA, with the details given. */
    public X509CRL crl(Consumer<CrlSpec> details) {
        CrlSpec spec = new CrlSpec();
        details.accept(spec);
        KeyPair signing = spec.signingKeys == null ? keys : spec.signingKeys;
        try {
            X500Name issuer = spec.issuer == null ? issuerName() : new X500Name(spec.issuer);
            X509v2CRLBuilder crl = new X509v2CRLBuilder(issuer, Date.from(spec.thisUpdate));
            if (spec.nextUpdate != null) {
                crl.setNextUpdate(Date.from(spec.nextUpdate));
            }
            for (CrlSpec.Entry entry : spec.entries) {
                addEntry(crl, entry);
            }
            crl.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(signing.getPublic()));
            if (spec.number != null) {
                crl.addExtension(Extension.cRLNumber, false, new CRLNumber(spec.number));
            }
            if (spec.deltaOf != null) {
                crl.addExtension(Extension.deltaCRLIndicator, true, new CRLNumber(spec.deltaOf));
            }
            if (spec.distributionPoint != null) {
                crl.addExtension(Extension.issuingDistributionPoint, true, spec.distributionPoint);
            }
            for (Extension extension : spec.extensions) {
                crl.addExtension(extension);
            }
            X509CRLHolder holder = crl.build(signer(signing, spec.signatureAlgorithm));
            return (X509CRL)
                    CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(holder.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void addEntry(X509v2CRLBuilder crl, CrlSpec.Entry entry) throws IOException {
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        if (entry.reason != 0) {
            extensions.addExtension(
                    Extension.reasonCode, false, org.bouncycastle.asn1.x509.CRLReason.lookup(entry.reason));
        }
        if (entry.certificateIssuer != null) {
            extensions.addExtension(
                    Extension.certificateIssuer,
                    true,
                    new GeneralNames(new GeneralName(new X500Name(entry.certificateIssuer))));
        }
        crl.addCRLEntry(entry.serial, Date.from(entry.date), extensions.isEmpty() ? null : extensions.generate());
    }

    private X500Name issuerName() {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }

    private static X509Certificate mint(
            Spec spec,
            X500Name issuer,
            KeyPair subjectKeys,
            KeyPair issuerKeys,
            @Nullable X509Certificate issuerCertificate) {
        KeyPair signing = spec.signingKeys == null ? issuerKeys : spec.signingKeys;
        X500Name issuerName = spec.issuer == null ? issuer : new X500Name(spec.issuer);
        SubjectPublicKeyInfo subjectKey =
                SubjectPublicKeyInfo.getInstance(subjectKeys.getPublic().getEncoded());
        try {
            X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                    issuerName,
                    spec.serial == null ? randomSerial() : spec.serial,
                    Date.from(spec.notBefore),
                    Date.from(spec.notAfter),
                    spec.subject,
                    subjectKey);
            JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
            addExtensions(spec, builder);
            if (spec.keyIdentifiers) {
                addKeyIdentifiers(builder, identifiers, subjectKey, issuerKeys, issuerCertificate);
            }
            byte[] der = builder.build(signer(signing, spec.signatureAlgorithm)).getEncoded();
            return certificate(spec.breakSignature ? withBrokenSignature(der) : der);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void addKeyIdentifiers(
            X509v3CertificateBuilder builder,
            X509ExtensionUtils identifiers,
            SubjectPublicKeyInfo subjectKey,
            KeyPair issuerKeys,
            @Nullable X509Certificate issuerCertificate)
            throws IOException {
        builder.addExtension(Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(subjectKey));
        if (issuerCertificate != null) {
            AuthorityKeyIdentifier authority = identifiers.createAuthorityKeyIdentifier(
                    SubjectPublicKeyInfo.getInstance(issuerKeys.getPublic().getEncoded()));
            builder.addExtension(Extension.authorityKeyIdentifier, false, authority);
        }
    }

    private static void addExtensions(Spec spec, X509v3CertificateBuilder builder) throws IOException {
        if (spec.ca != null) {
            BasicConstraints constraints =
                    spec.pathLength == null ? new BasicConstraints(spec.ca) : new BasicConstraints(spec.pathLength);
            builder.addExtension(Extension.basicConstraints, spec.basicConstraintsCritical, constraints);
        }
        if (spec.keyUsage != null) {
            builder.addExtension(Extension.keyUsage, spec.keyUsageCritical, new KeyUsage(spec.keyUsage));
        }
        if (!spec.extendedKeyUsage.isEmpty()) {
            KeyPurposeId[] purposes = spec.extendedKeyUsage.stream()
                    .map(oid -> KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid)))
                    .toArray(KeyPurposeId[]::new);
            builder.addExtension(
                    Extension.extendedKeyUsage, spec.extendedKeyUsageCritical, new ExtendedKeyUsage(purposes));
        }
        if (!spec.names.isEmpty()) {
            // A critical SAN where the subject is empty (X509-SVID 3.1).
            boolean critical = spec.sanCritical == null ? spec.subject.getRDNs().length == 0 : spec.sanCritical;
            GeneralNames names = new GeneralNames(spec.names.toArray(GeneralName[]::new));
            builder.addExtension(Extension.subjectAlternativeName, critical, names);
        }
        if (!spec.permitted.isEmpty() || !spec.excluded.isEmpty()) {
            NameConstraints constraints = new NameConstraints(subtrees(spec.permitted), subtrees(spec.excluded));
            builder.addExtension(Extension.nameConstraints, spec.nameConstraintsCritical, constraints);
        }
        for (Extension extension : spec.extensions) {
            builder.addExtension(extension);
        }
    }

    private static GeneralSubtree @Nullable [] subtrees(List<GeneralName> names) {
        if (names.isEmpty()) {
            return null;
        }
        return names.stream().map(GeneralSubtree::new).toArray(GeneralSubtree[]::new);
    }

    private static ContentSigner signer(KeyPair keys, @Nullable String signatureAlgorithm) {
        String algorithm = signatureAlgorithm == null ? defaultSignature(keys) : signatureAlgorithm;
        JcaContentSignerBuilder builder = new JcaContentSignerBuilder(algorithm);
        if (keys.getPrivate().getClass().getName().startsWith("org.bouncycastle")) {
            builder.setProvider(BOUNCY_CASTLE);
        }
        try {
            return builder.build(keys.getPrivate());
        } catch (OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private static String defaultSignature(KeyPair keys) {
        String algorithm = keys.getPublic().getAlgorithm();
        switch (algorithm) {
            case "EC":
                int bits = ((java.security.interfaces.ECKey) keys.getPublic())
                        .getParams()
                        .getOrder()
                        .bitLength();
                return bits > 384 ? "SHA512withECDSA" : bits > 256 ? "SHA384withECDSA" : "SHA256withECDSA";
            case "RSA":
                return "SHA256withRSA";
            case "DSA":
                return "SHA256withDSA";
            case "EdDSA":
                return ((java.security.interfaces.EdECKey) keys.getPublic())
                        .getParams()
                        .getName();
            default:
                return algorithm;
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

    private static X509Certificate certificate(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    private static BigInteger randomSerial() {
        return new BigInteger(127, RANDOM).setBit(126);
    }

    /** New keys. */
    public static KeyPair newKeys(KeyType type) {
        try {
            KeyPairGenerator generator = type == KeyType.EC_P224
                    ? KeyPairGenerator.getInstance(type.algorithm, BOUNCY_CASTLE)
                    : KeyPairGenerator.getInstance(type.algorithm);
            if (type.algorithm.equals("EC")) {
                generator.initialize(
                        new java.security.spec.ECGenParameterSpec("secp" + type.parameter.substring(2) + "r1"));
            } else if (!type.parameter.isEmpty()) {
                generator.initialize(Integer.parseInt(type.parameter));
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Certificates as PEM, one after the other. */
    public static String pem(X509Certificate... certificates) {
        return pem(List.of(certificates));
    }

    /** Certificates as PEM, one after the other. */
    public static String pem(List<X509Certificate> certificates) {
        StringBuilder pem = new StringBuilder();
        try {
            for (X509Certificate certificate : certificates) {
                pem.append(pem("CERTIFICATE", certificate.getEncoded()));
            }
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        return pem.toString();
    }

    /** A CRL as PEM. */
    public static String pem(X509CRL crl) {
        try {
            return pem("X509 CRL", crl.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes as a PEM block. */
    public static String pem(String label, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    /** A leaf certificate with its chain (leaf first, without the root) and key. */
    public record Leaf(List<X509Certificate> chain, PrivateKey key) {
        /** Copies the chain. */
        public Leaf {
            chain = List.copyOf(chain);
        }

        /** The leaf certificate. */
        public X509Certificate certificate() {
            return chain.get(0);
        }

        /** This leaf with another chain: itself, then the certificates. */
        public Leaf withIntermediates(X509Certificate... certificates) {
            List<X509Certificate> whole = new ArrayList<>(List.of(certificate()));
            whole.addAll(Arrays.asList(certificates));
            return new Leaf(whole, key);
        }

        /** The SVID; only for leaves that the library accepts as its own. */
        public X509Svid svid(Clock clock) {
            try {
                return X509Svid.of(chain, key, clock);
            } catch (SvidRejectedException e) {
                throw new AssertionError(e);
            }
        }

        /** The chain as PEM. */
        public String chainPem() {
            return pem(chain);
        }

        /** The key as a {@code PRIVATE KEY}. */
        public String keyPem() {
            return pem("PRIVATE KEY", pkcs8());
        }

        /** The key as an {@code RSA PRIVATE KEY} or {@code EC PRIVATE KEY}. */
        public String traditionalKeyPem() {
            return pem(key.getAlgorithm().equals("RSA") ? "RSA PRIVATE KEY" : "EC PRIVATE KEY", traditionalKey());
        }

        /** The key as PKCS#8. */
        public byte[] pkcs8() {
            return key.getEncoded();
        }

        /** The key as PKCS#1 (RSA) or SEC1 (EC, with the curve named). */
        public byte[] traditionalKey() {
            try {
                PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
                if (key.getAlgorithm().equals("RSA")) {
                    return info.parsePrivateKey().toASN1Primitive().getEncoded();
                }
                org.bouncycastle.asn1.sec.ECPrivateKey ec =
                        org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey());
                int bits = ((java.security.interfaces.ECKey) key)
                        .getParams()
                        .getOrder()
                        .bitLength();
                return new org.bouncycastle.asn1.sec.ECPrivateKey(
                                bits, ec.getKey(), info.getPrivateKeyAlgorithm().getParameters())
                        .getEncoded();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Every detail of a certificate. Each method changes this spec and answers it. */
    public static final class Spec {
        private final List<GeneralName> names = new ArrayList<>();
        private final List<GeneralName> permitted = new ArrayList<>();
        private final List<GeneralName> excluded = new ArrayList<>();
        private final List<String> extendedKeyUsage = new ArrayList<>();
        private final List<Extension> extensions = new ArrayList<>();
        private X500Name subject;
        private @Nullable String issuer;
        private KeyType keyType = KeyType.EC_P256;
        private @Nullable KeyPair keys;
        private @Nullable KeyPair signingKeys;
        private @Nullable String signatureAlgorithm;
        private @Nullable BigInteger serial;
        private Instant notBefore = Instant.now().minus(Duration.ofHours(1));
        private Instant notAfter = Instant.now().plus(Duration.ofHours(1));
        private @Nullable Boolean ca;
        private @Nullable Integer pathLength;
        private @Nullable Integer keyUsage;
        private @Nullable Boolean sanCritical;
        private boolean basicConstraintsCritical = true;
        private boolean keyUsageCritical = true;
        private boolean extendedKeyUsageCritical;
        private boolean nameConstraintsCritical = true;
        private boolean keyIdentifiers = true;
        private boolean breakSignature;

        private Spec(String subject) {
            this.subject = new X500Name(subject);
        }

        private static Spec ca(String trustDomain, String commonName) {
            return new Spec("O=SPIFFE,CN=" + commonName)
                    .ca(true)
                    .keyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign)
                    .uris(TrustDomain.parse(trustDomain).id().toString())
                    .validity(
                            Instant.now().minus(Duration.ofDays(1)),
                            Instant.now().plus(Duration.ofDays(1)));
        }

        private static Spec leaf(String spiffeId) {
            return new Spec("O=SPIFFE")
                    .ca(false)
                    .keyUsage(KeyUsage.digitalSignature)
                    .extendedKeyUsage("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")
                    .uris(spiffeId);
        }

        /** The subject, an RFC 4514 name; may be empty. */
        public Spec subject(String name) {
            return subject(new X500Name(name));
        }

        /** The subject. */
        public Spec subject(X500Name name) {
            subject = name;
            return this;
        }

        /** The issuer's name, instead of the name of the CA that issues. */
        public Spec issuer(String name) {
            issuer = name;
            return this;
        }

        /** The kind of the subject's key. */
        public Spec keyType(KeyType type) {
            keyType = type;
            return this;
        }

        /** The subject's keys, instead of new ones. */
        public Spec keys(KeyPair pair) {
            keys = pair;
            return this;
        }

        /** The keys that sign, instead of those of the CA that issues. */
        public Spec signingKeys(KeyPair pair) {
            signingKeys = pair;
            return this;
        }

        /** The signature algorithm by its JCA name, instead of what suits the CA's key. */
        public Spec signatureAlgorithm(String name) {
            signatureAlgorithm = name;
            return this;
        }

        /** Spoils the signature. */
        public Spec breakSignature() {
            breakSignature = true;
            return this;
        }

        /** The serial number. */
        public Spec serial(long number) {
            serial = BigInteger.valueOf(number);
            return this;
        }

        /** The serial number. */
        public Spec serial(BigInteger number) {
            serial = number;
            return this;
        }

        /** The validity. */
        public Spec validity(Instant from, Instant until) {
            notBefore = from;
            notAfter = until;
            return this;
        }

        /** The begin of the validity. */
        public Spec notBefore(Instant from) {
            notBefore = from;
            return this;
        }

        /** The end of the validity. */
        public Spec notAfter(Instant until) {
            notAfter = until;
            return this;
        }

        /** The URI SANs, all of them; no others than these, DNS names stay. */
        public Spec uris(String... uris) {
            names.removeIf(name -> name.getTagNo() == GeneralName.uniformResourceIdentifier);
            return addNames(GeneralName.uniformResourceIdentifier, uris);
        }

        /** Adds DNS SANs. */
        public Spec dns(String... dnsNames) {
            return addNames(GeneralName.dNSName, dnsNames);
        }

        /** Adds a SAN of any kind. */
        public Spec san(GeneralName name) {
            names.add(name);
            return this;
        }

        private Spec addNames(int tag, String... values) {
            for (String value : values) {
                names.add(new GeneralName(tag, value));
            }
            return this;
        }

        /** Whether the SAN extension is critical; without a word, it is if the subject is empty. */
        public Spec sanCritical(boolean critical) {
            sanCritical = critical;
            return this;
        }

        /** {@code cA} of the basic constraints. */
        public Spec ca(boolean value) {
            ca = value;
            pathLength = value ? pathLength : null;
            return this;
        }

        /** {@code pathLenConstraint}, with {@code cA=true}. */
        public Spec pathLength(int length) {
            ca = true;
            pathLength = length;
            return this;
        }

        /** No basic constraints at all. */
        public Spec noBasicConstraints() {
            ca = null;
            pathLength = null;
            return this;
        }

        /** Whether the basic constraints are critical. */
        public Spec basicConstraintsCritical(boolean critical) {
            basicConstraintsCritical = critical;
            return this;
        }

        /** The key usage, bits of {@link KeyUsage} or-ed. */
        public Spec keyUsage(int bits) {
            keyUsage = bits;
            return this;
        }

        /** No key usage extension. */
        public Spec noKeyUsage() {
            keyUsage = null;
            return this;
        }

        /** Whether the key usage is critical. */
        public Spec keyUsageCritical(boolean critical) {
            keyUsageCritical = critical;
            return this;
        }

        /** The extended key usage, all of it, by OIDs; none at all for no extension. */
        public Spec extendedKeyUsage(String... oids) {
            extendedKeyUsage.clear();
            extendedKeyUsage.addAll(List.of(oids));
            return this;
        }

        /** Whether the extended key usage is critical. */
        public Spec extendedKeyUsageCritical(boolean critical) {
            extendedKeyUsageCritical = critical;
            return this;
        }

        /** Adds permitted URI hosts to the name constraints: {@code example.org}, {@code .example.org}. */
        public Spec permittedUris(String... hosts) {
            for (String host : hosts) {
                permitted.add(new GeneralName(GeneralName.uniformResourceIdentifier, host));
            }
            return this;
        }

        /** Adds excluded URI hosts to the name constraints. */
        public Spec excludedUris(String... hosts) {
            for (String host : hosts) {
                excluded.add(new GeneralName(GeneralName.uniformResourceIdentifier, host));
            }
            return this;
        }

        /** Adds a permitted name of any kind to the name constraints. */
        public Spec permitted(GeneralName name) {
            permitted.add(name);
            return this;
        }

        /** Adds an excluded name of any kind to the name constraints. */
        public Spec excluded(GeneralName name) {
            excluded.add(name);
            return this;
        }

        /** Whether the name constraints are critical. */
        public Spec nameConstraintsCritical(boolean critical) {
            nameConstraintsCritical = critical;
            return this;
        }

        /** No subject and authority key identifiers. */
        public Spec noKeyIdentifiers() {
            keyIdentifiers = false;
            return this;
        }

        /** Adds an extension with any content. */
        public Spec extension(String oid, boolean critical, byte[] content) {
            extensions.add(new Extension(new ASN1ObjectIdentifier(oid), critical, content));
            return this;
        }

        /** Adds a critical extension that nobody knows. */
        public Spec unknownCriticalExtension() {
            return extension("1.3.6.1.4.1.99999.1", true, new byte[] {0x05, 0x00});
        }

        private KeyPair keys() {
            return keys == null ? newKeys(keyType) : keys;
        }
    }

    /** Every detail of a CRL. Each method changes this spec and answers it. */
    public static final class CrlSpec {
        private record Entry(
                BigInteger serial,
                Instant date,
                int reason,
                @Nullable String certificateIssuer) {}

        private final List<Entry> entries = new ArrayList<>();
        private final List<Extension> extensions = new ArrayList<>();
        private Instant thisUpdate = Instant.now().minus(Duration.ofMinutes(1));
        private @Nullable Instant nextUpdate = Instant.now().plus(Duration.ofHours(1));
        private @Nullable BigInteger number = BigInteger.ONE;
        private @Nullable BigInteger deltaOf;
        private @Nullable IssuingDistributionPoint distributionPoint;
        private @Nullable String issuer;
        private @Nullable KeyPair signingKeys;
        private @Nullable String signatureAlgorithm;

        private CrlSpec() {}

        /** Revokes a serial number. */
        public CrlSpec revoke(BigInteger serial) {
            return revoke(serial, Instant.now().minusSeconds(60), 0);
        }

        /** Revokes a serial number at a time, for a {@code CRLReason}; 0 for none, 8 for {@code removeFromCRL}. */
        public CrlSpec revoke(BigInteger serial, Instant at, int reason) {
            entries.add(new Entry(serial, at, reason, null));
            return this;
        }

        /** Revokes a serial number of another issuer; makes sense with {@link #indirect}. */
        public CrlSpec revokeOf(String certificateIssuer, BigInteger serial) {
            entries.add(new Entry(serial, Instant.now().minusSeconds(60), 0, certificateIssuer));
            return this;
        }

        /** When the CRL was issued. */
        public CrlSpec thisUpdate(Instant at) {
            thisUpdate = at;
            return this;
        }

        /** Until when the next one comes, or null for an endless CRL. */
        public CrlSpec nextUpdate(@Nullable Instant at) {
            nextUpdate = at;
            return this;
        }

        /** The CRL number, or none. */
        public CrlSpec number(@Nullable Long crlNumber) {
            number = crlNumber == null ? null : BigInteger.valueOf(crlNumber);
            return this;
        }

        /** Makes it a delta CRL on top of the base with the number. */
        public CrlSpec delta(long base) {
            deltaOf = BigInteger.valueOf(base);
            return this;
        }

        /** Makes it an indirect CRL. */
        public CrlSpec indirect() {
            return distributionPoint(new IssuingDistributionPoint(null, false, false, null, true, false));
        }

        /** Limits it to leaves. */
        public CrlSpec onlyUserCertificates() {
            return distributionPoint(new IssuingDistributionPoint(null, true, false, null, false, false));
        }

        /** Limits it to CA certificates. */
        public CrlSpec onlyCaCertificates() {
            return distributionPoint(new IssuingDistributionPoint(null, false, true, null, false, false));
        }

        /** The issuing distribution point extension, critical. */
        public CrlSpec distributionPoint(IssuingDistributionPoint point) {
            distributionPoint = point;
            return this;
        }

        /** The issuer's name, instead of the CA's. */
        public CrlSpec issuer(String name) {
            issuer = name;
            return this;
        }

        /** The keys that sign, instead of the CA's. */
        public CrlSpec signingKeys(KeyPair pair) {
            signingKeys = pair;
            return this;
        }

        /** The signature algorithm by its JCA name. */
        public CrlSpec signatureAlgorithm(String name) {
            signatureAlgorithm = name;
            return this;
        }

        /** Adds an extension with any content. */
        public CrlSpec extension(String oid, boolean critical, byte[] content) {
            extensions.add(new Extension(new ASN1ObjectIdentifier(oid), critical, content));
            return this;
        }
    }

    /** The SPIFFE ID that a test wrote as text. */
    public static SpiffeId id(String text) {
        return SpiffeId.parse(text);
    }
}
