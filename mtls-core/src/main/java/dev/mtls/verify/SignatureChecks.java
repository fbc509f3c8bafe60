package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;

/** Checks of signatures, counted, and each made once. */
final class SignatureChecks {
    /** An honest chain takes one per certificate, and one more per other CA of a name where there are no key identifiers. */
    static final int MAX = 64;

    private final Map<Link, Boolean> made = new HashMap<>();

    private record Link(X509Certificate certificate, X509Certificate issuer) {}

    /**
     * Whether the issuer's key has signed the certificate.
     *
     * @throws PathRejection if there have been too many checks
     */
    boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) throws PathRejection {
        Link link = new Link(certificate, issuer);
        Boolean before = made.get(link);
        if (before != null) {
            return before;
        }
        if (made.size() == MAX) {
            throw new PathRejection(
                    FailureReason.CHAIN_TOO_LARGE,
                    "no path was found within " + MAX + " signature checks; there are too many CAs of the same name");
        }
        boolean signed = verifies(certificate, issuer);
        made.put(link, signed);
        return signed;
    }

    private static boolean verifies(X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            // Another key of the same name: what a bundle holds while its root rotates.
            return false;
        }
    }

    int count() {
        return made.size();
    }
}
