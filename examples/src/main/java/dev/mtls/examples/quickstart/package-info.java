/** Three services that call each other over mutual TLS while everything rotates. */
@NullMarked
package dev.mtls.examples.quickstart;

import org.jspecify.annotations.NullMarked;
