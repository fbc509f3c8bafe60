package dev.mtls.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.mtls.identity.SpiffeId;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a decision costs. The bounds are wide: they tell a search from a look-up, on a busy machine too. */
class PolicyCostTest {
    private static final int DECISIONS = 20_000;
    private static final SpiffeId KNOWN = SpiffeId.parse("spiffe://prod/ns/team/sa/service-0");
    private static final SpiffeId UNKNOWN = SpiffeId.parse("spiffe://prod/ns/team/sa/nobody");

    private static PeerPolicy ids(int count) {
        return PeerPolicy.ids(IntStream.range(0, count)
                .mapToObj(i -> SpiffeId.parse("spiffe://prod/ns/team/sa/service-" + i))
                .toList());
    }

    static List<PeerPolicy> everyKind() {
        return List.of(
                PeerPolicy.id(KNOWN),
                ids(10_000),
                PeerPolicy.trustDomain("prod"),
                PeerPolicy.pathPrefix("spiffe://prod/ns"),
                PeerPolicy.pattern("spiffe://prod/ns/*/sa/service-0"),
                PeerPolicy.matching("service 0", KNOWN::equals),
                PeerPolicy.anyOf(PeerPolicy.trustDomain("other"), PeerPolicy.id(KNOWN)),
                PeerPolicy.allOf(PeerPolicy.trustDomain("prod"), PeerPolicy.id(KNOWN)),
                PeerPolicy.trustDomain("prod").except(PeerPolicy.id(UNKNOWN)));
    }

    /** A text of explanation would be hundreds of bytes. */
    @ParameterizedTest
    @MethodSource("everyKind")
    void decide_anyPolicy_buildsNoText(PeerPolicy policy) {
        decideBoth(policy, DECISIONS);

        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        decideBoth(policy, DECISIONS);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(bytes / (2.0 * DECISIONS)).as("bytes per decision").isLessThan(80);
    }

    @Test
    void decide_oneIdOrTenThousand_aboutTheSame() {
        PeerPolicy one = ids(1);
        PeerPolicy tenThousand = ids(10_000);
        decideBoth(one, DECISIONS);
        decideBoth(tenThousand, DECISIONS);

        double small = bestNanosPerDecision(one);
        double large = bestNanosPerDecision(tenThousand);

        assertThat(large)
                .as("ns per decision among 10,000 IDs, against %s among one", small)
                .isLessThan(20 * small + 1000);
    }

    private static double bestNanosPerDecision(PeerPolicy policy) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long start = System.nanoTime();
            decideBoth(policy, DECISIONS / 10);
            best = Math.min(best, (System.nanoTime() - start) / (2.0 * DECISIONS / 10));
        }
        return best;
    }

    private static void decideBoth(PeerPolicy policy, int times) {
        for (int i = 0; i < times; i++) {
            if (!policy.decide(KNOWN).allowed()) {
                throw new AssertionError(policy);
            }
            policy.decide(UNKNOWN);
        }
    }
}
