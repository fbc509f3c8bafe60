package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mtls.failure.FailureReason;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.Leaf;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The limits of time, to the millisecond, for every certificate of a path. */
class ValidityTest {
    private static final String ID = "spiffe://a.test/api";
    private static final Instant START = Instant.ofEpochSecond(Instant.now().getEpochSecond() - 600);
    private static final Instant END = START.plusSeconds(1200);
    private static final Instant LONG_BEFORE = START.minusSeconds(86_400);
    private static final Instant LONG_AFTER = END.plusSeconds(86_400);

    /** A chain in which only the certificate at one place is valid from START to END. */
    private record Timed(String where, Judge judge, Leaf leaf) {
        @Override
        public String toString() {
            return where;
        }
    }

    static Stream<Timed> chains() {
        BiFunction<TestCa.Spec, Boolean, TestCa.Spec> time =
                (spec, here) -> here ? spec.validity(START, END) : spec.validity(LONG_BEFORE, LONG_AFTER);
        return Stream.of("leaf", "intermediate", "authority").map(where -> {
            TestCa root = TestCa.root("a.test", spec -> time.apply(spec, where.equals("authority")));
            TestCa intermediate = root.intermediate(spec -> time.apply(spec, where.equals("intermediate")));
            return new Timed(
                    where, Judge.of(root), intermediate.leaf(ID, spec -> time.apply(spec, where.equals("leaf"))));
        });
    }

    @ParameterizedTest
    @MethodSource("chains")
    void verify_atTheEnd_acceptedUntilTheVeryMoment(Timed timed) {
        timed.judge().at(END).accepts(timed.leaf());
        timed.judge().at(END.plusMillis(1)).refuses(timed.leaf(), FailureReason.EXPIRED);
        timed.judge().at(END.plusNanos(1)).refuses(timed.leaf(), FailureReason.EXPIRED);
        timed.judge().at(END.plusSeconds(1)).refuses(timed.leaf(), FailureReason.EXPIRED);
    }

    @ParameterizedTest
    @MethodSource("chains")
    void verify_atTheStart_acceptedFromTheDefaultToleranceBefore(Timed timed) {
        timed.judge().at(START).accepts(timed.leaf());
        timed.judge().at(START.minusSeconds(60)).accepts(timed.leaf());
        timed.judge().at(START.minusSeconds(60).minusMillis(1)).refuses(timed.leaf(), FailureReason.NOT_YET_VALID);
    }

    @ParameterizedTest
    @MethodSource("chains")
    void verify_withoutTolerance_acceptedFromTheVeryStart(Timed timed) {
        timed.judge().at(START, Duration.ZERO).accepts(timed.leaf());
        timed.judge().at(START.minusMillis(1), Duration.ZERO).refuses(timed.leaf(), FailureReason.NOT_YET_VALID);
    }

    @ParameterizedTest
    @MethodSource("chains")
    void verify_toleranceGiven_doesNotProlongTheEnd(Timed timed) {
        timed.judge().at(END.plusMillis(1), Duration.ofMinutes(5)).refuses(timed.leaf(), FailureReason.EXPIRED);
        timed.judge().at(START.minusSeconds(300), Duration.ofMinutes(5)).accepts(timed.leaf());
    }

    @Test
    void verify_oneEndsBeforeAnotherStarts_refused() {
        // Each by itself is within the tolerance; at no time are all valid.
        TestCa endsFirst = TestCa.root("a.test", spec -> spec.validity(LONG_BEFORE, START.plusSeconds(10)));
        Judge.of(endsFirst)
                .at(START)
                .refuses(
                        endsFirst.leaf(ID, spec -> spec.validity(START.plusSeconds(11), END)),
                        FailureReason.NOT_YET_VALID);
        Judge.of(endsFirst).at(START).accepts(endsFirst.leaf(ID, spec -> spec.validity(START.plusSeconds(10), END)));
        TestCa startsLast = TestCa.root("a.test", spec -> spec.validity(START.plusSeconds(11), END));
        TestCa between = startsLast.intermediate(spec -> spec.validity(LONG_BEFORE, START.plusSeconds(10)));
        Judge.of(startsLast)
                .at(START)
                .refuses(between.leaf(ID, spec -> spec.validity(LONG_BEFORE, END)), FailureReason.NOT_YET_VALID);
    }

    @Test
    void create_toleranceOutOfRange_refused() {
        Clock clock = Clock.systemUTC();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> X509SvidVerifier.create(clock, Duration.ofMillis(-1)))
                .withMessage("notBeforeTolerance: PT-0.001S (expected: PT0S..PT5M)");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        X509SvidVerifier.create(clock, Duration.ofMinutes(5).plusMillis(1)));
    }
}
