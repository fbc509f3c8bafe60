/** Verification of a peer's certificate chain: a pure function of chain, snapshot, policy, role and time. */
@org.jspecify.annotations.NullMarked
package dev.mtls.verify;
