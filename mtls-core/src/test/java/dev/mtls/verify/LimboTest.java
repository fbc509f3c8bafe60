package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.pem.Certificates;
import dev.mtls.internal.profile.ProfileViolation;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.svid.X509Svid;
import dev.mtls.testkit.TestCa;
import dev.mtls.trust.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cases of x509-limbo. Their leaves are those of web servers and not SPIFFE's, so that they go through the rules of a leaf and of a
 * path, and past the rules about IDs.
 */
class LimboTest {
    /** What X509-SVID demands of a leaf and RFC 5280 does not: both purposes, a key usage. */
    private static final Set<FailureReason> SPIFFES_OWN =
            EnumSet.of(FailureReason.LEAF_EXTENDED_KEY_USAGE, FailureReason.LEAF_WITHOUT_KEY_USAGE);

    private static JsonNode resource(String name) throws IOException {
        try (InputStream in = LimboTest.class.getResourceAsStream("/cases/" + name)) {
            return new ObjectMapper().readTree(in);
        }
    }

    static Stream<Arguments> cases() throws IOException {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode node : resource("limbo-path-validation.json").get("testcases")) {
            cases.add(Arguments.of("JDK", node.get("id").asText(), node));
            cases.add(Arguments.of("Conscrypt", node.get("id").asText(), node));
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{1}, parsed by {0}")
    @MethodSource("cases")
    void find_caseOfTheFile_agreesOrIsAKnownDeviation(String parser, String id, JsonNode limbo) throws Exception {
        CertificateFactory factory = parser.equals("JDK")
                ? CertificateFactory.getInstance("X.509")
                : CertificateFactory.getInstance("X.509", Conscrypt.newProvider());
        String expected = limbo.get("expected_result").asText();
        String seen = judge(factory, limbo);
        if (resource("limbo-known-deviations.json").has(id)) {
            assertThat(seen).as("a deviation that is none any more").doesNotStartWith(expected);
        } else {
            assertThat(seen).startsWith(expected);
        }
    }

    @Test
    void deviations_known_areOfCasesOfTheFile() throws IOException {
        List<String> ids = new ArrayList<>();
        resource("limbo-path-validation.json")
                .get("testcases")
                .forEach(node -> ids.add(node.get("id").asText()));
        resource("limbo-known-deviations.json")
                .fieldNames()
                .forEachRemaining(id -> assertThat(ids).contains(id));
    }

    private static String judge(CertificateFactory factory, JsonNode limbo) {
        Instant now = limbo.get("validation_time").isNull()
                ? Instant.now()
                : OffsetDateTime.parse(limbo.get("validation_time").asText()).toInstant();
        try {
            X509Bundle bundle =
                    X509Bundle.of(TrustDomain.parse("limbo.test"), parseAll(factory, limbo.get("trusted_certs")));
            List<X509Certificate> chain = new ArrayList<>();
            chain.add(parse(factory, limbo.get("peer_certificate")));
            chain.addAll(parseAll(factory, limbo.get("untrusted_intermediates")));
            if (chain.size() > X509Svid.MAX_CHAIN_LENGTH) {
                return "FAILURE: " + FailureReason.CHAIN_TOO_LARGE;
            }
            checkLeaf(chain.get(0));
            new PathFinder(
                            TestCa.id("spiffe://limbo.test/leaf"),
                            bundle,
                            List.of(),
                            chain,
                            new ValidityCheck(now, Duration.ZERO))
                    .find();
            return "SUCCESS";
        } catch (SvidRejectedException | ProfileViolation | PathRejection | CertificateException e) {
            return "FAILURE: " + e.getMessage();
        }
    }

    private static void checkLeaf(X509Certificate leaf) throws ProfileViolation {
        try {
            SvidProfile.checkLeaf(leaf);
        } catch (ProfileViolation e) {
            if (!SPIFFES_OWN.contains(e.reason())) {
                throw e;
            }
        }
    }

    private static List<X509Certificate> parseAll(CertificateFactory factory, Iterable<JsonNode> pems)
            throws CertificateException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (JsonNode pem : pems) {
            certificates.add(parse(factory, pem));
        }
        return certificates;
    }

    private static X509Certificate parse(CertificateFactory factory, JsonNode pem) throws CertificateException {
        byte[] bytes = pem.asText().getBytes(StandardCharsets.US_ASCII);
        return Certificates.canonical((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes)));
    }
}
