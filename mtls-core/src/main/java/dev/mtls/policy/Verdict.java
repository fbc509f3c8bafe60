package dev.mtls.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a rule answered, and which part of it decided. Rules keep their verdicts ready and combined rules pass on those
 * of their parts, so that a decision during a handshake builds no text.
 *
 * @param answer the answer
 * @param part the part that decided, in words
 * @param failure what the part threw, if it failed
 */
record Verdict(Answer answer, String part, @Nullable RuntimeException failure) {
    enum Answer {
        ALLOWED,
        /** No part allows the peer. */
        DENIED,
        /** A part allows the peer, but another names it as an exception. */
        EXCLUDED,
        /** A part could not answer, which denies. */
        FAILED
    }

    static Verdict allowed(String part) {
        return new Verdict(Answer.ALLOWED, part, null);
    }

    static Verdict denied(String part) {
        return new Verdict(Answer.DENIED, part, null);
    }

    static Verdict excluded(String part) {
        return new Verdict(Answer.EXCLUDED, part, null);
    }

    static Verdict failed(String part, RuntimeException failure) {
        return new Verdict(Answer.FAILED, part, failure);
    }

    boolean allows() {
        return answer == Answer.ALLOWED;
    }

    boolean failed() {
        return answer == Answer.FAILED;
    }
}
