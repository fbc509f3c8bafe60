package dev.mtls.verify;

import dev.mtls.identity.SpiffeId;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A peer whose identity is proven.
 *
 * @param id its SPIFFE ID
 * @param path the certificates from its leaf to the one that the authority signed, in order
 * @param authority the authority of its trust domain that the path leads to
 * @param validUntil the earliest end of validity among all of these certificates
 */
public record VerifiedPeer(SpiffeId id, List<X509Certificate> path, X509Certificate authority, Instant validUntil) {
    /** Copies the path. */
    public VerifiedPeer {
        path = List.copyOf(path);
    }

    /** The leaf certificate. */
    public X509Certificate leaf() {
        return path.get(0);
    }
}
