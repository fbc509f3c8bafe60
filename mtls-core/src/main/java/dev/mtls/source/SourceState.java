package dev.mtls.source;

import java.util.Optional;

/**
 * A source at one moment.
 *
 * @param context the snapshot in force: the last good one; empty before the first
 * @param health how the source fares
 */
public record SourceState(Optional<X509Context> context, SourceHealth health) {}
