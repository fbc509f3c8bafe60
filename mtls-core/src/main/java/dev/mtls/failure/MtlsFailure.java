package dev.mtls.failure;

/** What the exceptions of this library have in common: a reason to count and a kind to branch on. */
public sealed interface MtlsFailure
        permits PeerVerificationException, SvidRejectedException, SourceUnavailableException {
    /** Whose failure it is. */
    enum Kind {
        /** The peer is not who it must be, or not allowed. */
        PEER,
        /** Material for our own identity or trust is not usable. */
        MATERIAL,
        /** The place that our material comes from does not deliver. */
        SOURCE
    }

    /** Why it failed. */
    FailureReason reason();

    /** Whose failure it is. */
    Kind kind();

    /** What was expected, what was seen, for whom, and the next step. */
    String getMessage();
}
