/** Delivers events to listeners and to the log. Not exported. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal.event;
