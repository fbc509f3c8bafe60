package dev.mtls.internal.event;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.mtls.event.MtlsEvent;
import dev.mtls.event.MtlsListener;
import dev.mtls.failure.FailureReason;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Writes events to the log: those that a peer can cause at will at most once in a while for each cause. */
final class EventLog {
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final int MAX_CAUSES = 1000;

    private final Logger log;
    private final Cache<String, AtomicLong> suppressed = Caffeine.newBuilder()
            .expireAfterWrite(QUIET)
            .maximumSize(MAX_CAUSES)
            .build();

    EventLog(Logger log) {
        this.log = log;
    }

    void log(MtlsEvent event) {
        if (event instanceof MtlsEvent.HandshakeAccepted) {
            log.debug("{}", event);
        } else if (event instanceof MtlsEvent.HandshakeRejected rejected) {
            warnOnceInAWhile(
                    "rejected " + rejected.role() + rejected.self() + rejected.claimedPeer() + rejected.reason(),
                    "Handshake of " + rejected.self() + " (as " + rejected.role() + ") failed: " + rejected.message());
        } else if (event instanceof MtlsEvent.ConnectionCut cut) {
            if (cut.reason() == FailureReason.DRAINED || cut.reason() == FailureReason.SOURCE_CLOSED) {
                log.debug("{}", event);
                return;
            }
            warnOnceInAWhile(
                    "cut " + cut.peer() + cut.reason(), "Connection with " + cut.peer() + " cut: " + cut.message());
        } else if (event instanceof MtlsEvent.ConnectionDrained) {
            log.debug("{}", event);
        } else if (event instanceof MtlsEvent.SnapshotPublished published) {
            log.info(
                    "Identity {} in force: serial {}, not after {}, generation {}",
                    published.id(),
                    published.serialNumber(),
                    published.notAfter(),
                    published.generation());
        } else if (event instanceof MtlsEvent.SnapshotRejected rejected) {
            warnOnceInAWhile(
                    "snapshot " + rejected.reason(), "Update rejected, the last good one stays: " + rejected.message());
        } else if (event instanceof MtlsEvent.IdentityExpiring expiring) {
            log.warn(
                    "Identity {} has not been renewed and ends at {}: see the health of its source",
                    expiring.id(),
                    expiring.notAfter());
        } else if (event instanceof MtlsEvent.SourceStale stale) {
            warnOnceInAWhile("stale", "The source of identities is stale since " + stale.age() + ": " + stale.cause());
        }
    }

    void listenerFailed(MtlsListener listener, MtlsEvent event, RuntimeException failure) {
        if (isFirstInAWhile("listener " + listener.getClass().getName())) {
            log.warn("The listener {} failed on {}", listener.getClass().getName(), event, failure);
        }
    }

    private void warnOnceInAWhile(String cause, String message) {
        if (isFirstInAWhile(cause)) {
            log.warn("{} (the same is not logged again for {} s)", message, QUIET.toSeconds());
        }
    }

    private boolean isFirstInAWhile(String cause) {
        return suppressed.get(cause, missing -> new AtomicLong()).getAndIncrement() == 0;
    }
}
