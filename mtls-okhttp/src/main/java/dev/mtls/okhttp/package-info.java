/** Adapter for OkHttp. */
@NullMarked
package dev.mtls.okhttp;

import org.jspecify.annotations.NullMarked;
