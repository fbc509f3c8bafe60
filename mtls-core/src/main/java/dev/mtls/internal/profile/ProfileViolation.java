package dev.mtls.internal.profile;

import dev.mtls.failure.FailureReason;

/** A certificate that breaks a rule; turned into the exception of whoever presented it. */
public final class ProfileViolation extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureReason reason;

    ProfileViolation(FailureReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The rule, by its reason. */
    public FailureReason reason() {
        return reason;
    }
}
