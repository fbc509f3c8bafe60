package dev.mtls.policy;

import dev.mtls.identity.SpiffeId;

/**
 * The answer of a policy about one peer, with its explanation.
 *
 * <p>Immutable and safe for use by several threads. The explanation is put into words only when it is asked for.
 */
public final class PolicyDecision {
    private final SpiffeId peer;
    private final Verdict verdict;
    private final String policy;

    PolicyDecision(SpiffeId peer, Verdict verdict, String policy) {
        this.peer = peer;
        this.verdict = verdict;
        this.policy = policy;
    }

    /** Whether the peer may connect. */
    public boolean allowed() {
        return verdict.allows();
    }

    /**
     * Why, in words: the peer, the part of the policy that decided, and the whole policy if that is more than the part.
     * Such as {@code spiffe://a/x is not allowed by: spiffe://a/y}. For people; its wording may change.
     */
    public String explanation() {
        String part = verdict.part();
        String whole = part.equals(policy) ? "" : " (policy: " + policy + ")";
        return switch (verdict.answer()) {
            case ALLOWED -> peer + " is allowed by: " + part + whole;
            case DENIED -> peer + " is not allowed by: " + part + whole;
            case EXCLUDED -> peer + " is not allowed, it is excluded by: " + part + whole;
            case FAILED ->
                peer + " is not allowed, because this rule failed: " + part + ": " + verdict.failure() + whole;
        };
    }

    /** The {@linkplain #explanation() explanation}. */
    @Override
    public String toString() {
        return explanation();
    }
}
