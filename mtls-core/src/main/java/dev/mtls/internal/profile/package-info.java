/** The rules of X509-SVID about single certificates, for our own and for the peer's. Not exported. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.profile;
