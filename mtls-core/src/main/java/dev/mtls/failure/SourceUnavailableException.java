package dev.mtls.failure;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The source of our identity does not deliver one: it is not reachable, its files are not readable, or it is closed.
 */
public final class SourceUnavailableException extends IOException implements MtlsFailure {
    private static final long serialVersionUID = 1L;

    private final FailureReason reason;

    /** Describes the state of the source. */
    public SourceUnavailableException(FailureReason reason, String message) {
        this(reason, message, null);
    }

    /** Describes the state of the source with its cause. */
    public SourceUnavailableException(FailureReason reason, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.reason = requireNonNull(reason, "reason");
    }

    @Override
    public FailureReason reason() {
        return reason;
    }

    @Override
    public Kind kind() {
        return Kind.SOURCE;
    }
}
