package dev.mtls.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiffeIdTest {
    /** The rules of SPIFFE-ID, one by one. */
    @Nested
    class Standard {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "http://td/a",
                    "spiff://td/a",
                    "spiffes://td/a",
                    "td/a",
                    "//td/a",
                    "spiffe:/td/a",
                    "spiffe:td/a"
                })
        @DisplayName("SPIFFE-ID 2 (1): the scheme is spiffe")
        void parse_otherScheme_refused(String text) {
            refused(text, "scheme");
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://", "spiffe:///", "spiffe:///a"})
        @DisplayName("SPIFFE-ID 2 (2), 2.1 (4): the trust domain name is not empty")
        void parse_emptyTrustDomain_refused(String text) {
            refused(text, "the trust domain is missing");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "spiffe://td?q",
                    "spiffe://td/a?q=1",
                    "spiffe://td/a?",
                    "spiffe://td#f",
                    "spiffe://td/a#f",
                    "spiffe://td/a#"
                })
        @DisplayName("SPIFFE-ID 2 (3): no query and no fragment")
        void parse_queryOrFragment_refused(String text) {
            refused(text, "characters are limited to");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "spiffe://user@td/a",
                    "spiffe://user:pw@td/a",
                    "spiffe://@td/a",
                    "spiffe://td:8443/a",
                    "spiffe://td:/a"
                })
        @DisplayName("SPIFFE-ID 2.1 (5): no user info and no port")
        void parse_userInfoOrPort_refused(String text) {
            refused(text, "trust domain characters are limited to");
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://TD/a", "spiffe://tD", "spiffe://prod.Example.org/a"})
        @DisplayName("SPIFFE-ID 2.1 (6): the trust domain is in lower case; it wins over 2.4")
        void parse_upperCaseTrustDomain_refused(String text) {
            refused(text, "lowercase");
        }

        @Test
        @DisplayName("SPIFFE-ID 2.1 (7): the characters of the trust domain")
        void parse_everyCharacterInTrustDomain_onlyThoseListedTaken() {
            for (char c = 0; c < 0x300; c++) {
                // A slash ends the trust domain.
                if (c != '/') {
                    taken("spiffe://a" + c + "b/p", "abcdefghijklmnopqrstuvwxyz0123456789.-_".indexOf(c) >= 0);
                }
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://t%64/a", "spiffe://%2e/a"})
        @DisplayName("SPIFFE-ID 2.1 (8): the trust domain is not percent-encoded")
        void parse_percentEncodedTrustDomain_refused(String text) {
            refused(text, "is '%'");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1.2.3.4",
                    "999.999.999.999",
                    "1",
                    "a_b",
                    "_",
                    "-",
                    ".",
                    "..",
                    "a..b",
                    "a.",
                    ".a",
                    "-a-",
                    "xn--a"
                })
        @DisplayName("SPIFFE-ID 2.1 (9): whether the name is also an IP address or a DNS name makes no difference")
        void parse_nameThatIsNoDnsName_takenAsItIs(String name) {
            assertThat(SpiffeId.parse("spiffe://" + name + "/a").trustDomain().name())
                    .isEqualTo(name);
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://[::1]/a", "spiffe://::1/a"})
        @DisplayName("SPIFFE-ID 2.1 (9): an IPv6 address has characters that are not allowed")
        void parse_ipv6Address_refused(String text) {
            refused(text, "trust domain characters are limited to");
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://td/%61", "spiffe://td/a%2Fb", "spiffe://td/%2e%2e/a"})
        @DisplayName("SPIFFE-ID 2.2 (10): the path is not percent-encoded")
        void parse_percentEncodedPath_refused(String text) {
            refused(text, "contains '%'");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "spiffe://td//a",
                    "spiffe://td/a//b",
                    "spiffe://td/./a",
                    "spiffe://td/a/..",
                    "spiffe://td/.",
                    "spiffe://td/../a"
                })
        @DisplayName("SPIFFE-ID 2.2 (11): no empty, . or .. segments")
        void parse_emptyOrDotSegment_refused(String text) {
            refused(text, "the path cannot contain");
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://td/...", "spiffe://td/.a", "spiffe://td/a.", "spiffe://td/..a/b"})
        @DisplayName("SPIFFE-ID 2.2 (11): dots in a segment that is more than . or .. are allowed")
        void parse_otherDots_taken(String text) {
            taken(text, true);
        }

        @ParameterizedTest
        @ValueSource(strings = {"spiffe://td/", "spiffe://td/a/", "spiffe://td//", "spiffe://td/a//"})
        @DisplayName("SPIFFE-ID 2.2 (12): no trailing slash")
        void parse_trailingSlash_refused(String text) {
            refused(text, "trailing slash");
        }

        @Test
        @DisplayName("SPIFFE-ID 2.2 (13): the characters of a path segment")
        void parse_everyCharacterInPath_onlyThoseListedTaken() {
            String allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
            for (char c = 0; c < 0x300; c++) {
                if (c != '/') {
                    taken("spiffe://td/a" + c + "b", allowed.indexOf(c) >= 0);
                }
            }
        }

        @Test
        @DisplayName("SPIFFE-ID 2.3 (14): IDs of up to 2048 bytes are supported")
        void parse_longestId_taken() {
            String longest = "spiffe://td/" + "a".repeat(2048 - "spiffe://td/".length());

            assertThat(longest).hasSize(SpiffeId.MAX_LENGTH);
            taken(longest, true);
            refused(longest + "a", "it has 2049 characters (expected: at most 2048)");
        }

        @Test
        @DisplayName("SPIFFE-ID 2.3 (15): no longer ID can be made")
        void of_longerThanTheLimit_refused() {
            TrustDomain trustDomain = TrustDomain.parse("td");
            String rest = "a".repeat(2048 - "spiffe://td/".length());

            assertThat(SpiffeId.of(trustDomain, rest).toString()).hasSize(2048);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SpiffeId.of(trustDomain, rest + "a"))
                    .withMessageContaining("2049");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SpiffeId.of(trustDomain, rest, "a"))
                    .withMessageContaining("2050");
        }

        @Test
        @DisplayName("SPIFFE-ID 2.3 (16): a trust domain name has at most 255 bytes")
        void parse_longestTrustDomain_taken() {
            taken("spiffe://" + "a".repeat(255) + "/b", true);
            refused("spiffe://" + "a".repeat(256) + "/b", "the trust domain has 256 characters (expected: 1..255)");
        }

        @ParameterizedTest
        @ValueSource(strings = {"SPIFFE://td/a", "Spiffe://td/a"})
        @DisplayName("SPIFFE-ID 2.4 (17): an upper-case scheme is refused, not folded")
        void parse_upperCaseScheme_refused(String text) {
            refused(text, "in lower case");
        }

        @Test
        @DisplayName("SPIFFE-ID 2.4 (17): the case of the path counts")
        void equals_pathsThatDifferInCase_areDifferent() {
            assertThat(SpiffeId.parse("spiffe://td/A")).isNotEqualTo(SpiffeId.parse("spiffe://td/a"));
        }
    }

    @Test
    void parse_empty_refused() {
        refused("", "it cannot be empty");
    }

    @Test
    void parse_null_namesTheParameter() {
        assertThatNullPointerException().isThrownBy(() -> SpiffeId.parse(null)).withMessage("text");
    }

    @Test
    void parse_workload_givesTrustDomainAndPath() {
        SpiffeId id = SpiffeId.parse("spiffe://prod.example.org/ns/pay/sa/api");

        assertThat(id.trustDomain()).isEqualTo(TrustDomain.parse("prod.example.org"));
        assertThat(id.path()).isEqualTo("/ns/pay/sa/api");
        assertThat(id.hasPath()).isTrue();
        assertThat(id).hasToString("spiffe://prod.example.org/ns/pay/sa/api");
    }

    @Test
    void parse_trustDomain_hasNoPath() {
        SpiffeId id = SpiffeId.parse("spiffe://td");

        assertThat(id.path()).isEmpty();
        assertThat(id.hasPath()).isFalse();
        assertThat(id).isEqualTo(TrustDomain.parse("td").id());
    }

    @Test
    void parse_unprintableText_escapedInTheMessage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse("spiffe://td/a\r\nINFO all is well \u202e"))
                .withMessageStartingWith(
                        "SPIFFE ID: \"spiffe://td/a\\u000d\\u000aINFO all is well \\u202e\": path segment characters")
                .withMessageEndingWith("contains U+000D");
    }

    @Test
    void parse_hugeText_refusedWithoutRepeatingIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse("spiffe://td/" + "a/".repeat(5_000_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300).contains("10000012 characters"));
    }

    /** Letters that Unicode folds into ASCII ones. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "spiffe://\u212Aube/a",
                "\u017Fpiffe://td/a",
                "spiffe://td/\u0131",
                "spiffe://td/\uFF41",
                "spiffe://td/e\u0301"
            })
    void parse_lettersBeyondAscii_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> SpiffeId.parse(text));
    }

    @Test
    void parse_inTurkish_sameAsElsewhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try {
            assertThat("I".toLowerCase()).as("the locale is in force").isEqualTo("\u0131");

            assertThat(SpiffeId.parse("spiffe://infra.org/INFRA/i")).hasToString("spiffe://infra.org/INFRA/i");
            refused("spiffe://INFRA.org/a", "character 1 of the trust domain is 'I'");
            refused("SPIFFE://infra.org/a", "scheme");
            refused("spiffe://\u0131nfra.org/a", "character 1 of the trust domain is U+0131");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void of_segments_joined() {
        assertThat(SpiffeId.of(TrustDomain.parse("td"), "ns", "pay", "sa", "api"))
                .hasToString("spiffe://td/ns/pay/sa/api");
        assertThat(SpiffeId.of(TrustDomain.parse("td"))).hasToString("spiffe://td");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/a", "a b", "a%20b", "\u00e9"})
    void of_invalidSegment_refusedAndNamed(String segment) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.of(TrustDomain.parse("td"), "ns", segment))
                .withMessageStartingWith("path segment: \"");
    }

    @Test
    void of_null_namesTheParameter() {
        TrustDomain trustDomain = TrustDomain.parse("td");

        assertThatNullPointerException()
                .isThrownBy(() -> SpiffeId.of(null, "a"))
                .withMessage("trustDomain");
        assertThatNullPointerException()
                .isThrownBy(() -> SpiffeId.of(trustDomain, (String[]) null))
                .withMessage("segments");
        assertThatNullPointerException()
                .isThrownBy(() -> SpiffeId.of(trustDomain, "a", null))
                .withMessage("segment");
    }

    @Test
    void equals_sameSpelling_equal() {
        SpiffeId id = SpiffeId.parse("spiffe://td/a/b");

        assertThat(id)
                .isEqualTo(SpiffeId.of(TrustDomain.parse("td"), "a", "b"))
                .hasSameHashCodeAs(SpiffeId.parse("spiffe://td/a/b"))
                .isNotEqualTo(SpiffeId.parse("spiffe://td/a"))
                .isNotEqualTo(SpiffeId.parse("spiffe://other/a/b"))
                .isNotEqualTo("spiffe://td/a/b")
                .isNotEqualTo(null);
    }

    @Test
    void compareTo_ids_orderedByTrustDomainThenPath() {
        List<SpiffeId> ordered = List.of(
                SpiffeId.parse("spiffe://a"),
                SpiffeId.parse("spiffe://a/y"),
                SpiffeId.parse("spiffe://a/z"),
                SpiffeId.parse("spiffe://a.b/x"),
                SpiffeId.parse("spiffe://b/a"));

        assertThat(new TreeSet<>(
                        List.of(ordered.get(3), ordered.get(4), ordered.get(1), ordered.get(0), ordered.get(2))))
                .containsExactlyElementsOf(ordered);
    }

    /** SPIFFE-ID 2 as one expression, to compare with; the limits apart. */
    private static final Pattern VALID =
            Pattern.compile("spiffe://[a-z0-9._-]{1,255}(?:/(?!\\.{1,2}(?:/|\\z))[A-Za-z0-9._-]+)*");

    @Test
    void parse_randomValidText_isItsOwnText() {
        Random random = new Random(20260717);
        for (int i = 0; i < 20_000; i++) {
            String text = randomId(random);

            assertThat(SpiffeId.parse(text).toString()).isEqualTo(text);
        }
    }

    @Test
    void parse_randomlyDamagedText_takenOnlyIfItIsStillValid() {
        Random random = new Random(20260718);
        String odd = "/.:@%?#[]~ \t\n\u0000*AZaz09-_\u00e9\u212a\ud83d\ude00";
        int taken = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder(randomId(random));
            for (int damage = random.nextInt(3); damage >= 0; damage--) {
                int at = random.nextInt(text.length());
                if (random.nextBoolean()) {
                    text.insert(at, odd.charAt(random.nextInt(odd.length())));
                } else {
                    text.deleteCharAt(at);
                }
            }
            boolean valid = VALID.matcher(text).matches() && text.length() <= SpiffeId.MAX_LENGTH;
            taken(text.toString(), valid);
            taken += valid ? 1 : 0;
        }
        assertThat(taken).as("both outcomes occur often").isBetween(5_000, 45_000);
    }

    private static String randomId(Random random) {
        StringBuilder text = new StringBuilder("spiffe://");
        append(text, random, "abcxyz0189.-_", 1 + random.nextInt(20));
        for (int segments = random.nextInt(5); segments > 0; segments--) {
            text.append('/');
            append(text, random, "abcxyzABCXYZ0189.-_", 1 + random.nextInt(10));
        }
        String id = text.toString();
        return VALID.matcher(id).matches() ? id : randomId(random);
    }

    private static void append(StringBuilder text, Random random, String alphabet, int length) {
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
    }

    private static void taken(String text, boolean taken) {
        if (taken) {
            assertThat(SpiffeId.parse(text).toString()).isEqualTo(text);
        } else {
            assertThatExceptionOfType(IllegalArgumentException.class).as(text).isThrownBy(() -> SpiffeId.parse(text));
        }
    }

    private static void refused(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SpiffeId.parse(text))
                .withMessageStartingWith("SPIFFE ID: \"")
                .withMessageContaining(why);
    }
}
