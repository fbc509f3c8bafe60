package dev.mtls.policy;

/**
 * The answer of a policy, with its explanation.
 *
 * @param allowed whether the peer may connect
 * @param explanation which part of the policy decided, in words, such as {@code spiffe://a/x is not spiffe://a/y}
 */
public record PolicyDecision(boolean allowed, String explanation) {}
