/** TLS: the profile, the choice of provider, and the peer of a connection as a typed value. */
@org.jspecify.annotations.NullMarked
package dev.mtls.tls;
