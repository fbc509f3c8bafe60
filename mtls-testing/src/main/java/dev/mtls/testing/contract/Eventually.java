package dev.mtls.testing.contract;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition. */
final class Eventually {
    private static final long POLL_NANOS = 2_000_000;

    private Eventually() {}

    /** Waits until the condition holds, for as long as given; fails with the message if it never does. */
    static void within(Duration time, Supplier<String> message, BooleanSupplier condition) {
        long since = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - since > time.toNanos()) {
                throw new AssertionError("not within " + time + ": " + message.get());
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
