package dev.mtls.verify;

import java.security.cert.X509Certificate;
import java.util.Arrays;

/** Subject and authority key identifiers (RFC 5280 §4.2.1.1, §4.2.1.2): a hint which of several issuers of one name it was. */
final class KeyIdentifiers {
    private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    private static final int CONTEXT_0 = 0x80;

    private KeyIdentifiers() {}

    /** False if both identifiers are present and differ. */
    static boolean mayBeIssuerOf(X509Certificate issuer, X509Certificate certificate) {
        byte[] subject = issuer.getExtensionValue(SUBJECT_KEY_IDENTIFIER);
        byte[] authority = certificate.getExtensionValue(AUTHORITY_KEY_IDENTIFIER);
        if (subject == null || authority == null || subject.length < 4 || authority.length < 6) {
            return true;
        }
        // Octet string in octet string; octet string in a sequence whose first element, if it is the identifier, has
        // tag [0]. Only
        // the short form of lengths is read here: longer identifiers are no hint.
        int length = authority[5] & 0xff;
        if ((authority[4] & 0xff) != CONTEXT_0
                || length >= 0x80
                || (subject[3] & 0xff) >= 0x80
                || authority.length < 6 + length) {
            return true;
        }
        return Arrays.equals(
                Arrays.copyOfRange(subject, 4, subject.length), Arrays.copyOfRange(authority, 6, 6 + length));
    }
}
