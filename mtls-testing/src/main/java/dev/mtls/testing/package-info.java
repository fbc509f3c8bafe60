/** JUnit extension: ephemeral authorities, rotating identities, a movable clock. */
@NullMarked
package dev.mtls.testing;

import org.jspecify.annotations.NullMarked;
