/** Everything that weakens. Whoever reviews a program looks for uses of this package; nothing of the library depends on it. */
@org.jspecify.annotations.NullMarked
package dev.mtls.danger;
