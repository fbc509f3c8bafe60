/** One small program for each adapter. */
@NullMarked
package dev.mtls.examples.adapters;

import org.jspecify.annotations.NullMarked;
