package dev.mtls.testing;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that a test moves: identities expire and connections age when the test says so.
 *
 * <pre>{@code
 * MovableClock clock = MovableClock.running();
 * Mtls mtls = Mtls.builder(source).clock(clock).build();
 * clock.advance(Duration.ofHours(1));
 * }</pre>
 *
 * <p>Safe for use by several threads: all see a move at once.
 */
public final class MovableClock extends Clock {
    private final Clock base;
    private final AtomicReference<Duration> ahead;

    private MovableClock(Clock base, AtomicReference<Duration> ahead) {
        this.base = base;
        this.ahead = ahead;
    }

    /** A clock that shows the system's time and goes on by itself. */
    public static MovableClock running() {
        return new MovableClock(Clock.systemUTC(), new AtomicReference<>(Duration.ZERO));
    }

    /** A clock that shows the instant until it is moved. */
    public static MovableClock stoppedAt(Instant instant) {
        return new MovableClock(
                Clock.fixed(requireNonNull(instant, "instant"), ZoneOffset.UTC), new AtomicReference<>(Duration.ZERO));
    }

    /** Moves the clock, backwards if the duration is negative. */
    public void advance(Duration by) {
        requireNonNull(by, "by");
        ahead.updateAndGet(last -> last.plus(by));
    }

    @Override
    public Instant instant() {
        return base.instant().plus(ahead.get());
    }

    @Override
    public ZoneId getZone() {
        return base.getZone();
    }

    /** This clock in another zone: moving one moves both. */
    @Override
    public MovableClock withZone(ZoneId zone) {
        return new MovableClock(base.withZone(zone), ahead);
    }

    @Override
    public String toString() {
        return "MovableClock[" + instant() + "]";
    }
}
