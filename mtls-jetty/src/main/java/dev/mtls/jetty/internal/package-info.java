/** What the service loader has to reach. Not exported. */
@org.jspecify.annotations.NullMarked
package dev.mtls.jetty.internal;
