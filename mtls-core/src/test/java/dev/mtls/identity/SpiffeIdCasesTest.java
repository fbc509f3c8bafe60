package dev.mtls.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.mtls.identity.SpiffeIdCases.Case;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case of {@code cases/spiffeid.json} but those of the kind {@code workload_api_address}, which are no
 * identities and belong to the module of the Workload API.
 */
class SpiffeIdCasesTest {
    private static final TrustDomain EXAMPLE = TrustDomain.parse("example.org");

    @Test
    void cases_countedByKind_noneIsLeftOut() {
        Map<String, Long> counts = SpiffeIdCases.all().stream()
                .collect(Collectors.groupingBy(
                        each -> each.kind() + " " + each.expected(), TreeMap::new, Collectors.counting()));

        assertThat(counts)
                .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                        Map.entry("spiffe_id valid", 70L),
                        Map.entry("spiffe_id invalid", 286L),
                        Map.entry("spiffe_id divergent", 23L),
                        Map.entry("spiffe_id implementation-defined", 2L),
                        Map.entry("trust_domain valid", 61L),
                        Map.entry("trust_domain invalid", 134L),
                        Map.entry("trust_domain divergent", 18L),
                        Map.entry("path valid", 6L),
                        Map.entry("path invalid", 8L),
                        Map.entry("path_segment valid", 4L),
                        Map.entry("path_segment invalid", 7L),
                        // Addresses of the Workload API: not parsed by this module.
                        Map.entry("workload_api_address valid", 3L),
                        Map.entry("workload_api_address invalid", 16L),
                        Map.entry("workload_api_address divergent", 1L)));
    }

    static Stream<Case> validIds() {
        return SpiffeIdCases.of("spiffe_id", "valid");
    }

    @ParameterizedTest
    @MethodSource("validIds")
    void spiffeId_valid_parsedIntoItsParts(Case each) {
        SpiffeId id = SpiffeId.parse(each.input());

        assertThat(id).hasToString(each.json().get("canonical").asText());
        assertThat(id.trustDomain().name())
                .isEqualTo(each.json().get("trust_domain").asText());
        assertThat(id.path()).isEqualTo(each.json().get("path").asText());
    }

    static Stream<Case> invalidIds() {
        return SpiffeIdCases.of("spiffe_id", "invalid");
    }

    @ParameterizedTest
    @MethodSource("invalidIds")
    void spiffeId_invalid_refused(Case each) {
        assertThatIllegalArgumentException().isThrownBy(() -> SpiffeId.parse(each.input()));
    }

    static Stream<Case> divergentIds() {
        return SpiffeIdCases.of("spiffe_id", "divergent");
    }

    /** Decision "Divergent SPIFFE IDs": SPIFFE-ID 2.1 wins over 2.4. */
    @ParameterizedTest
    @MethodSource("divergentIds")
    void spiffeId_upperCaseSchemeOrTrustDomain_refused(Case each) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse(each.input()))
                .withMessageMatching("(?s).*(in lower case|lowercase letters).*");
        assertThat(SpiffeId.parse(each.json().get("canonical").asText()).toString())
                .as("upper case is all that is wrong with it")
                .isEqualToIgnoringCase(each.input());
    }

    static Stream<Case> implementationDefinedIds() {
        return SpiffeIdCases.of("spiffe_id", "implementation-defined");
    }

    /** Decision "Divergent SPIFFE IDs": the limits of SPIFFE-ID 2.3 hold for what is read too. */
    @ParameterizedTest
    @MethodSource("implementationDefinedIds")
    void spiffeId_longerThanTheLimits_refused(Case each) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse(each.input()))
                .withMessageMatching(
                        ".*has (2049 characters \\(expected: at most 2048|256 characters \\(expected: 1..255).*");
    }

    static Stream<Case> validTrustDomains() {
        return SpiffeIdCases.of("trust_domain", "valid");
    }

    @ParameterizedTest
    @MethodSource("validTrustDomains")
    void trustDomain_valid_parsed(Case each) {
        assertThat(TrustDomain.parse(each.input()).name())
                .isEqualTo(each.json().get("trust_domain").asText());
    }

    static Stream<Case> invalidTrustDomains() {
        return SpiffeIdCases.of("trust_domain", "invalid");
    }

    @ParameterizedTest
    @MethodSource("invalidTrustDomains")
    void trustDomain_invalid_refused(Case each) {
        assertThatIllegalArgumentException().isThrownBy(() -> TrustDomain.parse(each.input()));
    }

    static Stream<Case> divergentTrustDomains() {
        return SpiffeIdCases.of("trust_domain", "divergent");
    }

    /** Decision "Divergent SPIFFE IDs": SPIFFE-ID 2.1 wins over 2.4. */
    @ParameterizedTest
    @MethodSource("divergentTrustDomains")
    void trustDomain_upperCase_refused(Case each) {
        assertThatIllegalArgumentException().isThrownBy(() -> TrustDomain.parse(each.input()));
        assertThat(TrustDomain.parse(each.json().get("canonical").asText())).isNotNull();
    }

    static Stream<Case> validPaths() {
        return SpiffeIdCases.of("path", "valid");
    }

    @ParameterizedTest
    @MethodSource("validPaths")
    void path_valid_isThePathOfTheId(Case each) {
        assertThat(SpiffeId.parse("spiffe://example.org" + each.input()).path()).isEqualTo(each.input());
    }

    static Stream<Case> invalidPaths() {
        return SpiffeIdCases.of("path", "invalid");
    }

    @ParameterizedTest
    @MethodSource("invalidPaths")
    void path_invalid_neverThePathOfAnId(Case each) {
        String text = "spiffe://example.org" + each.input();

        Throwable refusal = catchThrowable(() -> SpiffeId.parse(text));

        if (refusal == null) {
            // Without its leading slash it reads as more of the trust domain.
            assertThat(each.json().get("reason").asText()).isEqualTo("leading_slash");
            assertThat(SpiffeId.parse(text).path()).isNotEqualTo(each.input());
            assertThat(SpiffeId.parse(text).trustDomain()).isNotEqualTo(EXAMPLE);
        } else {
            assertThat(refusal).isInstanceOf(IllegalArgumentException.class);
        }
    }

    static Stream<Case> validSegments() {
        return SpiffeIdCases.of("path_segment", "valid");
    }

    @ParameterizedTest
    @MethodSource("validSegments")
    void pathSegment_valid_taken(Case each) {
        assertThat(EXAMPLE.id("a", each.input(), "b").path()).isEqualTo("/a/" + each.input() + "/b");
    }

    static Stream<Case> invalidSegments() {
        return SpiffeIdCases.of("path_segment", "invalid");
    }

    @ParameterizedTest
    @MethodSource("invalidSegments")
    void pathSegment_invalid_refused(Case each) {
        assertThatIllegalArgumentException().isThrownBy(() -> EXAMPLE.id("a", each.input(), "b"));
    }
}
