/** Live connections: who is at their other end, and when they end. */
@org.jspecify.annotations.NullMarked
package dev.mtls.connection;
