/**
 * The way in: {@link dev.mtls.Mtls} joins an identity source with TLS contexts for clients and servers.
 */
@org.jspecify.annotations.NullMarked
package dev.mtls;
