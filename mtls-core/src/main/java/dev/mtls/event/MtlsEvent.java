package dev.mtls.event;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Something that happened. */
public sealed interface MtlsEvent {
    /** When. */
    Instant at();

    /**
     * A handshake ended well.
     *
     * @param role our side
     * @param self our identity
     * @param peer the peer's identity, proven
     * @param protocol the TLS version, such as {@code TLSv1.3}
     * @param cipherSuite the cipher suite
     * @param keyExchangeGroup the key exchange group, such as {@code X25519MLKEM768}, where the provider tells: Conscrypt does
     * @param generation the snapshot that the handshake was bound to
     * @param duration how long the handshake took
     */
    record HandshakeAccepted(
            Instant at,
            Role role,
            SpiffeId self,
            SpiffeId peer,
            String protocol,
            String cipherSuite,
            Optional<String> keyExchangeGroup,
            long generation,
            Duration duration)
            implements MtlsEvent {}

    /**
     * A handshake failed.
     *
     * @param role our side
     * @param self our identity
     * @param claimedPeer the identity that the peer claimed, or empty if it is not known; not proven
     * @param reason why
     * @param message what was expected, what was seen, and the next step
     * @param generation the snapshot that the handshake was bound to
     */
    record HandshakeRejected(
            Instant at,
            Role role,
            SpiffeId self,
            Optional<SpiffeId> claimedPeer,
            FailureReason reason,
            String message,
            long generation)
            implements MtlsEvent {}

    /**
     * A snapshot came into force.
     *
     * @param id the default identity
     * @param serialNumber the serial number of its leaf, in hexadecimal
     * @param notAfter until when it is valid
     * @param generation the snapshot's number
     */
    record SnapshotPublished(Instant at, SpiffeId id, String serialNumber, Instant notAfter, long generation)
            implements MtlsEvent {}

    /**
     * An update was rejected; the snapshot before it stays in force.
     *
     * @param reason why
     * @param message what was expected, what was seen, and the next step
     */
    record SnapshotRejected(Instant at, FailureReason reason, String message) implements MtlsEvent {}

    /**
     * A connection is being drained: no new requests, then closed.
     *
     * @param role our side
     * @param peer the peer
     * @param cause why, in words
     * @param deadline when it is closed at the latest
     */
    record ConnectionDrained(Instant at, Role role, SpiffeId peer, String cause, Instant deadline)
            implements MtlsEvent {}

    /**
     * A connection was cut: not one more byte passes.
     *
     * @param role our side
     * @param peer the peer
     * @param reason why
     * @param message why, in words
     */
    record ConnectionCut(Instant at, Role role, SpiffeId peer, FailureReason reason, String message)
            implements MtlsEvent {}

    /**
     * Our identity nears the end of its validity and has not been renewed.
     *
     * @param id the identity
     * @param notAfter the end of its validity
     */
    record IdentityExpiring(Instant at, SpiffeId id, Instant notAfter) implements MtlsEvent {}

    /**
     * The source has not delivered for a while, or its last update failed.
     *
     * @param cause why, in words
     * @param age the age of the snapshot in force
     */
    record SourceStale(Instant at, String cause, Duration age) implements MtlsEvent {}
}
