/** Embedded certificate authority: root, intermediates, issuing, rotation. */
@NullMarked
package dev.mtls.ca;

import org.jspecify.annotations.NullMarked;
