package dev.mtls.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.SpiffeIdCases;
import dev.mtls.identity.SpiffeIdCases.Matcher;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The matchers of {@code cases/spiffeid.json}, which are go-spiffe's, as far as there is a policy like them. */
class PeerPolicyCasesTest {
    @Test
    void matchers_countedByKind_noneIsLeftOut() {
        assertThat(SpiffeIdCases.matchers().stream()
                        .collect(Collectors.groupingBy(Matcher::matcher, Collectors.counting())))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        // There is no policy that allows anyone.
                        "any", 3L,
                        "id", 6L,
                        "one_of", 7L,
                        "member_of", 4L));
        assertThat(emptyLists()).hasSize(4);
        assertThat(withTrustDomainIds()).hasSize(6);
        assertThat(alike()).hasSize(7);
    }

    static Stream<Matcher> alike() {
        return SpiffeIdCases.matchers().stream()
                .filter(each -> !each.matcher().equals("any")
                        && !each.args().isEmpty()
                        && each.args().stream().noneMatch(PeerPolicyCasesTest::isIdOfTrustDomain));
    }

    @ParameterizedTest
    @MethodSource("alike")
    void matcher_alike_agrees(Matcher each) {
        assertThat(policy(each, each.args())
                        .decide(SpiffeId.parse(each.input()))
                        .allowed())
                .isEqualTo(each.matches());
    }

    static Stream<Matcher> emptyLists() {
        return SpiffeIdCases.matchers().stream()
                .filter(each -> each.matcher().equals("one_of") && each.args().isEmpty());
    }

    /** go-spiffe builds a matcher that matches nobody; here it is a mistake. */
    @ParameterizedTest
    @MethodSource("emptyLists")
    void matcher_ofNobody_isNotBuilt(Matcher each) {
        assertThatIllegalArgumentException().isThrownBy(() -> policy(each, each.args()));
    }

    static Stream<Matcher> withTrustDomainIds() {
        return SpiffeIdCases.matchers().stream()
                .filter(each -> each.args().stream().anyMatch(PeerPolicyCasesTest::isIdOfTrustDomain));
    }

    /** No workload has an ID without a path (X509-SVID 5.2): to expect one is a mistake. The other IDs agree. */
    @ParameterizedTest
    @MethodSource("withTrustDomainIds")
    void matcher_withIdOfTrustDomain_isNotBuiltAndOtherwiseAgrees(Matcher each) {
        List<String> workloads =
                each.args().stream().filter(arg -> !isIdOfTrustDomain(arg)).toList();

        assertThatIllegalArgumentException().isThrownBy(() -> policy(each, each.args()));
        if (!workloads.isEmpty() && !isIdOfTrustDomain(each.input())) {
            assertThat(policy(each, workloads)
                            .decide(SpiffeId.parse(each.input()))
                            .allowed())
                    .isEqualTo(each.matches());
        }
    }

    private static PeerPolicy policy(Matcher matcher, List<String> args) {
        return switch (matcher.matcher()) {
            case "id" -> PeerPolicy.id(args.get(0));
            case "one_of" -> PeerPolicy.ids(args.toArray(new String[0]));
            case "member_of" -> PeerPolicy.trustDomain(args.get(0));
            default -> throw new IllegalArgumentException(matcher.matcher());
        };
    }

    private static boolean isIdOfTrustDomain(String text) {
        return text.startsWith("spiffe://") && !SpiffeId.parse(text).hasPath();
    }
}
