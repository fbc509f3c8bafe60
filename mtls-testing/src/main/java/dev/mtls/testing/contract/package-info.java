/** The contract that every adapter keeps, as tests to extend. */
@NullMarked
package dev.mtls.testing.contract;

import org.jspecify.annotations.NullMarked;
