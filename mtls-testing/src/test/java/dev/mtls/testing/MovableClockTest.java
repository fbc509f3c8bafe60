package dev.mtls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class MovableClockTest {
    private static final Instant THEN = Instant.parse("2026-11-24T12:00:00Z");

    @Test
    void stopped_standsUntilMoved() {
        MovableClock clock = MovableClock.stoppedAt(THEN);
        assertThat(clock.instant()).isEqualTo(THEN);

        clock.advance(Duration.ofMinutes(5));
        clock.advance(Duration.ofMinutes(-1));

        assertThat(clock.instant()).isEqualTo(THEN.plusSeconds(240));
        assertThat(clock.millis()).isEqualTo(THEN.plusSeconds(240).toEpochMilli());
    }

    @Test
    void running_goesOnFromWhereItWasMoved() {
        MovableClock clock = MovableClock.running();

        clock.advance(Duration.ofDays(1));

        assertThat(clock.instant()).isCloseTo(Instant.now().plus(Duration.ofDays(1)), within(5, ChronoUnit.SECONDS));
    }

    @Test
    void withZone_isMovedWithIt() {
        MovableClock clock = MovableClock.stoppedAt(THEN);
        MovableClock inVienna = clock.withZone(ZoneId.of("Europe/Vienna"));

        clock.advance(Duration.ofHours(1));

        assertThat(inVienna.instant()).isEqualTo(THEN.plusSeconds(3600));
        assertThat(inVienna.getZone()).isEqualTo(ZoneId.of("Europe/Vienna"));
    }
}
