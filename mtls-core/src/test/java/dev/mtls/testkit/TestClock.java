package dev.mtls.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands until a test moves it. */
public final class TestClock extends Clock {
    private final AtomicReference<Instant> now;

    private TestClock(Instant now) {
        this.now = new AtomicReference<>(now);
    }

    /** A clock that stands at the time. */
    public static TestClock at(Instant now) {
        return new TestClock(now);
    }

    /** A clock that stands at the present time. */
    public static TestClock atNow() {
        return at(Instant.now());
    }

    /** Moves the clock, back if the duration is negative. */
    public void advance(Duration duration) {
        now.updateAndGet(before -> before.plus(duration));
    }

    /** Sets the clock. */
    public void set(Instant to) {
        now.set(to);
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
