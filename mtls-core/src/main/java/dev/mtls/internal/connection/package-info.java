/** The registry of live connections. Not exported. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.connection;
