package dev.mtls.failure;

import static java.util.Objects.requireNonNull;

import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * Material for our own identity or trust (an SVID, a key, a bundle, a CRL) is not usable. What was in use before stays
 * in use.
 */
public final class SvidRejectedException extends GeneralSecurityException implements MtlsFailure {
    private static final long serialVersionUID = 1L;

    private final FailureReason reason;

    /** Describes a rejection. */
    public SvidRejectedException(FailureReason reason, String message) {
        this(reason, message, null);
    }

    /** Describes a rejection with its cause. */
    public SvidRejectedException(FailureReason reason, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.reason = requireNonNull(reason, "reason");
    }

    @Override
    public FailureReason reason() {
        return reason;
    }

    @Override
    public Kind kind() {
        return Kind.MATERIAL;
    }
}
