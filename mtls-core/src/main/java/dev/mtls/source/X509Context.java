package dev.mtls.source;

import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509BundleSet;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.List;

/**
 * One immutable snapshot of identity and trust. A handshake is bound to one, so that key, chain and trust always fit together.
 *
 * <p>Made by {@link SnapshotPublisher} alone: it holds at least one SVID and the bundle of the default SVID's trust domain.
 */
public final class X509Context {
    private final long generation;
    private final Instant receivedAt;
    private final X509Update content;

    X509Context(long generation, Instant receivedAt, X509Update content) {
        this.generation = generation;
        this.receivedAt = receivedAt;
        this.content = content;
    }

    /** The number of the snapshot: 1 for a source's first, then counting up by one. */
    public long generation() {
        return generation;
    }

    /** When the source received it. */
    public Instant receivedAt() {
        return receivedAt;
    }

    /** The default identity: the first (Workload API §8). */
    public X509Svid svid() {
        return content.svids().get(0);
    }

    /** All identities, the default one first. */
    public List<X509Svid> svids() {
        return content.svids();
    }

    /** The trust bundles. */
    public X509BundleSet bundles() {
        return content.bundles();
    }

    /** The certificate revocation lists; each applies to the certificates of the issuer that signed it. */
    public List<X509CRL> crls() {
        return content.crls();
    }

    /** The generation, the IDs and the trust domains. */
    @Override
    public String toString() {
        return "X509Context[generation " + generation + ", " + svids() + ", trust "
                + bundles().trustDomains() + "]";
    }
}
