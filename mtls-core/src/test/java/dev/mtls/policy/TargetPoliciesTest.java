package dev.mtls.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetPoliciesTest {
    private static final PeerPolicy PAY = PeerPolicy.id("spiffe://prod/ns/pay/sa/api");
    private static final PeerPolicy ADMIN = PeerPolicy.id("spiffe://prod/ns/pay/sa/admin");
    private static final PeerPolicy REST = PeerPolicy.trustDomain("prod");

    private static TargetPolicies pay(String host) {
        return TargetPolicies.builder().addTarget(host, PAY).build();
    }

    @Test
    void all_anyTarget_samePolicy() {
        TargetPolicies targets = TargetPolicies.all(PAY);

        assertThat(targets.policyFor("pay.example.org", 443)).isSameAs(PAY);
        assertThat(targets.policyFor("other", -1)).isSameAs(PAY);
        assertThat(targets.policyFor(null, 443)).isSameAs(PAY);
        assertThat(targets.policyFor(null, -1)).isSameAs(PAY);
    }

    @Test
    void policyFor_hostOrHostAndPort_mostExactCounts() {
        TargetPolicies targets = TargetPolicies.builder()
                .addTarget("pay", PAY)
                .addTarget("pay", 9000, ADMIN)
                .otherwise(REST)
                .build();

        assertThat(targets.policyFor("pay", 9000)).isSameAs(ADMIN);
        assertThat(targets.policyFor("pay", 443)).isSameAs(PAY);
        assertThat(targets.policyFor("other", 9000)).isSameAs(REST);
        assertThat(targets.policyFor(null, 9000)).isSameAs(REST);
    }

    @Test
    void policyFor_knownHostOnOtherPort_policyForTheRest() {
        TargetPolicies targets = TargetPolicies.builder()
                .addTarget("pay", 443, PAY)
                .otherwise(REST)
                .build();

        assertThat(targets.policyFor("pay", 444)).isSameAs(REST);
    }

    @Test
    void policyFor_knownHostOnOtherPortWithoutRest_refused() {
        TargetPolicies targets =
                TargetPolicies.builder().addTarget("pay", 443, PAY).build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> targets.policyFor("pay", 444))
                .withMessageContaining("target pay:444: no peer policy applies (expected one of: [pay:443]");
    }

    @Test
    void policyFor_unknownTarget_refusedNamingTheKnown() {
        TargetPolicies targets = TargetPolicies.builder()
                .addTarget("pay.example.org", PAY)
                .addTarget("db", 5432, ADMIN)
                .addTarget("::1", 8443, ADMIN)
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> targets.policyFor("pay.example.com", 8443))
                .withMessage(
                        "target pay.example.com:8443: no peer policy applies (expected one of: [[::1]:8443, db:5432,"
                                + " pay.example.org], or a policy for the rest with otherwise(...))");
    }

    @Test
    void policyFor_unknownHostName_onlyThePolicyForTheRest() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pay("pay").policyFor(null, 443))
                .withMessageContaining("target of unknown host: no peer policy applies (expected one of: [pay]");
    }

    /** With the policy for the rest, or for the host, a peer might be let in that the port's policy would refuse. */
    @Test
    void policyFor_unknownPortOfHostWithPorts_refused() {
        TargetPolicies targets = TargetPolicies.builder()
                .addTarget("pay", REST)
                .addTarget("pay", 9000, ADMIN)
                .addTarget("shop", PAY)
                .otherwise(REST)
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> targets.policyFor("pay", -1))
                .withMessageContaining("target pay: no peer policy applies")
                .withMessageContaining("with its port");
        assertThatIllegalArgumentException().isThrownBy(() -> targets.policyFor("PAY.", 0));
        assertThat(targets.policyFor("shop", -1)).isSameAs(PAY);
        assertThat(targets.policyFor("other", -1)).isSameAs(REST);
    }

    @Test
    void policyFor_manyTargets_fewNamed() {
        TargetPolicies.Builder builder = TargetPolicies.builder();
        for (int i = 100; i < 200; i++) {
            builder.addTarget("host" + i, PAY);
        }

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.build().policyFor("x", 1))
                .withMessageContaining("[host100, host101,")
                .withMessageContaining("host109] and 90 more,");
    }

    @ParameterizedTest
    @CsvSource({
        "pay.example.org, pay.example.org",
        "pay.example.org, PAY.Example.ORG",
        "PAY.example.org, pay.example.org",
        "pay.example.org, pay.example.org.",
        "pay.example.org., pay.example.org",
        "pay, PAY.",
        "10.0.0.1, 10.0.0.1",
        "::1, ::1",
        "::1, [::1]",
        "[fe80::A], fe80::a",
        "xn--bcher-kva.example, XN--bcher-kva.example",
        "my_db, my_db"
    })
    void policyFor_otherSpelling_sameTarget(String expected, String connected) {
        assertThat(pay(expected).policyFor(connected, 443)).isSameAs(PAY);
    }

    @ParameterizedTest
    @CsvSource({
        "pay.example.org, example.org",
        "pay.example.org, x.pay.example.org",
        "pay.example.org, pay.example.org..",
        "pay.example.org, .pay.example.org",
        "pay.example.org, pay.example.or",
        "pay, pay:443",
        "pay, [pay]",
        "pay, https://pay",
        "pay, ''",
        "pay, ' pay'",
        "kube, \u212Aube",
        "straxe, stra\u00dfe",
        "::1, 0:0:0:0:0:0:0:1"
    })
    void policyFor_otherHost_refused(String expected, String connected) {
        assertThatIllegalArgumentException().isThrownBy(() -> pay(expected).policyFor(connected, 443));
    }

    @Test
    void policyFor_inTurkish_sameAsElsewhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try {
            assertThat(pay("INFRA.example").policyFor("infra.EXAMPLE", 443)).isSameAs(PAY);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pay("infra.example").policyFor("\u0131nfra.example", 443));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void policyFor_unprintableHost_notRepeatedInTheMessage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pay("pay").policyFor("evil\r\nINFO fine" + "x".repeat(5000), 443))
                .withMessageStartingWith("target evil??info?fine")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("\n", "\r"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "[]",
                "a..b",
                ".a",
                "a..",
                "pay:443",
                "[::1]:443",
                "https://pay",
                "pay/x",
                "*.example.org",
                "*",
                " pay",
                "b\u00fccher.example",
                "\u212Aube",
                "[pay]",
                "spiffe://prod/x"
            })
    void addTarget_noHost_refused(String host) {
        TargetPolicies.Builder builder = TargetPolicies.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.addTarget(host, PAY))
                .withMessageStartingWith("host: \"" + host + "\" (expected: a host name or IP address");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65536})
    void addTarget_portOutOfRange_refused(int port) {
        TargetPolicies.Builder builder = TargetPolicies.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.addTarget("pay", port, PAY))
                .withMessage("port: " + port + " (expected: 1..65535)");
    }

    @Test
    void addTarget_sameTwice_refused() {
        TargetPolicies.Builder builder =
                TargetPolicies.builder().addTarget("pay", PAY).addTarget("pay", 443, PAY);

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.addTarget("PAY.", ADMIN))
                .withMessageStartingWith("target pay: it has a policy already: " + PAY);
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.addTarget("Pay", 443, PAY))
                .withMessageStartingWith("target pay:443: it has a policy already");
        assertThat(builder.build().policyFor("pay", 80)).isSameAs(PAY);
    }

    @Test
    void otherwise_twice_refused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> TargetPolicies.builder().otherwise(REST).otherwise(PAY))
                .withMessageContaining("it is set already");
    }

    @Test
    void build_nothing_refused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> TargetPolicies.builder().build())
                .withMessageStartingWith("targets: none (expected: at least one");
    }

    @Test
    void build_builderUsedFurther_resultUnchanged() {
        TargetPolicies.Builder builder = TargetPolicies.builder().addTarget("pay", PAY);
        TargetPolicies targets = builder.build();
        builder.addTarget("shop", PAY).otherwise(REST);

        assertThatIllegalArgumentException().isThrownBy(() -> targets.policyFor("shop", 443));
    }

    @Test
    void null_anywhere_namesTheParameter() {
        TargetPolicies.Builder builder = TargetPolicies.builder();

        assertThatNullPointerException()
                .isThrownBy(() -> TargetPolicies.all(null))
                .withMessage("policy");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.addTarget(null, PAY))
                .withMessage("host");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.addTarget("pay", null))
                .withMessage("policy");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.otherwise(null))
                .withMessage("policy");
    }

    @Test
    void toString_targets_listed() {
        assertThat(TargetPolicies.builder()
                        .addTarget("pay", 443, PAY)
                        .otherwise(REST)
                        .build())
                .hasToString("TargetPolicies[[pay:443], otherwise any workload of trust domain prod]");
    }
}
