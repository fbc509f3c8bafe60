/** Who may connect. */
@org.jspecify.annotations.NullMarked
package dev.mtls.policy;
