package dev.mtls.it.resumption;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.awaitility.Awaitility.await;

import dev.mtls.policy.PeerPolicy;
import java.time.Duration;
import java.time.Instant;

/** One way in which a change comes about. */
enum Step {
    /** The side under test gets a new SVID. */
    ROTATE {
        @Override
        void take(Side underTest, Side counterpart, Realm realm) {
            underTest.rotate(realm.issue(Realm.OURS, LIFE));
        }
    },
    /** The side under test loses the bundle of the counterpart's trust domain. */
    DISTRUST {
        @Override
        void take(Side underTest, Side counterpart, Realm realm) {
            underTest.distrust(Realm.THEIRS.trustDomain());
        }
    },
    /** The side under test no longer allows the counterpart. */
    NARROW {
        @Override
        void take(Side underTest, Side counterpart, Realm realm) {
            underTest.replacePolicy(PeerPolicy.id(Realm.SOMEBODY_ELSE));
        }
    },
    /** The counterpart's certificate is short-lived, and ends. */
    EXPIRE_IN_TRUTH {
        @Override
        Duration lifeOfCounterpart() {
            return SHORT_LIFE;
        }

        @Override
        void take(Side underTest, Side counterpart, Realm realm) {
            Instant end = counterpart.credential().notAfter();
            await().pollInterval(5, MILLISECONDS)
                    .atMost(Duration.between(Instant.now(), end).abs().plusSeconds(10))
                    .until(() -> Instant.now().isAfter(end));
        }
    },
    /** The clock of the side under test goes past the end of the counterpart's certificate. */
    EXPIRE_BY_CLOCK {
        @Override
        void take(Side underTest, Side counterpart, Realm realm) {
            underTest.clock.advance(LIFE_OF_COUNTERPART.plusSeconds(1));
        }
    };

    static final Duration LIFE = Duration.ofHours(12);
    private static final Duration LIFE_OF_COUNTERPART = Duration.ofHours(1);

    /** Certificates end at whole seconds: what is left for the first connection is 2 to 3. */
    private static final Duration SHORT_LIFE = Duration.ofSeconds(3);

    Duration lifeOfCounterpart() {
        return LIFE_OF_COUNTERPART;
    }

    /** Returns when the change is in force. */
    abstract void take(Side underTest, Side counterpart, Realm realm);
}
