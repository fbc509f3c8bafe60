/**
 * What can go wrong: reasons with stable labels, and exceptions that are also the JDK's own types, so that TLS stacks
 * and callers treat them right.
 */
@org.jspecify.annotations.NullMarked
package dev.mtls.failure;
