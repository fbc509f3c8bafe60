package dev.mtls.failure;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import java.security.cert.CertificateException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The peer of a connection was refused. A {@link CertificateException}, so that TLS stacks send the right alert. */
public final class PeerVerificationException extends CertificateException implements MtlsFailure {
    private static final long serialVersionUID = 1L;

    private final FailureReason reason;
    // A SpiffeId is parsed, never deserialized.
    private final transient @Nullable SpiffeId peer;

    /**
     * Describes a refusal.
     *
     * @param peer the SPIFFE ID that the peer presented, or null if none could be read from its certificate; not
     *     yet proven
     */
    public PeerVerificationException(FailureReason reason, @Nullable SpiffeId peer, String message) {
        this(reason, peer, message, null);
    }

    /** Describes a refusal with its cause. */
    public PeerVerificationException(
            FailureReason reason, @Nullable SpiffeId peer, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.reason = requireNonNull(reason, "reason");
        this.peer = peer;
    }

    @Override
    public FailureReason reason() {
        return reason;
    }

    @Override
    public Kind kind() {
        return Kind.PEER;
    }

    /**
     * The SPIFFE ID that the peer claimed, or empty if none could be read. It is a claim, not a proven identity. Also
     * empty in an exception that was serialized.
     */
    public Optional<SpiffeId> claimedId() {
        return Optional.ofNullable(peer);
    }
}
