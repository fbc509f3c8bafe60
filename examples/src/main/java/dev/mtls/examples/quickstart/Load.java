package dev.mtls.examples.quickstart;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Calls over each link many times per second: one call in five on a new connection, one in two with a body. */
final class Load implements AutoCloseable {
    private static final int MILLIS_BETWEEN_CALLS = 20;

    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(6);
    private final Ledger ledger;

    Load(Ledger ledger) {
        this.ledger = ledger;
    }

    void over(Link link) {
        AtomicLong count = new AtomicLong();
        threads.scheduleWithFixedDelay(
                () -> call(link, count.incrementAndGet()), 0, MILLIS_BETWEEN_CALLS, TimeUnit.MILLISECONDS);
    }

    private void call(Link link, long number) {
        boolean post = number % 2 == 0;
        try {
            ledger.succeeded(link.call(number % 5 == 0, post ? "order " + number : null), post);
        } catch (IOException | RuntimeException e) {
            ledger.failed(link + ": " + e);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                ledger.failed("calls still run 10 seconds after the end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
