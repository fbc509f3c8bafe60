/** Runnable programs. */
@NullMarked
package dev.mtls.examples;

import org.jspecify.annotations.NullMarked;
