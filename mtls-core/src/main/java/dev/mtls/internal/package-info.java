/** What the packages of this module share without exporting it. */
@org.jspecify.annotations.NullMarked
package dev.mtls.internal;
