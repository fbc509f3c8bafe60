/** Trust bundles: the authorities of one trust domain each, never pooled. */
@org.jspecify.annotations.NullMarked
package dev.mtls.trust;
