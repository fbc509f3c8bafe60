package dev.mtls.internal.profile;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What X509-SVID §2 to §5 demand of a leaf and of a signing certificate. */
public final class SvidProfile {
    private static final int URI = 6;
    private static final int DIGITAL_SIGNATURE = 0;
    private static final int KEY_CERT_SIGN = 5;
    private static final int CRL_SIGN = 6;
    private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;
    private static final int MIN_EC_BITS = 256;
    private static final String RSASSA_PSS = "1.2.840.113549.1.1.10";

    /** RSA and ECDSA with SHA-256, SHA-384 and SHA-512, Ed25519. By OID, since providers spell the names in several ways. */
    private static final Set<String> SIGNATURES = Set.of(
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.12",
            "1.2.840.113549.1.1.13",
            "1.2.840.10045.4.3.2",
            "1.2.840.10045.4.3.3",
            "1.2.840.10045.4.3.4",
            "1.3.101.112");

    private static final Set<String> PSS_DIGESTS = Set.of("SHA-256", "SHA-384", "SHA-512");

    private SvidProfile() {}

    /** The SPIFFE ID of a leaf: exactly one URI SAN of any scheme (X509-SVID §2), a valid ID (§5.2) with a path (§3.1, §5.2). */
    public static SpiffeId leafId(X509Certificate leaf) throws ProfileViolation {
        List<String> uris = uriSans(leaf);
        if (uris.isEmpty()) {
            throw new ProfileViolation(
                    FailureReason.NO_URI_SAN, "the leaf certificate has no URI SAN (expected: one, its SPIFFE ID)");
        }
        if (uris.size() > 1) {
            throw new ProfileViolation(
                    FailureReason.MULTIPLE_URI_SANS,
                    "the leaf certificate has " + uris.size() + " URI SANs (expected: one)");
        }
        SpiffeId id;
        try {
            id = SpiffeId.parse(uris.get(0));
        } catch (IllegalArgumentException e) {
            throw new ProfileViolation(
                    FailureReason.MALFORMED_SPIFFE_ID, "the leaf certificate's URI SAN: " + e.getMessage());
        }
        if (!id.hasPath()) {
            throw new ProfileViolation(
                    FailureReason.ID_WITHOUT_PATH,
                    "the leaf certificate's SPIFFE ID " + id
                            + " names a trust domain (expected: a workload, with a path)");
        }
        return id;
    }

    /** The rest of the leaf's rules (X509-SVID §4.1, §4.3, §4.4, §5.2). */
    public static void checkLeaf(X509Certificate leaf) throws ProfileViolation {
        checkVersion(leaf);
        if (leaf.getBasicConstraints() != -1) {
            throw new ProfileViolation(
                    FailureReason.LEAF_IS_CA, "the leaf certificate is a CA certificate (expected: cA=false)");
        }
        boolean @Nullable [] usage = leaf.getKeyUsage();
        if (usage == null) {
            throw new ProfileViolation(
                    FailureReason.LEAF_WITHOUT_KEY_USAGE, "the leaf certificate has no key usage extension");
        }
        if (usage[KEY_CERT_SIGN] || usage[CRL_SIGN]) {
            throw new ProfileViolation(
                    FailureReason.LEAF_MAY_SIGN_CERTIFICATES,
                    "the leaf certificate's key usage has " + (usage[KEY_CERT_SIGN] ? "keyCertSign" : "cRLSign")
                            + " set");
        }
        if (!usage[DIGITAL_SIGNATURE]) {
            throw new ProfileViolation(
                    FailureReason.LEAF_WITHOUT_DIGITAL_SIGNATURE,
                    "the leaf certificate's key usage does not have digitalSignature set");
        }
        checkExtendedKeyUsage(leaf);
        checkKey(leaf);
        checkSignature(leaf);
    }

    /** Extensions, which every rule here is about, are of version 3 (RFC 5280 §4.1.2.1); the JDK reads them in others too. */
    private static void checkVersion(X509Certificate certificate) throws ProfileViolation {
        if (certificate.getVersion() != 3) {
            throw new ProfileViolation(
                    FailureReason.MALFORMED_CERTIFICATE,
                    name(certificate) + " is of X.509 version " + certificate.getVersion() + " (expected: 3)");
        }
    }

    private static void checkExtendedKeyUsage(X509Certificate leaf) throws ProfileViolation {
        List<String> purposes = extendedKeyUsage(leaf);
        if (!purposes.isEmpty() && !allowsBothRoles(purposes)) {
            throw new ProfileViolation(
                    FailureReason.LEAF_EXTENDED_KEY_USAGE,
                    "the leaf certificate's extended key usage is " + purposes
                            + " (expected: both serverAuth and clientAuth, or none)");
        }
    }

    /** The purposes; empty if there is no such extension. */
    private static List<String> extendedKeyUsage(X509Certificate certificate) throws ProfileViolation {
        @Nullable List<String> purposes;
        try {
            purposes = certificate.getExtendedKeyUsage();
        } catch (CertificateParsingException e) {
            purposes = null;
        }
        // The JDK answers null, as if there were none, when the extension is not critical and cannot be parsed.
        if (certificate.getExtensionValue(EXTENDED_KEY_USAGE) != null && (purposes == null || purposes.isEmpty())) {
            throw new ProfileViolation(
                    FailureReason.MALFORMED_CERTIFICATE,
                    "the extended key usage of " + name(certificate)
                            + " cannot be parsed, or lists no purpose (RFC 5280 4.2.1.12)");
        }
        return purposes == null ? List.of() : purposes;
    }

    private static boolean allowsBothRoles(List<String> purposes) {
        return purposes.contains(ANY_EXTENDED_KEY_USAGE)
                || (purposes.contains(SERVER_AUTH) && purposes.contains(CLIENT_AUTH));
    }

    /**
     * The rules of a signing certificate that is presented with a leaf of the trust domain: cA=true and keyCertSign (X509-SVID §4.1,
     * §4.3), strong algorithms, and those of every {@linkplain #checkAuthority authority}.
     */
    public static void checkSigning(X509Certificate signing, TrustDomain trustDomain) throws ProfileViolation {
        boolean @Nullable [] usage = signing.getKeyUsage();
        if (signing.getBasicConstraints() == -1 || usage == null || !usage[KEY_CERT_SIGN]) {
            throw new ProfileViolation(
                    FailureReason.INTERMEDIATE_NOT_CA,
                    "the signing certificate " + name(signing)
                            + " may not sign certificates (expected: cA=true and keyCertSign)");
        }
        checkAuthority(signing, trustDomain);
        checkSignature(signing);
    }

    /**
     * The rules of an authority of the trust domain, whose own signature proves nothing and is not looked at: a strong key; a SPIFFE
     * ID, if it has one, of that trust domain and without a path (X509-SVID §3.2); an extended key usage, if it has one, that allows
     * what every X509-SVID may be used for (§4.4).
     */
    public static void checkAuthority(X509Certificate authority, TrustDomain trustDomain) throws ProfileViolation {
        checkVersion(authority);
        for (String uri : uriSans(authority)) {
            if (uri.toLowerCase(Locale.ROOT).startsWith("spiffe:")
                    && !uri.equals(trustDomain.id().toString())) {
                throw new ProfileViolation(
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        "the signing certificate " + name(authority) + " has a SPIFFE ID other than " + trustDomain.id()
                                + ", that of its trust domain");
            }
        }
        List<String> purposes = extendedKeyUsage(authority);
        if (!purposes.isEmpty() && !allowsBothRoles(purposes)) {
            throw new ProfileViolation(
                    FailureReason.INVALID_PATH,
                    "the extended key usage of the signing certificate " + name(authority) + " is " + purposes
                            + " (expected: both serverAuth and clientAuth, or none)");
        }
        checkKey(authority);
    }

    /** A key of a size and kind that holds. */
    public static void checkKey(X509Certificate certificate) throws ProfileViolation {
        PublicKey key = certificate.getPublicKey();
        if (!isStrong(key)) {
            throw new ProfileViolation(
                    FailureReason.UNSUPPORTED_ALGORITHM,
                    "the key of " + name(certificate) + " is weak or of an unsupported kind (" + key.getAlgorithm()
                            + "; expected: EC of 256 bits or more, RSA of 2048 to 8192 bits, Ed25519)");
        }
    }

    private static boolean isStrong(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;
        }
        if (key instanceof ECPublicKey ec) {
            return ec.getParams().getOrder().bitLength() >= MIN_EC_BITS;
        }
        // The JDK calls Ed448 EdDSA too.
        return key instanceof EdECPublicKey edwards
                && edwards.getParams().getName().equals("Ed25519");
    }

    private static void checkSignature(X509Certificate certificate) throws ProfileViolation {
        if (!isStrongSignature(certificate.getSigAlgOID(), certificate.getSigAlgParams())) {
            throw new ProfileViolation(
                    FailureReason.UNSUPPORTED_ALGORITHM,
                    name(certificate) + " is signed with " + certificate.getSigAlgName()
                            + " (expected: RSA or ECDSA with SHA-256, SHA-384 or SHA-512, Ed25519)");
        }
    }

    /** Whether a signature algorithm, of a certificate or CRL, is supported and over SHA-256 or better. */
    public static boolean isStrongSignature(String oid, byte @Nullable [] parameters) {
        return SIGNATURES.contains(oid) || (oid.equals(RSASSA_PSS) && hasStrongDigest(parameters));
    }

    /** RSASSA-PSS names its digest in its parameters, and SHA-1 is what it means when it names none. */
    private static boolean hasStrongDigest(byte @Nullable [] parameters) {
        if (parameters == null) {
            return false;
        }
        try {
            AlgorithmParameters pss = AlgorithmParameters.getInstance("RSASSA-PSS");
            pss.init(parameters);
            PSSParameterSpec spec = pss.getParameterSpec(PSSParameterSpec.class);
            return PSS_DIGESTS.contains(spec.getDigestAlgorithm())
                    && spec.getMGFParameters() instanceof MGF1ParameterSpec mgf
                    && PSS_DIGESTS.contains(mgf.getDigestAlgorithm());
        } catch (GeneralSecurityException | IOException e) {
            // What cannot be read is not strong.
            return false;
        }
    }

    /** The URI SANs, raw. */
    private static List<String> uriSans(X509Certificate certificate) throws ProfileViolation {
        List<String> uris = new ArrayList<>();
        @Nullable Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException | RuntimeException e) {
            names = null;
        }
        if (names == null) {
            // JDK 17 answers null where JDK 25 throws, when a name cannot be parsed.
            if (certificate.getExtensionValue(SUBJECT_ALTERNATIVE_NAME) != null) {
                throw new ProfileViolation(
                        FailureReason.MALFORMED_SPIFFE_ID,
                        "the subject alternative names of " + name(certificate) + " cannot be parsed");
            }
            return uris;
        }
        for (List<?> name : names) {
            if (Integer.valueOf(URI).equals(name.get(0))) {
                uris.add((String) name.get(1));
            }
        }
        return uris;
    }

    /** How a certificate is named in a message: its serial number, which says nothing that a peer could abuse. */
    public static String name(X509Certificate certificate) {
        String serial = certificate.getSerialNumber().toString(16);
        return "certificate " + (serial.length() > 40 ? serial.substring(0, 40) + "…" : serial);
    }
}
