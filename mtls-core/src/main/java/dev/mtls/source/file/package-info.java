/** Identities and trust from PEM files that something else writes and renews. */
@org.jspecify.annotations.NullMarked
package dev.mtls.source.file;
