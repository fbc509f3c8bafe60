/** PEM and DER: private keys, certificates and CRLs. Not exported. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.pem;
