package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mtls.identity.SpiffeId;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SvidRequestTest {
    private final SvidRequest request = SvidRequest.of(SpiffeId.parse("spiffe://example.org/a"));

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "*.example.org", "-a", "a-", "a..b", ".a", "a.", "a_b", "é", "a/b", "1.2.3.4"})
    void withDnsNames_noHostName_refused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.withDnsNames("ok", name))
                .withMessageStartingWith("dnsNames: \"" + name + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "localhost", "A-1.example.org", "1.pool", "xn--bcher-kva.example"})
    void withDnsNames_hostName_kept(String name) {
        assertThat(request.withDnsNames(name).dnsNames()).containsExactly(name);
    }

    @Test
    void withDnsNames_longLabelOrNameOrTooMany_refused() {
        String label = "a".repeat(63);

        assertThat(request.withDnsNames(label).dnsNames()).hasSize(1);
        assertThatIllegalArgumentException().isThrownBy(() -> request.withDnsNames(label + "a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request.withDnsNames(String.join(".", Collections.nCopies(4, label))));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> request.withDnsNames(Collections.nCopies(101, "a").toArray(new String[0])));
    }

    @Test
    void withTtl_beyondLimits_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> request.withTtl(Duration.ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> request.withTtl(Duration.ofDays(367)));
    }

    @Test
    void of_idWithoutPath_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SvidRequest.of(SpiffeId.parse("spiffe://example.org")));
    }

    @Test
    void with_anything_leavesTheOriginalAlone() {
        request.withTtl(Duration.ofHours(2)).withDnsNames("a").withKeyType(KeyType.ED25519);

        assertThat(request).hasToString("SvidRequest[spiffe://example.org/a]");
    }

    @Test
    void toString_allSet_showsAll() {
        assertThat(request.withKeyType(KeyType.ED25519)
                        .withTtl(Duration.ofHours(2))
                        .withDnsNames("a"))
                .hasToString("SvidRequest[spiffe://example.org/a, DNS [a], TTL PT2H, ED25519]");
    }
}
