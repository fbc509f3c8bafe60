package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import org.jspecify.annotations.Nullable;

/** A path that does not hold, on its way to becoming the refusal of a peer. */
final class PathRejection extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureReason reason;

    PathRejection(FailureReason reason, @Nullable String message) {
        this(reason, message, null);
    }

    PathRejection(FailureReason reason, @Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    FailureReason reason() {
        return reason;
    }
}
