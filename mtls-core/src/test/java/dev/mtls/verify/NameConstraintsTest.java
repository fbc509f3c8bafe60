package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.testkit.TestCa;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameConstraintsTest {
    private static final String NAME_CONSTRAINTS = "2.5.29.30";

    /** One CA with constraints, one trust domain below it. */
    private record Vector(
            List<String> permitted, List<String> excluded, String trustDomain, boolean allowed, boolean critical) {
        Vector(List<String> permitted, List<String> excluded, String trustDomain, boolean allowed) {
            this(permitted, excluded, trustDomain, allowed, true);
        }

        /** The JDK does not even parse a certificate with such constraints if they are critical. */
        Vector thatCannotBeParsed() {
            return new Vector(permitted, excluded, trustDomain, allowed, false);
        }

        Vector notCritical() {
            return thatCannotBeParsed();
        }

        void constrain(TestCa.Spec spec) {
            spec.nameConstraintsCritical(critical)
                    .permittedUris(permitted.toArray(String[]::new))
                    .excludedUris(excluded.toArray(String[]::new));
        }
    }

    private static Vector permitted(String subtrees, String trustDomain, boolean allowed) {
        return new Vector(Arrays.asList(subtrees.split(" ")), List.of(), trustDomain, allowed);
    }

    private static Vector excluded(String subtrees, String trustDomain, boolean allowed) {
        return new Vector(List.of(), Arrays.asList(subtrees.split(" ")), trustDomain, allowed);
    }

    static Stream<Vector> vectors() {
        return Stream.of(
                permitted("example.org", "example.org", true),
                permitted("EXAMPLE.org", "example.org", true),
                permitted("example.org", "a.example.org", false),
                permitted("example.org", "example.com", false),
                permitted("example.org", "xexample.org", false),
                permitted("example.org", "org", false),
                permitted(".example.org", "example.org", false),
                permitted(".example.org", "a.example.org", true),
                permitted(".example.org", "a.b.example.org", true),
                permitted(".example.org", "xexample.org", false),
                permitted("b.test a.test", "a.test", true),
                permitted("b.test c.test", "a.test", false),
                permitted("prod", "prod", true),
                permitted("prod", "staging", false),
                permitted("a-b.test", "a-b.test", true),
                excluded("example.org", "example.org", false),
                excluded("Example.ORG", "example.org", false),
                excluded("example.org", "a.example.org", true),
                excluded(".example.org", "a.example.org", false),
                excluded(".example.org", "example.org", true),
                excluded("b.test c.test", "a.test", true),
                excluded("b.test a.test", "a.test", false),
                new Vector(List.of(".example.org"), List.of("a.example.org"), "a.example.org", false),
                new Vector(List.of(".example.org"), List.of("a.example.org"), "b.example.org", true),
                // Not fully qualified names: RFC 5280 4.2.1.10 demands to refuse them where URIs are constrained.
                permitted("my_td.test", "my_td.test", false).thatCannotBeParsed(),
                permitted(".test", "my_td.test", false),
                permitted("a.test", "my_td.test", false),
                excluded("a.test", "my_td.test", false),
                permitted("10.0.0.1", "10.0.0.1", false),
                permitted(".0.0.1", "10.0.0.1", false),
                permitted("a.test", "10.0.0.1", false),
                excluded("a.test", "10.0.0.1", false),
                excluded("a.test", "1.2.3", false),
                excluded("a.test", "12345", false),
                permitted("a..b", "a..b", false).thatCannotBeParsed(),
                excluded("a.test", "a..b", false),
                excluded("a.test", "-a.b", false),
                excluded("a.test", "a-.b", false),
                excluded("a.test", ".a.b", false),
                // Subtrees that mean nothing constrain everything.
                permitted("spiffe://a.test", "a.test", false).thatCannotBeParsed(),
                excluded("spiffe://b.test", "a.test", false).thatCannotBeParsed(),
                excluded("*.b.test", "a.test", false).thatCannotBeParsed(),
                excluded("b.test:443", "a.test", false).thatCannotBeParsed(),
                excluded("b_c.test", "a.test", false).thatCannotBeParsed(),
                new Vector(List.of(""), List.of(), "a.test", false).thatCannotBeParsed(),
                new Vector(List.of(), List.of(""), "a.test", false).thatCannotBeParsed(),
                permitted(".", "a.test", false).thatCannotBeParsed());
    }

    private static void judge(Judge judge, TestCa ca, String id, boolean allowed) {
        if (allowed) {
            judge.accepts(ca.leaf(id));
        } else {
            judge.refuses(ca.leaf(id), FailureReason.NAME_CONSTRAINTS);
        }
    }

    private static String workload(Vector vector) {
        return "spiffe://" + vector.trustDomain() + "/api";
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void verify_constrainedIntermediate_agrees(Vector vector) {
        TestCa root = TestCa.root(vector.trustDomain(), TestCa.Spec::uris);
        TestCa constrained = root.intermediate(spec -> vector.constrain(spec.uris()));
        judge(Judge.of(root), constrained, workload(vector), vector.allowed());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void verify_constrainedAuthority_agrees(Vector vector) {
        TestCa constrained = TestCa.root(vector.trustDomain(), spec -> vector.constrain(spec.uris()));
        judge(Judge.of(constrained), constrained, workload(vector), vector.allowed());
        // An intermediate in between changes nothing.
        judge(Judge.of(constrained), constrained.intermediate(TestCa.Spec::uris), workload(vector), vector.allowed());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void verify_constraintsThatAreNotCritical_holdAllTheSame(Vector vector) {
        TestCa root = TestCa.root(vector.trustDomain(), TestCa.Spec::uris);
        TestCa constrained = root.intermediate(spec -> vector.notCritical().constrain(spec.uris()));
        judge(Judge.of(root), constrained, workload(vector), vector.allowed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_td", "10.0.0.1", "a..b", "-a.b"})
    void verify_trustDomainThatIsNoHostName_acceptedWhereUrisAreNotConstrained(String trustDomain) {
        TestCa root = TestCa.root(trustDomain);
        GeneralName dns = new GeneralName(GeneralName.dNSName, "a.test");
        TestCa dnsOnly = root.intermediate(spec -> spec.permitted(dns));
        Judge.of(root).accepts(root.leaf("spiffe://" + trustDomain + "/api"));
        Judge.of(root).accepts(dnsOnly.leaf("spiffe://" + trustDomain + "/api"));
    }

    @Test
    void verify_nestedPermitted_allMustHold() {
        TestCa root = TestCa.root("a.b.test", spec -> spec.uris().permittedUris(".test"));
        TestCa middle = root.intermediate(spec -> spec.uris().permittedUris(".b.test", "other.test"));
        Judge judge = Judge.of(root);
        judge.accepts(middle.intermediate(spec -> spec.uris().permittedUris("a.b.test"))
                .leaf("spiffe://a.b.test/api"));
        judge.refuses(
                middle.intermediate(spec -> spec.uris().permittedUris("c.b.test"))
                        .leaf("spiffe://a.b.test/api"),
                FailureReason.NAME_CONSTRAINTS);
    }

    @Test
    void verify_nestedPermitted_aLowerOneCannotWiden() {
        TestCa root = TestCa.root("a.test", TestCa.Spec::uris);
        TestCa narrow = root.intermediate(spec -> spec.uris().permittedUris("b.test"));
        TestCa wide = narrow.intermediate(spec -> spec.uris().permittedUris("a.test", "b.test"));
        Judge.of(root).refuses(wide.leaf("spiffe://a.test/api"), FailureReason.NAME_CONSTRAINTS);
    }

    @Test
    void verify_nestedExcluded_eachHolds() {
        TestCa root = TestCa.root("a.test", TestCa.Spec::uris);
        TestCa first = root.intermediate(spec -> spec.uris().excludedUris("b.test"));
        Judge.of(root)
                .accepts(first.intermediate(spec -> spec.uris().excludedUris("c.test"))
                        .leaf("spiffe://a.test/api"));
        Judge.of(root)
                .refuses(
                        first.intermediate(spec -> spec.uris().excludedUris("a.test"))
                                .leaf("spiffe://a.test/api"),
                        FailureReason.NAME_CONSTRAINTS);
    }

    @Test
    void verify_namesOfIntermediates_areConstrainedToo() {
        TestCa root = TestCa.root("a.test");
        TestCa constrained = root.intermediate(spec -> spec.permittedUris("a.test"));
        Judge judge = Judge.of(root);
        judge.accepts(constrained.intermediate().leaf("spiffe://a.test/api"));
        for (String uri : List.of("https://b.test/", "https://[::1]/", "urn:x:y", "mailto:a@a.test")) {
            judge.refuses(
                    constrained.intermediate(spec -> spec.uris(uri)).leaf("spiffe://a.test/api"),
                    FailureReason.NAME_CONSTRAINTS);
        }
    }

    @Test
    void verify_selfIssuedIntermediate_isNotConstrainedButTheLeafIs() {
        TestCa root = TestCa.root("a.test", TestCa.Spec::uris);
        TestCa constrained = root.intermediate(spec -> spec.uris().permittedUris("a.test"));
        X500Name name = X500Name.getInstance(
                constrained.certificate().getSubjectX500Principal().getEncoded());
        TestCa nextKey = constrained.intermediate(spec -> spec.subject(name).uris("https://b.test/"));
        Judge.of(root).accepts(nextKey.leaf("spiffe://a.test/api"));
        TestCa elsewhere = root.intermediate(spec -> spec.subject(name).uris().permittedUris("b.test"));
        Judge.of(root)
                .refuses(
                        elsewhere
                                .intermediate(spec -> spec.subject(name).uris())
                                .leaf("spiffe://a.test/api"),
                        FailureReason.NAME_CONSTRAINTS);
    }

    private static void refusesInBothPlaces(String id, Consumer<TestCa.Spec> constraints, Consumer<TestCa.Spec> leaf) {
        TestCa root = TestCa.root("a.test");
        Judge.of(root).refuses(root.intermediate(constraints).leaf(id, leaf), FailureReason.NAME_CONSTRAINTS);
        TestCa constrained = TestCa.root("a.test", constraints);
        Judge.of(constrained).refuses(constrained.leaf(id, leaf), FailureReason.NAME_CONSTRAINTS);
    }

    private static void acceptsInBothPlaces(String id, Consumer<TestCa.Spec> constraints, Consumer<TestCa.Spec> leaf) {
        TestCa root = TestCa.root("a.test");
        Judge.of(root).accepts(root.intermediate(constraints).leaf(id, leaf));
        TestCa constrained = TestCa.root("a.test", constraints);
        Judge.of(constrained).accepts(constrained.leaf(id, leaf));
    }

    @Test
    void verify_dnsNames_areConstrainedToo() {
        Consumer<TestCa.Spec> constraints = spec -> spec.permitted(new GeneralName(GeneralName.dNSName, "a.test"));
        acceptsInBothPlaces("spiffe://a.test/api", constraints, spec -> spec.dns("api.a.test"));
        acceptsInBothPlaces("spiffe://a.test/api", constraints, spec -> {});
        refusesInBothPlaces("spiffe://a.test/api", constraints, spec -> spec.dns("api.b.test"));
    }

    @Test
    void verify_addresses_areConstrainedToo() {
        Consumer<TestCa.Spec> constraints =
                spec -> spec.excluded(new GeneralName(GeneralName.iPAddress, "10.0.0.0/255.0.0.0"));
        acceptsInBothPlaces(
                "spiffe://a.test/api",
                constraints,
                spec -> spec.san(new GeneralName(GeneralName.iPAddress, "192.0.2.1")));
        refusesInBothPlaces(
                "spiffe://a.test/api",
                constraints,
                spec -> spec.san(new GeneralName(GeneralName.iPAddress, "10.1.2.3")));
    }

    @Test
    void verify_subjects_areConstrainedToo() {
        Consumer<TestCa.Spec> constraints = spec -> spec.permitted(new GeneralName(new X500Name("O=SPIFFE")));
        acceptsInBothPlaces("spiffe://a.test/api", constraints, spec -> spec.subject("O=SPIFFE,CN=api"));
        refusesInBothPlaces("spiffe://a.test/api", constraints, spec -> spec.subject("O=Other,CN=api"));
    }

    @Test
    void verify_kindOfNameThatCannotBeCompared_refusedOnlyWhereSuchANameOccurs() {
        GeneralName id = new GeneralName(GeneralName.registeredID, "1.2.3");
        Consumer<TestCa.Spec> constraints = spec -> spec.permitted(id);
        acceptsInBothPlaces("spiffe://a.test/api", constraints, spec -> {});
        refusesInBothPlaces(
                "spiffe://a.test/api",
                constraints,
                spec -> spec.san(new GeneralName(GeneralName.registeredID, "1.2.4")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0500", // NULL
                "3000", // no list
                "3004a000a100", // empty lists
                "3002a000", // an empty list
                "30", // truncated
                "3010a00e300c8606612e7465737480010181", // truncated later
                "300ea00c300a8606612e7465737480", // truncated in a subtree
                "300fa00d300b8606612e74657374800101", // a minimum
                "300fa00d300b8606612e74657374810101", // a maximum
                "300ca00a30088606612e7465737405", // something left over
                "300ea10a30088606612e74657374a000" // the wrong order
            })
    void verify_constraintsThatCannotBeParsed_refused(String hex) {
        byte[] der = HexFormat.of().parseHex(hex);
        refusesInBothPlaces("spiffe://a.test/api", spec -> spec.extension(NAME_CONSTRAINTS, false, der), spec -> {});
    }

    @Test
    void verify_handWrittenConstraintsThatCanBeParsed_accepted() {
        byte[] der = HexFormat.of().parseHex("300ca00a30088606612e74657374");
        acceptsInBothPlaces("spiffe://a.test/api", spec -> spec.extension(NAME_CONSTRAINTS, false, der), spec -> {});
    }
}
