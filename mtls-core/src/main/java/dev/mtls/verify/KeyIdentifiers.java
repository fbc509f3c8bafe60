package dev.mtls.verify;

import dev.mtls.internal.pem.Der;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Subject and authority key identifiers (RFC 5280 §4.2.1.1, §4.2.1.2). */
final class KeyIdentifiers {
    private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    private static final int KEY_IDENTIFIER = 0x80;

    /** In which order issuers of one name are tried. */
    enum Match {
        SAME,
        UNKNOWN,
        /**
         * Tried all the same: an identifier proves nothing, and a CA that is certified anew with the same key may get another one (Go
         * 1.25 went from SHA-1 to SHA-256).
         */
        DIFFERENT
    }

    private KeyIdentifiers() {}

    /** The identifier of the key that signed the certificate, or null if it has none. */
    static byte @Nullable [] ofIssuer(X509Certificate certificate) {
        byte[] extension = certificate.getExtensionValue(AUTHORITY_KEY_IDENTIFIER);
        if (extension == null) {
            return null;
        }
        try {
            Der sequence = new Der(extension).enter(Der.OCTET_STRING).enter(Der.SEQUENCE);
            return sequence.hasNext() && sequence.peekTag() == KEY_IDENTIFIER
                    ? sequence.enter(KEY_IDENTIFIER).rest()
                    : null;
        } catch (IllegalArgumentException e) {
            // What cannot be read is no hint.
            return null;
        }
    }

    /** Compares the issuer's identifier with the one of the key that signed. */
    static Match match(byte @Nullable [] signer, X509Certificate issuer) {
        byte[] extension = issuer.getExtensionValue(SUBJECT_KEY_IDENTIFIER);
        if (signer == null || extension == null) {
            return Match.UNKNOWN;
        }
        try {
            byte[] subject = new Der(extension)
                    .enter(Der.OCTET_STRING)
                    .enter(Der.OCTET_STRING)
                    .rest();
            return Arrays.equals(signer, subject) ? Match.SAME : Match.DIFFERENT;
        } catch (IllegalArgumentException e) {
            return Match.UNKNOWN;
        }
    }
}
