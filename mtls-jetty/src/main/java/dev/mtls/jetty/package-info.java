/** Adapter for Jetty: server and client. */
@NullMarked
package dev.mtls.jetty;

import org.jspecify.annotations.NullMarked;
