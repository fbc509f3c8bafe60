/** What happens, as records for a listener; no metrics library is needed to read them. */
@org.jspecify.annotations.NullMarked
package dev.mtls.event;
