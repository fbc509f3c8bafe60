package dev.mtls.connection;

import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.internal.tls.MtlsSession;
import dev.mtls.tls.PeerIdentity;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A live connection. It obeys changes: when trust, a CRL or the policy changes so that its peer would be refused now, or the peer's
 * identity ends, it is <em>cut</em>, and not one more application byte passes in either direction; when it is old, or the peer's
 * identity nears its end, it is <em>drained</em>: frameworks send no new requests over it, and it ends within a grace period.
 *
 * <p>For adapters of frameworks, and for whoever drives engines and sockets directly. Not meant to be implemented by users.
 *
 * <p>Safe for use by several threads.
 */
public interface MtlsConnection {
    /** The states of a connection, in their order. */
    enum State {
        /** In use. */
        ACTIVE,
        /** To take no new requests; it ends soon. */
        DRAINING,
        /** Ended: closed, or cut. */
        CLOSED
    }

    /** The connection that a session belongs to, or empty for the session of any other connection, and before its handshake ended. */
    static Optional<MtlsConnection> find(@Nullable SSLSession session) {
        if (!(session instanceof MtlsSession ours)) {
            return Optional.empty();
        }
        return ours.attachment().map(MtlsConnection.class::cast);
    }

    /** The peer. */
    PeerIdentity peer();

    /** Our side. */
    Role role();

    /** When the handshake ended. */
    Instant openedAt();

    /** The state at this moment. */
    State state();

    /** Why the connection was cut; empty while it lives, and if it has ended in another way. */
    Optional<PeerVerificationException> cutBy();

    /**
     * Judges the peer afresh, by the snapshot and the policy now in force. Cheap where neither has changed: call it for each request.
     * A peer that fails is cut.
     *
     * @throws PeerVerificationException if the peer would be refused now, or the connection has been cut
     */
    void check() throws PeerVerificationException;

    /**
     * What {@link #check()} would throw now, or empty if the peer is still allowed, or the connection has ended without being cut. Cuts
     * nothing, so that a framework can still tell the peer; whatever changed the verdict has all connections checked, this one too.
     */
    Optional<PeerVerificationException> refusal();

    /**
     * Has the action run when the connection is to be drained; at once if that has happened. It stops new requests and closes the
     * connection when those that run have ended. It must not block; it runs on a thread of the library or of the caller.
     */
    void onDrain(Runnable action);

    /**
     * Has the action run when the connection is cut or has ended; at once if that has happened. It closes what the framework holds, such
     * as the channel. It must not block; it runs on a thread of the library or of the caller.
     */
    void onClose(Runnable action);

    /**
     * Drains the connection.
     *
     * @param cause why, in words, for the event
     */
    void drain(String cause);
}
