/** SPIFFE IDs and trust domains: parsing only, no I/O, no X.509. */
@org.jspecify.annotations.NullMarked
package dev.mtls.identity;
