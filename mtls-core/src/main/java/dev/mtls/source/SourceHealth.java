package dev.mtls.source;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a source fares.
 *
 * @param state the state in one word
 * @param cause the state in a sentence, with what to do about it
 * @param generation the number of the snapshot in force; 0 before the first
 * @param rotations how many snapshots with a new identity followed the first
 * @param age how long ago the snapshot in force was received; empty before the first
 * @param svidNotAfter until when each SVID of the snapshot is valid
 * @param authoritiesNotAfter until when each authority of the snapshot is valid
 * @param lastError the last error, even if good updates followed it; empty if there was none
 */
public record SourceHealth(
        State state,
        String cause,
        long generation,
        long rotations,
        Optional<Duration> age,
        List<SvidValidity> svidNotAfter,
        List<AuthorityValidity> authoritiesNotAfter,
        Optional<SourceError> lastError) {

    /** The states of a source. */
    public enum State {
        /** No snapshot has been published yet. */
        WAITING,
        /** The last update was good and its identity is valid. */
        HEALTHY,
        /** The last update failed; the snapshot before it is in force and its identity is valid. */
        STALE,
        /** The identity in force has expired. */
        EXPIRED,
        /** The source was closed. */
        CLOSED
    }

    /**
     * Until when an SVID is valid.
     *
     * @param id its SPIFFE ID
     * @param notAfter the end of its validity
     */
    public record SvidValidity(SpiffeId id, Instant notAfter) {}

    /**
     * Until when an authority is valid.
     *
     * @param trustDomain the trust domain that it vouches for
     * @param serialNumber the authority's serial number, in hexadecimal
     * @param notAfter the end of its validity
     */
    public record AuthorityValidity(TrustDomain trustDomain, String serialNumber, Instant notAfter) {}

    /**
     * An error of a source.
     *
     * @param reason why
     * @param message what was expected, what was seen, and the next step
     * @param at when
     */
    public record SourceError(FailureReason reason, String message, Instant at) {}

    /** Copies the lists. */
    public SourceHealth {
        svidNotAfter = List.copyOf(svidNotAfter);
        authoritiesNotAfter = List.copyOf(authoritiesNotAfter);
    }
}
