package dev.mtls.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** One end that judges two peers: a victim, which a change hits, and a bystander, which it does not. */
final class Scene {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration SETTLE = Duration.ofMillis(100);
    private static final Duration WATCH = Duration.ofMillis(250);

    final Workload judge;
    final SpiffeId victim;
    final SpiffeId bystander;
    final Runnable denyVictim;
    final Traffic victimTraffic;
    final Traffic bystanderTraffic;

    Scene(
            Workload judge,
            SpiffeId victim,
            SpiffeId bystander,
            Runnable denyVictim,
            Traffic victimTraffic,
            Traffic bystanderTraffic) {
        this.judge = judge;
        this.victim = victim;
        this.bystander = bystander;
        this.denyVictim = denyVictim;
        this.victimTraffic = victimTraffic;
        this.bystanderTraffic = bystanderTraffic;
    }

    /** Makes the change; the victim's connections end within a second, nothing passes any more, and the bystander's live on. */
    void assertCut(FailureReason reason, Runnable change) throws Exception {
        Set<MtlsConnection> bystanders = judge.connectionsWith(bystander);
        // Until it returns, it may still be making a CRL, say. In force it is then.
        change.run();

        Eventually.within(
                LIMIT,
                () -> "the connections with " + victim + " cut (seen: " + judge.mtls.connections() + ", "
                        + victimTraffic + ")",
                () -> judge.connectionsWith(victim).isEmpty() && victimTraffic.ended());
        LockSupport.parkNanos(SETTLE.toNanos());
        String passed = victimTraffic.passed();
        LockSupport.parkNanos(WATCH.toNanos());
        assertEquals(passed, victimTraffic.passed(), "what has passed after the cut");
        judge.events.await(
                MtlsEvent.ConnectionCut.class, event -> event.peer().equals(victim) && event.reason() == reason);
        assertThrows(Exception.class, victimTraffic.client()::callOnNewConnection);

        bystanderTraffic.awaitFlow();
        bystanderTraffic.client().call();
        assertFalse(bystanderTraffic.disturbed(), "an exchange of the bystander has ended");
        assertEquals(bystanders, judge.connectionsWith(bystander), "connections of the bystander");
    }
}
