/** Identities, trust, peer policies, verification and TLS contexts. */
@NullMarked
package dev.mtls;

import org.jspecify.annotations.NullMarked;
