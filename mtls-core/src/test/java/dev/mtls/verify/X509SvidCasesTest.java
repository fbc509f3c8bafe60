package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.testkit.TestCa;
import dev.mtls.trust.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The section "verify" of cases/x509svid.json, minted. */
class X509SvidCasesTest {
    private static final String ID = "spiffe://domain1.test/workload";
    private static final TestCa CA = TestCa.root("domain1.test");
    private static final TestCa OTHER = TestCa.root("domain2.test");
    private static final Judge JUDGE = Judge.of(CA);

    /** What the case file says, and what we do. */
    private record Case(String expected, Minted minted) {}

    /** Answers the reason of the refusal, or empty if the chain is accepted. */
    private interface Minted {
        Optional<FailureReason> judge() throws Exception;
    }

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        reject("svid-verify-01", () -> judge(JUDGE, List.of()), FailureReason.NO_CERTIFICATE);
        reject("svid-verify-02", () -> judge(Judge.of(new X509Bundle[0]), CA.leaf(ID)), FailureReason.NO_BUNDLE);
        reject(
                "svid-verify-04",
                () -> judge(Judge.of(TestCa.bundleOf("domain1.test")), CA.leaf(ID)),
                FailureReason.UNKNOWN_AUTHORITY);
        reject("svid-verify-05", () -> judge(Judge.of(OTHER), CA.leaf(ID)), FailureReason.NO_BUNDLE);
        reject(
                "svid-verify-06",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.uris("sparfe://domain1.test/workload"))),
                FailureReason.MALFORMED_SPIFFE_ID);
        reject(
                "svid-verify-07",
                () -> judge(Judge.of(TestCa.bundleOf("domain1.test", OTHER.certificate())), CA.leaf(ID)),
                FailureReason.UNKNOWN_AUTHORITY);
        reject("svid-verify-08", () -> judge(JUDGE, CA.leaf(ID, TestCa.Spec::uris)), FailureReason.NO_URI_SAN);
        reject(
                "svid-verify-09",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.uris(ID, ID))),
                FailureReason.MULTIPLE_URI_SANS);
        reject("svid-verify-10", () -> judge(JUDGE, CA.leaf(ID, spec -> spec.ca(true))), FailureReason.LEAF_IS_CA);
        reject(
                "svid-verify-11",
                () -> judge(
                        JUDGE, CA.leaf(ID, spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign))),
                FailureReason.LEAF_MAY_SIGN_CERTIFICATES);
        reject(
                "svid-verify-12",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.cRLSign))),
                FailureReason.LEAF_MAY_SIGN_CERTIFICATES);
        reject(
                "svid-verify-13",
                () -> {
                    TestCa.Leaf leaf = CA.leaf(ID);
                    return judge(
                            JUDGE.at(
                                    leaf.certificate().getNotAfter().toInstant().plusSeconds(1)),
                            leaf);
                },
                FailureReason.EXPIRED);
        accept("svid-verify-14", () -> judge(JUDGE, CA.leaf(ID)));
        reject(
                "svid-verify-15",
                () -> judge(JUDGE, List.of(withFirstByteChanged(CA.leaf(ID).certificate()))),
                FailureReason.MALFORMED_CERTIFICATE);
        reject(
                "svid-verify-16",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.uris(ID, "https://domain1.test/workload"))),
                FailureReason.MULTIPLE_URI_SANS);
        reject(
                "svid-verify-17",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.uris("spiffe://domain1.test"))),
                FailureReason.ID_WITHOUT_PATH);
        reject(
                "svid-verify-18",
                () -> judge(JUDGE, CA.leaf(ID, TestCa.Spec::noKeyUsage)),
                FailureReason.LEAF_WITHOUT_KEY_USAGE);
        implementationDefined(
                "svid-verify-19",
                () -> judge(JUDGE, CA.leaf(ID, spec -> spec.extendedKeyUsage("1.3.6.1.5.5.7.3.1"))),
                FailureReason.LEAF_EXTENDED_KEY_USAGE);
        implementationDefined(
                "svid-verify-20",
                () -> judge(
                        JUDGE,
                        CA.intermediate(spec -> spec.uris("spiffe://domain1.test/ca"))
                                .leaf(ID)),
                FailureReason.INTERMEDIATE_SPIFFE_ID);
        reject(
                "svid-verify-21",
                () -> judge(
                        JUDGE,
                        CA.intermediate(spec -> spec.permittedUris("domain2.test"))
                                .leaf(ID)),
                FailureReason.NAME_CONSTRAINTS);
        accept(
                "svid-verify-22",
                () -> judge(
                        JUDGE,
                        CA.intermediate(spec -> spec.permittedUris("domain1.test"))
                                .leaf(ID)));
        reject(
                "svid-verify-23",
                () -> {
                    TestCa constrained = TestCa.root("domain1.test", spec -> spec.excludedUris("domain1.test"));
                    return judge(Judge.of(constrained), constrained.leaf(ID));
                },
                FailureReason.NAME_CONSTRAINTS);
        reject(
                "svid-verify-24",
                () -> judge(JUDGE, CA.intermediate().chain()),
                // The first of several rules that it breaks.
                FailureReason.ID_WITHOUT_PATH);
        accept(
                "svid-verify-25",
                () -> judge(
                        JUDGE,
                        CA.leaf(
                                ID,
                                spec -> spec.dns("api.domain1.test")
                                        .san(new GeneralName(GeneralName.iPAddress, "10.0.0.1")))));
        reject("svid-verify-26", () -> judge(Judge.of(CA, OTHER), OTHER.leaf(ID)), FailureReason.UNKNOWN_AUTHORITY);
        accept("svid-verify-27", () -> {
            TestCa second = TestCa.root("domain1.test");
            Judge both = Judge.of(TestCa.bundleOf("domain1.test", CA.certificate(), second.certificate()));
            assertThat(second.certificate().getSubjectX500Principal())
                    .isEqualTo(CA.certificate().getSubjectX500Principal());
            both.accepts(CA.leaf(ID));
            return judge(both, second.leaf(ID));
        });
    }

    private static void accept(String id, Minted minted) {
        CASES.put(id, new Case("accept", () -> {
            assertThat(minted.judge()).isEmpty();
            return Optional.empty();
        }));
    }

    private static void reject(String id, Minted minted, FailureReason reason) {
        CASES.put(id, new Case("reject", refused(minted, reason)));
    }

    /** The standard leaves it open, and we refuse; docs/design-decisions.md says why. */
    private static void implementationDefined(String id, Minted minted, FailureReason reason) {
        CASES.put(id, new Case("implementation-defined", refused(minted, reason)));
    }

    private static Minted refused(Minted minted, FailureReason reason) {
        return () -> {
            assertThat(minted.judge()).contains(reason);
            return Optional.of(reason);
        };
    }

    private static Optional<FailureReason> judge(Judge judge, TestCa.Leaf leaf) {
        return judge(judge, leaf.chain());
    }

    private static Optional<FailureReason> judge(Judge judge, List<X509Certificate> chain) {
        try {
            judge.verify(chain);
            return Optional.empty();
        } catch (PeerVerificationException e) {
            return Optional.of(e.reason());
        }
    }

    /** A certificate object whose bytes no parser reads, as a TLS provider with a parser of its own might hand out. */
    private static X509Certificate withFirstByteChanged(X509Certificate certificate)
            throws CertificateEncodingException {
        byte[] der = certificate.getEncoded();
        der[0] ^= 1;
        return new ForeignCertificate(certificate, der);
    }

    static List<JsonNode> verifyCases() throws IOException {
        try (InputStream in = X509SvidCasesTest.class.getResourceAsStream("/cases/x509svid.json")) {
            List<JsonNode> cases = new ArrayList<>();
            new ObjectMapper().readTree(in).get("verify").forEach(cases::add);
            return cases;
        }
    }

    @ParameterizedTest
    @MethodSource("verifyCases")
    void verify_caseOfTheFile_agrees(JsonNode node) throws Exception {
        String id = node.get("id").asText();
        if (id.equals("svid-verify-03")) {
            // No bundle source at all is a mistake of the caller, not of the peer.
            assertThatNullPointerException()
                    .isThrownBy(() -> JUDGE.verifier().verifyChain(CA.leaf(ID).chain(), null, Role.CLIENT))
                    .withMessage("context");
            return;
        }
        Case minted = CASES.get(id);
        assertThat(minted).as(id).isNotNull();
        assertThat(minted.expected()).isEqualTo(node.get("expected").asText());
        minted.minted().judge();
    }

    @Test
    void cases_ofTheFile_areAllMinted() throws IOException {
        List<String> ids =
                verifyCases().stream().map(node -> node.get("id").asText()).toList();
        List<String> minted = new ArrayList<>(CASES.keySet());
        minted.add("svid-verify-03");
        assertThat(minted).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void parse_firstByteChanged_isNoCertificate() throws Exception {
        byte[] der = withFirstByteChanged(CA.leaf(ID).certificate()).getEncoded();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        assertThat(catchThrowable(() -> factory.generateCertificate(new ByteArrayInputStream(der))))
                .isInstanceOf(CertificateException.class);
    }
}
