package dev.mtls.internal.connection;

import dev.mtls.svid.X509Svid;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Who signed the last certificate of an SVID's chain, by name and key: a new root has the name of the old one, as a rule. */
record Issuer(X500Principal name, @Nullable ByteBuffer authorityKeyIdentifier) {
    private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";

    static Issuer of(X509Svid svid) {
        X509Certificate last = svid.chain().get(svid.chain().size() - 1);
        byte[] identifier = last.getExtensionValue(AUTHORITY_KEY_IDENTIFIER);
        return new Issuer(last.getIssuerX500Principal(), identifier == null ? null : ByteBuffer.wrap(identifier));
    }
}
