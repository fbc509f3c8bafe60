/** Tests of all modules together: see the test sources. */
@NullMarked
package dev.mtls.it;

import org.jspecify.annotations.NullMarked;
