/**
 * The delegating {@code SSLContext} and all that it hands out. Whatever a framework is given (engine, socket, server socket) is ours
 * and wraps an engine of a provider: sockets too are engines, so that there is one place where a connection can be cut. Not exported.
 */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.tls;
