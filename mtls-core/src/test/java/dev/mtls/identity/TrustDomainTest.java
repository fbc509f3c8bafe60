package dev.mtls.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustDomainTest {
    @ParameterizedTest
    @ValueSource(strings = {"prod.example.org", "spiffe://prod.example.org", "spiffe://prod.example.org/ns/pay/sa/api"})
    void parse_nameOrAnyId_givesTheName(String text) {
        TrustDomain trustDomain = TrustDomain.parse(text);

        assertThat(trustDomain.name()).isEqualTo("prod.example.org");
        assertThat(trustDomain).hasToString("prod.example.org");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Prod",
                "prod example",
                "prod:8443",
                "user@prod",
                "prod/a",
                "spiffe://",
                "http://prod",
                "spiffe://prod/"
            })
    void parse_neither_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrustDomain.parse(text))
                .withMessageContaining("\"" + text + "\"");
    }

    @Test
    void parse_badName_saysWhatItWasMeantToBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrustDomain.parse("proD"))
                .withMessageStartingWith("trust domain: \"proD\": ")
                .withMessageEndingWith("character 4 of the trust domain is 'D'");
    }

    @Test
    void parse_nameOf255Bytes_isTheLongest() {
        assertThat(TrustDomain.parse("a".repeat(255)).name()).hasSize(TrustDomain.MAX_LENGTH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrustDomain.parse("a".repeat(256)))
                .withMessageContaining("has 256 characters (expected: 1..255)");
    }

    @Test
    void parse_null_namesTheParameter() {
        assertThatNullPointerException()
                .isThrownBy(() -> TrustDomain.parse(null))
                .withMessage("text");
    }

    @Test
    void id_ofTrustDomain_roundTrips() {
        TrustDomain trustDomain = TrustDomain.parse("td");

        assertThat(trustDomain.id()).hasToString("spiffe://td");
        assertThat(trustDomain.id("a", "b")).hasToString("spiffe://td/a/b");
        assertThat(TrustDomain.parse(trustDomain.id().toString())).isEqualTo(trustDomain);
    }

    @Test
    void contains_ids_onlyItsOwn() {
        TrustDomain trustDomain = TrustDomain.parse("example.org");

        assertThat(trustDomain.contains(SpiffeId.parse("spiffe://example.org/a")))
                .isTrue();
        assertThat(trustDomain.contains(SpiffeId.parse("spiffe://example.org"))).isTrue();
        assertThat(trustDomain.contains(SpiffeId.parse("spiffe://sub.example.org/a")))
                .isFalse();
        assertThat(trustDomain.contains(SpiffeId.parse("spiffe://example.or/a")))
                .isFalse();
    }

    @Test
    void equals_sameName_equal() {
        assertThat(TrustDomain.parse("td"))
                .isEqualTo(TrustDomain.parse("spiffe://td/a"))
                .hasSameHashCodeAs(TrustDomain.parse("td"))
                .isNotEqualTo(TrustDomain.parse("td."))
                .isNotEqualTo("td")
                .isNotEqualTo(null)
                .isLessThan(TrustDomain.parse("te"));
    }

    @Test
    void role_peer_isTheOtherSide() {
        assertThat(Role.CLIENT.peer()).isEqualTo(Role.SERVER);
        assertThat(Role.SERVER.peer()).isEqualTo(Role.CLIENT);
    }
}
