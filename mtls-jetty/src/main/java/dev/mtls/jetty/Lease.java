package dev.mtls.jetty;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSession;

/** How a pooled connection is used: how many requests run on it, and whether it takes more. */
final class Lease {
    private static final String KEY = "dev.mtls.jetty.lease";

    /** Set once the connection takes no more, on top of the number of requests. */
    private static final int RETIRED = 1 << 30;

    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
    private static final Duration POLL = Duration.ofNanos(10_000);

    private final MtlsConnection connection;
    private final AtomicInteger uses = new AtomicInteger();
    private final AtomicInteger sending = new AtomicInteger();

    Lease(MtlsConnection connection) {
        this.connection = connection;
    }

    static Optional<Lease> of(SSLSession session) {
        return session.getValue(KEY) instanceof Lease lease ? Optional.of(lease) : Optional.empty();
    }

    void attachTo(SSLSession session) {
        session.putValue(KEY, this);
    }

    void check() throws PeerVerificationException {
        connection.check();
    }

    /** False if the connection takes no more requests. */
    boolean use() {
        int before = uses.getAndUpdate(now -> now >= RETIRED ? now : now + 1);
        return before < RETIRED;
    }

    /** Ends one use; true if the connection takes no more requests. */
    boolean release() {
        return uses.decrementAndGet() >= RETIRED;
    }

    /** Ends the taking of requests; true if none runs. */
    boolean retire() {
        return uses.updateAndGet(now -> now | RETIRED) == RETIRED;
    }

    /** Announces that a request is about to be sent; false if that comes too late. {@link #sent} is to follow in either case. */
    boolean send() {
        sending.incrementAndGet();
        return uses.get() < RETIRED;
    }

    void sent() {
        sending.decrementAndGet();
    }

    /** Waits until no request is about to be sent; they are handed over without blocking. Retired, the connection gets no more. */
    void awaitSent() {
        long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (sending.get() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
