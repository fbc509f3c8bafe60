/** The one door through which a private key leaves an SVID. Not exported, later to named modules only. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.svid;
