package dev.mtls.failure;

import java.util.Locale;

/**
 * Why something failed. The {@linkplain #label() labels} are stable: count them, alert on them; the texts of exceptions
 * are not.
 */
public enum FailureReason {
    // Certificates, the peer's or our own.
    /** No certificate was presented or found. */
    NO_CERTIFICATE,
    /** A certificate cannot be parsed. */
    MALFORMED_CERTIFICATE,
    /** The leaf has no URI SAN (X509-SVID §2). */
    NO_URI_SAN,
    /** The leaf has more than one URI SAN (X509-SVID §2, §5.2). */
    MULTIPLE_URI_SANS,
    /** The URI SAN is not a valid SPIFFE ID (X509-SVID §5.2, SPIFFE-ID §2). */
    MALFORMED_SPIFFE_ID,
    /** The leaf's SPIFFE ID has no path (X509-SVID §3.1, §5.2). */
    ID_WITHOUT_PATH,
    /** The leaf is a CA certificate (X509-SVID §4.1, §5.2). */
    LEAF_IS_CA,
    /** The leaf has no key usage extension (X509-SVID §4.3). */
    LEAF_WITHOUT_KEY_USAGE,
    /** The leaf may not sign: {@code digitalSignature} is not set (X509-SVID §4.3). */
    LEAF_WITHOUT_DIGITAL_SIGNATURE,
    /** The leaf may sign certificates or CRLs: {@code keyCertSign} or {@code cRLSign} is set (X509-SVID §4.3, §5.2). */
    LEAF_MAY_SIGN_CERTIFICATES,
    /** The leaf's extended key usage does not allow both TLS client and server authentication (X509-SVID §4.4). */
    LEAF_EXTENDED_KEY_USAGE,
    /** An intermediate is not a CA certificate or may not sign certificates (X509-SVID §4.1, §4.3). */
    INTERMEDIATE_NOT_CA,
    /** A signing certificate has a SPIFFE ID with a path or of another trust domain (X509-SVID §3.2). */
    INTERMEDIATE_SPIFFE_ID,
    /** A certificate has expired. */
    EXPIRED,
    /** A certificate is not valid yet. */
    NOT_YET_VALID,
    /** The chain has more certificates, or more bytes, than allowed. */
    CHAIN_TOO_LARGE,
    /** A key or signature algorithm is too weak or not supported. */
    UNSUPPORTED_ALGORITHM,

    // The peer.
    /** There is no bundle for the peer's trust domain (Workload API §4.6). */
    NO_BUNDLE,
    /** No path leads to an authority of the peer's own trust domain. */
    UNKNOWN_AUTHORITY,
    /** A name constraint of a CA forbids the peer's SPIFFE ID (X509-SVID §4.2, RFC 5280 §4.2.1.10). */
    NAME_CONSTRAINTS,
    /**
     * A certificate of the chain, or the authority, breaks another rule of RFC 5280 §6, or a signing certificate's extended
     * key usage does not allow what an SVID is for.
     */
    INVALID_PATH,
    /** A certificate of the chain is revoked. */
    REVOKED,
    /** A certificate's revocation status cannot be told: the CRL of its issuer is stale or cannot be used. */
    REVOCATION_UNKNOWN,
    /** The peer policy does not allow this peer. */
    POLICY_DENIED,
    /** The TLS handshake failed before or beside the verification of the peer, or the peer refused it. */
    HANDSHAKE_FAILED,
    /** The peer tried to renegotiate (TLS 1.2). */
    RENEGOTIATION,
    /** The connection was drained, and its grace period is over. */
    DRAINED,

    // Our own material and where it comes from.
    /** No private key was found. */
    NO_PRIVATE_KEY,
    /** A private key cannot be parsed. */
    MALFORMED_PRIVATE_KEY,
    /** The private key does not belong to the leaf certificate. */
    KEY_MISMATCH,
    /** A certificate of a bundle may not sign certificates. */
    AUTHORITY_NOT_CA,
    /** A CRL cannot be parsed, or is of a kind that is not supported. */
    MALFORMED_CRL,
    /** A certificate signing request cannot be parsed, or does not prove possession of its key (PKCS #10 §4.2). */
    MALFORMED_CSR,
    /** An identity was delivered or asked for, but not the expected one. */
    UNEXPECTED_IDENTITY,
    /** The TLS provider in use cannot use this identity. */
    PROVIDER_UNSUITABLE,
    /** A file cannot be read. */
    UNREADABLE_FILE,
    /** No identity has been delivered so far. */
    NO_IDENTITY,
    /** The source has been closed. */
    SOURCE_CLOSED,
    /** The source cannot be reached. */
    SOURCE_UNREACHABLE;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The stable name, in kebab case, such as {@code unknown-authority}. */
    public String label() {
        return label;
    }

    /** The {@linkplain #label() label}. */
    @Override
    public String toString() {
        return label;
    }
}
