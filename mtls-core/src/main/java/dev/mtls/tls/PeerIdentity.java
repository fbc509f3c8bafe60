package dev.mtls.tls;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.tls.MtlsSession;
import dev.mtls.verify.VerifiedPeer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The proven identity of the peer of one connection.
 *
 * <p>Immutable and safe for use by several threads. Equal by ID and leaf certificate.
 */
public final class PeerIdentity {
    private final VerifiedPeer verified;
    private final long generation;

    /** Made by the TLS layer when a handshake has ended well. */
    public PeerIdentity(VerifiedPeer verified, long generation) {
        this.verified = requireNonNull(verified, "verified");
        this.generation = generation;
    }

    /**
     * The peer of the connection that the session belongs to.
     *
     * @throws IllegalArgumentException if the session is not of a connection of this library whose handshake has ended well; the
     *     session of any other TLS connection proves no SPIFFE ID
     */
    public static PeerIdentity of(SSLSession session) {
        return find(session)
                .orElseThrow(() -> new IllegalArgumentException(
                        "session: not of a connection made by this library whose handshake has ended well (seen: "
                                + session.getClass().getName() + ", " + session.getProtocol() + ")"));
    }

    /** Like {@link #of}, but empty where that throws, and for null. */
    public static Optional<PeerIdentity> find(@Nullable SSLSession session) {
        return session instanceof MtlsSession ours ? ours.peer() : Optional.empty();
    }

    /** The SPIFFE ID. */
    public SpiffeId id() {
        return verified.id();
    }

    /** The trust domain of the ID. */
    public TrustDomain trustDomain() {
        return verified.id().trustDomain();
    }

    /** The leaf certificate. */
    public X509Certificate leaf() {
        return verified.leaf();
    }

    /** The certificates from the leaf to the one that the authority signed. */
    public List<X509Certificate> path() {
        return verified.path();
    }

    /** The earliest end of validity in the path, its authority included: the connection does not outlive it. */
    public Instant validUntil() {
        return verified.validUntil();
    }

    /** The number of our snapshot that the handshake was bound to. */
    public long generation() {
        return generation;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PeerIdentity that && id().equals(that.id()) && leaf().equals(that.leaf());
    }

    @Override
    public int hashCode() {
        return id().hashCode();
    }

    /** The ID and the leaf's serial number. */
    @Override
    public String toString() {
        return id() + " (serial " + leaf().getSerialNumber().toString(16) + ")";
    }
}
