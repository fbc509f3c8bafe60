package dev.mtls.it.resumption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.Role;
import dev.mtls.it.resumption.Sightings.Sighting;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.TlsProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A first connection, a change, and the next connection at once. The counterpart is foreign: a plain side that resumes wherever it is
 * let, so that nothing but the side under test keeps the session from outliving the change.
 */
final class Trial implements AutoCloseable {
    private final Cell cell;
    private final Realm realm;
    private final Side underTest;
    private final Side counterpart;
    private final Sightings seen = new Sightings();
    private final Serving serving;
    private final Calling calling;

    private Trial(Cell cell, Arm arm, Realm realm, Side underTest, Side counterpart) throws Exception {
        this.cell = cell;
        this.realm = realm;
        this.underTest = underTest;
        this.counterpart = counterpart;
        boolean client = arm.role() == Role.CLIENT;
        serving = client ? arm.server().start(counterpart, seen) : arm.server().start(underTest, new Sightings());
        calling = client
                ? arm.client().open(underTest, serving.port(), new Sightings())
                : arm.client().open(counterpart, serving.port(), seen);
    }

    /** With this library. */
    static Trial ours(Cell cell, Arm arm, TlsProvider counterpart, Realm realm) throws Exception {
        return new Trial(
                cell, arm, realm, new OurSide(underTest(cell, arm, realm)), foreign(cell, arm, counterpart, realm));
    }

    /** The twin, with a plain {@code SSLContext}. */
    static Trial plain(Cell cell, Arm arm, TlsProvider counterpart, Realm realm) throws Exception {
        return new Trial(
                cell, arm, realm, new PlainSide(underTest(cell, arm, realm)), foreign(cell, arm, counterpart, realm));
    }

    private static Side.Settings underTest(Cell cell, Arm arm, Realm realm) {
        return new Side.Settings(
                arm.role(),
                cell.provider(),
                cell.protocol(),
                realm.issue(Realm.OURS, Step.LIFE),
                realm.bundles(),
                PeerPolicy.id(Realm.THEIRS));
    }

    private static Side foreign(Cell cell, Arm arm, TlsProvider provider, Realm realm) {
        return new PlainSide(new Side.Settings(
                arm.role() == Role.CLIENT ? Role.SERVER : Role.CLIENT,
                provider,
                cell.protocol(),
                realm.issue(Realm.THEIRS, Step.LIFE),
                realm.bundles(),
                PeerPolicy.id(Realm.OURS)));
    }

    /**
     * The first connection, made while the counterpart's certificate lives: so long from now, or longer if a busy machine does not get as
     * far in that time.
     */
    void connect(Duration lifeOfCounterpart) throws Exception {
        counterpart.rotate(realm.issue(Realm.THEIRS, lifeOfCounterpart));
        try {
            calling.call();
        } catch (Exception e) {
            if (Instant.now().isBefore(counterpart.credential().notAfter())) {
                throw e;
            }
            connect(lifeOfCounterpart.multipliedBy(2));
            return;
        }
        assertThat(seen.all()).as("calls that came through").hasSize(1);
        assertThat(seen.all().get(0).protocol()).isEqualTo(cell.protocol());
        assertThat(seen.all().get(0).serial()).isEqualTo(underTest.credential().serial());
    }

    /** The change, and the connection right after it. */
    Outcome changeAndReconnect(Step step) {
        int judgedBefore = underTest.judged();
        step.take(underTest, counterpart, realm);
        Optional<Exception> failure = callAgain();
        return failure.isEmpty() ? accepted(judgedBefore) : refused(failure.get());
    }

    private Optional<Exception> callAgain() {
        try {
            calling.call();
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (Exception e) {
            return Optional.of(e);
        }
    }

    private Outcome accepted(int judgedBefore) {
        assertThat(seen.all()).as("calls that came through").hasSize(2);
        Sighting first = seen.all().get(0);
        Sighting second = seen.all().get(1);
        assertThat(second.clientPort()).as("the port of a new connection").isNotEqualTo(first.clientPort());
        assertThat(second.protocol()).isEqualTo(cell.protocol());
        if (cell.change().refusal().isEmpty()
                && second.serial().equals(underTest.credential().serial())) {
            return Outcome.JUDGED;
        }
        assertThat(second.serial()).as("the identity from before").isEqualTo(first.serial());
        if (underTest instanceof PlainSide) {
            assertThat(underTest.judged()).as("the trust manager was not asked").isEqualTo(judgedBefore);
        }
        return Outcome.RESUMED;
    }

    private Outcome refused(Exception failure) {
        FailureReason reason =
                cell.change().refusal().orElseGet(() -> fail("the connection after the rotation failed", failure));
        underTest.awaitRefusal(reason);
        assertThat(seen.all()).as("calls that came through").hasSize(1);
        return Outcome.JUDGED;
    }

    @Override
    @SuppressWarnings("EmptyTryBlock")
    public void close() throws Exception {
        try (underTest;
                counterpart;
                serving;
                calling) {
            // Closes them all, the last first, whichever fails.
        }
    }
}
