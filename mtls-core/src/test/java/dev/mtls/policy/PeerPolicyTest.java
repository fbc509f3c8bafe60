package dev.mtls.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerPolicyTest {
    private static final String API = "spiffe://prod/ns/pay/sa/api";
    private static final String WEB = "spiffe://prod/ns/shop/sa/web";

    private static final Predicate<SpiffeId> FAILING = id -> {
        throw new IllegalStateException("the directory is away");
    };

    private static PolicyDecision decide(PeerPolicy policy, String peer) {
        return policy.decide(SpiffeId.parse(peer));
    }

    private static void allows(PeerPolicy policy, String... peers) {
        for (String peer : peers) {
            assertThat(decide(policy, peer).allowed()).as(peer).isTrue();
        }
    }

    private static void refuses(PeerPolicy policy, String... peers) {
        for (String peer : peers) {
            assertThat(decide(policy, peer).allowed()).as(peer).isFalse();
        }
    }

    @Nested
    class Id {
        @Test
        void id_thisId_onlyItAllowed() {
            PeerPolicy policy = PeerPolicy.id(API);

            allows(policy, API);
            refuses(
                    policy,
                    WEB,
                    API + "x",
                    API + "/x",
                    "spiffe://prod/ns/pay/sa",
                    "spiffe://prod2/ns/pay/sa/api",
                    "spiffe://prod");
            refuses(policy, "spiffe://prod/ns/pay/sa/API");
        }

        @Test
        void id_decisions_explained() {
            assertThat(decide(PeerPolicy.id(API), API).explanation()).isEqualTo(API + " is allowed by: " + API);
            assertThat(decide(PeerPolicy.id(API), WEB).explanation()).isEqualTo(WEB + " is not allowed by: " + API);
            assertThat(decide(PeerPolicy.id(API), WEB)).hasToString(WEB + " is not allowed by: " + API);
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://prod", "prod", "", "spiffe://prod/a/*", "spiffe://prod/a/"})
        void id_noWorkload_refused(String text) {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerPolicy.id(text));
        }

        @Test
        void id_trustDomain_saysWhatToSayInstead() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.id("spiffe://prod"))
                    .withMessageContaining("spiffe://prod names a trust domain")
                    .withMessageContaining("say trustDomain");
        }

        @Test
        void id_null_namesTheParameter() {
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.id((SpiffeId) null))
                    .withMessage("id");
        }
    }

    @Nested
    class Ids {
        @Test
        void ids_severalOfSeveralTrustDomains_onlyTheyAllowed() {
            PeerPolicy policy = PeerPolicy.ids(API, "spiffe://test/ns/pay/sa/other");

            allows(policy, API, "spiffe://test/ns/pay/sa/other");
            refuses(
                    policy,
                    WEB,
                    "spiffe://test/ns/pay/sa/api",
                    "spiffe://prod/ns/pay/sa/other",
                    "spiffe://third/ns/pay/sa/api",
                    "spiffe://prod");
        }

        @Test
        void ids_none_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(PeerPolicy::ids)
                    .withMessageContaining("ids: empty (expected: at least one");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.ids(List.of()))
                    .withMessageContaining("ids: empty");
        }

        @Test
        void ids_oneOfThemATrustDomain_refused() {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerPolicy.ids(API, "spiffe://prod"));
        }

        @Test
        void ids_oneNull_namesTheParameter() {
            Collection<SpiffeId> withNull = new ArrayList<>();
            withNull.add(null);

            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.ids(withNull))
                    .withMessage("id");
        }

        @Test
        void ids_listChangedLater_policyUnchanged() {
            Collection<SpiffeId> ids = new ArrayList<>(List.of(SpiffeId.parse(API)));
            PeerPolicy policy = PeerPolicy.ids(ids);
            ids.add(SpiffeId.parse(WEB));

            refuses(policy, WEB);
        }

        @Test
        void ids_many_listedInShort() {
            PeerPolicy policy = PeerPolicy.ids(IntStream.range(0, 1000)
                    .mapToObj(i -> SpiffeId.parse("spiffe://prod/w" + (1000 + i)))
                    .toList());

            allows(policy, "spiffe://prod/w1000", "spiffe://prod/w1999");
            refuses(policy, "spiffe://prod/w2000");
            assertThat(policy)
                    .hasToString("one of [spiffe://prod/w1000, spiffe://prod/w1001, spiffe://prod/w1002,"
                            + " spiffe://prod/w1003,"
                            + " spiffe://prod/w1004] and 995 more");
        }
    }

    @Nested
    class InTrustDomain {
        @ParameterizedTest
        @ValueSource(strings = {"prod", "spiffe://prod"})
        void trustDomain_itsWorkloads_onlyTheyAllowed(String name) {
            PeerPolicy policy = PeerPolicy.trustDomain(name);

            allows(policy, API, WEB, "spiffe://prod/x");
            refuses(policy, "spiffe://prod2/ns/pay/sa/api", "spiffe://sub.prod/x", "spiffe://pro/x");
            assertThat(policy).hasToString("any workload of trust domain prod");
        }

        /** Taken for its trust domain, it would allow all of its neighbours. */
        @Test
        void trustDomain_idOfAWorkload_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.trustDomain(API))
                    .withMessageContaining(API)
                    .withMessageContaining("such as \"prod\"");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "*", "*.example.org", "Prod", "spiffe://", "spiffe://*"})
        void trustDomain_noName_refused(String text) {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerPolicy.trustDomain(text));
        }
    }

    @Nested
    class Prefix {
        @Test
        void pathPrefix_itAndWhatIsBelow_onlyTheyAllowed() {
            PeerPolicy policy = PeerPolicy.pathPrefix("spiffe://prod/ns/pay");

            allows(policy, "spiffe://prod/ns/pay", "spiffe://prod/ns/pay/x", API);
            refuses(
                    policy,
                    "spiffe://prod/ns/payroll",
                    "spiffe://prod/ns/payroll/sa/api",
                    "spiffe://prod/ns/pay.x",
                    "spiffe://prod/ns/pay-x/y");
            refuses(
                    policy,
                    "spiffe://prod/ns",
                    "spiffe://prod/ns/pa",
                    "spiffe://prod",
                    "spiffe://prod/x/ns/pay",
                    "spiffe://prod/ns/PAY/x");
            refuses(policy, "spiffe://test/ns/pay/sa/api", "spiffe://prod2/ns/pay");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"spiffe://prod", "spiffe://prod/", "spiffe://prod/ns/", "spiffe://prod/ns/*", "/ns/pay", ""})
        void pathPrefix_noWorkload_refused(String prefix) {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerPolicy.pathPrefix(prefix));
        }

        @Test
        void pathPrefix_decisions_explained() {
            assertThat(decide(PeerPolicy.pathPrefix("spiffe://prod/ns/pay"), WEB)
                            .explanation())
                    .isEqualTo(WEB + " is not allowed by: spiffe://prod/ns/pay or below");
        }
    }

    @Nested
    class Pattern {
        @ParameterizedTest
        @CsvSource({
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/pay/sa/api, true",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/shop/sa/api, true",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/pay/sa/web, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/sa/api, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/a/b/sa/api, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/pay/sa/api/x, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/x/ns/pay/sa/api, false",
            "spiffe://prod/ns/*/sa/api, spiffe://test/ns/pay/sa/api, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/pay/sa/ap, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod/ns/pay/sa/apis, false",
            "spiffe://prod/ns/*/sa/api, spiffe://prod, false",
            "spiffe://prod/*, spiffe://prod/a, true",
            "spiffe://prod/*, spiffe://prod/a/b, false",
            "spiffe://prod/*, spiffe://prod, false",
            "spiffe://prod/*/*, spiffe://prod/a/b, true",
            "spiffe://prod/*/*, spiffe://prod/a, false",
            "spiffe://prod/ns/pay/sa/*, spiffe://prod/ns/pay/sa/api, true",
            "spiffe://prod/ns/pay/sa/*, spiffe://prod/ns/pay/sa, false",
            "spiffe://prod/ns/pay/sa/*, spiffe://prod/ns/pay/sa/a/b, false",
            "spiffe://prod/*/pay, spiffe://prod/x/pay, true",
            "spiffe://prod/*/pay, spiffe://prod/x/pays, false",
            "spiffe://prod/a/b, spiffe://prod/a/b, true",
            "spiffe://prod/a/b, spiffe://prod/a/c, false"
        })
        void pattern_peer_matchedSegmentBySegment(String pattern, String peer, boolean matches) {
            assertThat(decide(PeerPolicy.pattern(pattern), peer).allowed()).isEqualTo(matches);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "spiffe://prod/**",
                    "spiffe://prod/ns/**/sa/api",
                    "spiffe://prod/api-*",
                    "spiffe://prod/*-api",
                    "spiffe://prod/a*b",
                    "spiffe://prod/*.*"
                })
        void pattern_starInPartOfASegment_refused(String pattern) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.pattern(pattern))
                    .withMessageStartingWith("pattern: \"" + pattern + "\": a star stands for one whole segment");
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://*/a", "spiffe://*/*", "spiffe://*.example.org/a", "spiffe://prod*/a"})
        void pattern_starInTheTrustDomain_refused(String pattern) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.pattern(pattern))
                    .withMessageContaining("a star cannot stand for a trust domain");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "*",
                    "spiffe://",
                    "spiffe://*",
                    "spiffe:///*",
                    "spiffe://prod",
                    "spiffe://prod/",
                    "spiffe://prod/*/",
                    "spiffe://prod//*",
                    "spiffe://prod/./*",
                    "spiffe://prod/../*",
                    "spiffe://Prod/*",
                    "spiffe://prod/*\n",
                    "spiffe://prod/?/*",
                    "SPIFFE://prod/*",
                    "https://prod/*",
                    "prod/*",
                    "spiffe://prod:1/*"
                })
        void pattern_noIdButForItsStars_refused(String pattern) {
            assertThatIllegalArgumentException().isThrownBy(() -> PeerPolicy.pattern(pattern));
        }

        @Test
        void pattern_decisions_explained() {
            PeerPolicy policy = PeerPolicy.pattern("spiffe://prod/ns/*/sa/api");

            assertThat(decide(policy, API).explanation())
                    .isEqualTo(API + " is allowed by: pattern spiffe://prod/ns/*/sa/api");
        }
    }

    @Nested
    class Combined {
        private final PeerPolicy any = PeerPolicy.anyOf(PeerPolicy.id(API), PeerPolicy.trustDomain("test"));
        private final PeerPolicy all =
                PeerPolicy.allOf(PeerPolicy.trustDomain("prod"), PeerPolicy.pattern("spiffe://prod/ns/*/sa/api"));

        @Test
        void anyOf_members_whatOneAllowsIsAllowed() {
            allows(any, API, "spiffe://test/x");
            refuses(any, WEB, "spiffe://other/x");
        }

        @Test
        void anyOf_allowed_saysWhichMemberAllows() {
            assertThat(decide(any, "spiffe://test/x").explanation())
                    .isEqualTo("spiffe://test/x is allowed by: any workload of trust domain test" + " (policy: any of ["
                            + API + ", any workload of trust domain test])");
        }

        @Test
        void anyOf_refused_namesAllMembers() {
            assertThat(decide(any, WEB).explanation())
                    .isEqualTo(WEB + " is not allowed by: any of [" + API + ", any workload of trust domain test]");
        }

        @Test
        void allOf_members_whatAllAllowIsAllowed() {
            allows(all, API);
            refuses(all, WEB, "spiffe://test/ns/pay/sa/api");
        }

        @Test
        void allOf_refused_saysWhichMemberRefuses() {
            assertThat(decide(all, WEB).explanation())
                    .isEqualTo(WEB + " is not allowed by: pattern spiffe://prod/ns/*/sa/api"
                            + " (policy: all of [any workload of trust domain prod,"
                            + " pattern spiffe://prod/ns/*/sa/api])");
            assertThat(decide(all, "spiffe://test/ns/pay/sa/api").explanation())
                    .startsWith("spiffe://test/ns/pay/sa/api is not allowed by: any workload of trust domain prod (");
        }

        @Test
        void allOf_allowed_namesAllMembers() {
            assertThat(decide(all, API).explanation()).isEqualTo(API + " is allowed by: " + all);
        }

        @Test
        void combined_nested_innermostPartNamed() {
            PeerPolicy policy = PeerPolicy.allOf(
                    PeerPolicy.anyOf(PeerPolicy.trustDomain("prod"), PeerPolicy.trustDomain("test")),
                    PeerPolicy.anyOf(PeerPolicy.id(API), PeerPolicy.id(WEB)).except(PeerPolicy.id(WEB)));

            allows(policy, API);
            refuses(policy, WEB, "spiffe://test/x", "spiffe://third/x");
            assertThat(decide(policy, WEB).explanation())
                    .startsWith(WEB + " is not allowed, it is excluded by: " + WEB + " (policy: all of [");
            assertThat(decide(policy, "spiffe://third/x").explanation())
                    .startsWith("spiffe://third/x is not allowed by: any of [any workload of trust domain prod, any"
                            + " workload of trust domain test] (policy: all of [");
        }

        @Test
        void anyOf_memberExcludes_othersStillAsked() {
            PeerPolicy policy = PeerPolicy.anyOf(
                    PeerPolicy.trustDomain("prod").except(PeerPolicy.pathPrefix("spiffe://prod/ns/pay")),
                    PeerPolicy.id(API));

            allows(policy, API, WEB);
            refuses(policy, "spiffe://prod/ns/pay/sa/other");
        }

        @Test
        void combined_none_refused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(PeerPolicy::anyOf)
                    .withMessage("policies: empty (expected: at least one)");
            assertThatIllegalArgumentException()
                    .isThrownBy(PeerPolicy::allOf)
                    .withMessage("policies: empty (expected: at least one)");
        }

        @Test
        void combined_null_namesTheParameter() {
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.anyOf(any, null))
                    .withMessage("policy");
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.allOf((PeerPolicy[]) null))
                    .withMessage("policies");
        }

        @Test
        void combined_arrayChangedLater_policyUnchanged() {
            PeerPolicy[] members = {PeerPolicy.id(API)};
            PeerPolicy policy = PeerPolicy.anyOf(members);
            members[0] = PeerPolicy.id(WEB);

            allows(policy, API);
            refuses(policy, WEB);
        }

        @Test
        void anyOf_manyMembers_listedInShort() {
            PeerPolicy[] members = IntStream.range(0, 100)
                    .mapToObj(i -> PeerPolicy.trustDomain("td" + i))
                    .toArray(PeerPolicy[]::new);

            assertThat(PeerPolicy.anyOf(members).toString())
                    .startsWith("any of [any workload of trust domain td0, ")
                    .endsWith("any workload of trust domain td4] and 95 more");
        }
    }

    @Nested
    class Not {
        @Test
        void except_excluded_refusedAndTheRestAllowed() {
            PeerPolicy policy = PeerPolicy.trustDomain("prod").except(PeerPolicy.pathPrefix("spiffe://prod/ns/pay"));

            allows(policy, WEB);
            refuses(policy, API, "spiffe://test/x");
        }

        @Test
        void except_decisions_sayWhichPartDecided() {
            PeerPolicy excluded = PeerPolicy.ids(API, "spiffe://prod/x");
            PeerPolicy policy = PeerPolicy.trustDomain("prod").except(PeerPolicy.anyOf(PeerPolicy.id(WEB), excluded));

            assertThat(decide(policy, API).explanation())
                    .isEqualTo(API + " is not allowed, it is excluded by: " + excluded + " (policy: " + policy + ")");
            assertThat(decide(policy, "spiffe://test/x").explanation())
                    .isEqualTo("spiffe://test/x is not allowed by: any workload of trust domain prod (policy: " + policy
                            + ")");
            assertThat(decide(policy, "spiffe://prod/y").explanation())
                    .isEqualTo("spiffe://prod/y is allowed by: " + policy);
        }

        /** An exception to an exclusion lets back in, and only within what the base allows. */
        @Test
        void except_exclusionWithException_narrowsTheExclusion() {
            PeerPolicy policy = PeerPolicy.trustDomain("prod")
                    .except(PeerPolicy.pathPrefix("spiffe://prod/ns/pay").except(PeerPolicy.id(API)));

            allows(policy, API, WEB);
            refuses(policy, "spiffe://prod/ns/pay/sa/other", "spiffe://test/x");
        }

        /** Whatever is excluded, a policy never allows more than its base. */
        @Test
        void except_anything_neverAllowsMoreThanTheBase() {
            PeerPolicy base = PeerPolicy.id(API);
            for (PeerPolicy excluded : List.of(
                    PeerPolicy.id(WEB),
                    PeerPolicy.trustDomain("test"),
                    base,
                    PeerPolicy.matching("nobody", id -> false))) {
                refuses(base.except(excluded), WEB, "spiffe://test/x", "spiffe://third/x");
            }
        }

        @Test
        void except_null_namesTheParameter() {
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.id(API).except(null))
                    .withMessage("excluded");
        }
    }

    @Nested
    class Matching {
        private final PeerPolicy failing = PeerPolicy.matching("in the directory", FAILING);

        @Test
        void matching_predicate_decides() {
            PeerPolicy policy =
                    PeerPolicy.matching("ends in api", id -> id.path().endsWith("/api"));

            allows(policy, API, "spiffe://test/api");
            refuses(policy, WEB);
            assertThat(decide(policy, API).explanation()).isEqualTo(API + " is allowed by: ends in api");
        }

        @Test
        void matching_predicateThrows_refusedWithTheReason() {
            PolicyDecision decision = decide(failing, API);

            assertThat(decision.allowed()).isFalse();
            assertThat(decision.explanation())
                    .isEqualTo(API + " is not allowed, because this rule failed: in the directory:"
                            + " java.lang.IllegalStateException: the directory is away");
        }

        /** A rule that fails where its answer would exclude must not let the peer in. */
        @Test
        void except_exclusionThrows_refused() {
            PeerPolicy policy = PeerPolicy.trustDomain("prod").except(failing);

            refuses(policy, API);
            assertThat(decide(policy, API).explanation()).contains("this rule failed: in the directory");
        }

        @Test
        void except_exclusionOfAnExclusionThrows_refused() {
            refuses(
                    PeerPolicy.trustDomain("prod")
                            .except(PeerPolicy.trustDomain("prod").except(failing)),
                    API);
            refuses(
                    PeerPolicy.trustDomain("prod").except(PeerPolicy.allOf(PeerPolicy.trustDomain("prod"), failing)),
                    API);
            refuses(PeerPolicy.trustDomain("prod").except(PeerPolicy.anyOf(PeerPolicy.id(WEB), failing)), API);
        }

        @Test
        void anyOf_memberThrows_refusedUnlessAnEarlierOneAllows() {
            refuses(PeerPolicy.anyOf(failing, PeerPolicy.id(API)), API);
            allows(PeerPolicy.anyOf(PeerPolicy.id(API), failing), API);
        }

        @Test
        void allOf_memberThrows_refused() {
            refuses(PeerPolicy.allOf(PeerPolicy.id(API), failing), API);
            refuses(PeerPolicy.allOf(failing, PeerPolicy.id(API)), API);
        }

        /** The explanation is that of the decision made, though the predicate may have changed its mind since. */
        @Test
        void explanation_askedLater_predicateNotAskedAgain() {
            AtomicInteger calls = new AtomicInteger();
            PolicyDecision decision =
                    decide(PeerPolicy.matching("first only", id -> calls.incrementAndGet() == 1), API);

            assertThat(decision.explanation()).isEqualTo(API + " is allowed by: first only");
            assertThat(decision.explanation()).isEqualTo(decision.explanation());
            assertThat(calls).hasValue(1);
        }

        @Test
        void allOf_firstRefuses_othersNotAsked() {
            AtomicInteger calls = new AtomicInteger();
            PeerPolicy policy = PeerPolicy.allOf(
                    PeerPolicy.trustDomain("prod"), PeerPolicy.matching("counted", id -> calls.incrementAndGet() > 0));

            refuses(policy, "spiffe://test/x");
            assertThat(calls).hasValue(0);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "\t"})
        void matching_blankDescription_refused(String description) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PeerPolicy.matching(description, id -> true))
                    .withMessageStartingWith("description: blank");
        }

        @Test
        void matching_null_namesTheParameter() {
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.matching(null, id -> true))
                    .withMessage("description");
            assertThatNullPointerException()
                    .isThrownBy(() -> PeerPolicy.matching("x", null))
                    .withMessage("predicate");
        }
    }

    @Test
    void decide_null_namesTheParameter() {
        assertThatNullPointerException()
                .isThrownBy(
                        () -> PeerPolicy.trustDomain(TrustDomain.parse("prod")).decide(null))
                .withMessage("peer");
    }
}
