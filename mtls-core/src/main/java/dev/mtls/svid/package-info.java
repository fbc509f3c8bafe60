/** X.509-SVIDs: the identity documents of workloads, with their private keys. */
@org.jspecify.annotations.NullMarked
package dev.mtls.svid;
