package dev.mtls.svid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The part {@code parse} of {@code cases/x509svid.json}. */
class X509SvidParseCasesTest {
    private static final JsonNode CASES = read();

    /** What the texts of the cases are called here. */
    private static final Map<String, FailureReason> REASONS = Map.ofEntries(
            Map.entry("no certificate", FailureReason.NO_CERTIFICATE),
            Map.entry("no private key", FailureReason.NO_PRIVATE_KEY),
            Map.entry("key not PEM", FailureReason.MALFORMED_PRIVATE_KEY),
            Map.entry("certificate not PEM", FailureReason.MALFORMED_CERTIFICATE),
            Map.entry("key malformed", FailureReason.MALFORMED_PRIVATE_KEY),
            Map.entry("certificate malformed", FailureReason.MALFORMED_CERTIFICATE),
            Map.entry("key mismatch", FailureReason.KEY_MISMATCH),
            Map.entry("no URI SAN", FailureReason.NO_URI_SAN),
            Map.entry("leaf is CA", FailureReason.LEAF_IS_CA),
            // The leaf of this case has keyCertSign and cRLSign besides, which is looked at first.
            Map.entry("leaf KU lacks digitalSignature", FailureReason.LEAF_MAY_SIGN_CERTIFICATES),
            Map.entry("leaf KU keyCertSign", FailureReason.LEAF_MAY_SIGN_CERTIFICATES),
            Map.entry("leaf KU cRLSign", FailureReason.LEAF_MAY_SIGN_CERTIFICATES),
            Map.entry("intermediate not CA", FailureReason.INTERMEDIATE_NOT_CA),
            Map.entry("intermediate KU lacks keyCertSign", FailureReason.INTERMEDIATE_NOT_CA));

    private static JsonNode read() {
        try (InputStream in = X509SvidParseCasesTest.class.getResourceAsStream("/cases/x509svid.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] file(JsonNode name) {
        return CASES.get("files").get(name.asText()).asText().getBytes(StandardCharsets.US_ASCII);
    }

    /** A clock ten minutes into the leaf's validity: the certificates have long expired. */
    private static Clock clockFor(byte[] certificates) {
        Instant now;
        String text = new String(certificates, StandardCharsets.US_ASCII);
        String fromTheFirst = text.substring(Math.max(0, text.indexOf("-----BEGIN CERTIFICATE-----")));
        try {
            X509Certificate leaf = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(fromTheFirst.getBytes(StandardCharsets.US_ASCII)));
            now = leaf.getNotBefore().toInstant().plus(Duration.ofMinutes(10));
        } catch (CertificateException e) {
            // A case without a readable leaf: the time plays no role.
            now = Instant.EPOCH;
        }
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode node : CASES.get("parse")) {
            cases.add(Arguments.of(
                    node.get("id").asText() + " " + node.get("name").asText(), node));
        }
        return cases;
    }

    @Test
    void cases_areAllThere() {
        assertThat(cases()).hasSize(18);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void parse_case_agrees(String name, JsonNode node) throws SvidRejectedException {
        byte[] certificates = file(node.get("certs_file"));
        byte[] key = file(node.get("key_file"));
        Clock clock = clockFor(certificates);
        if (node.get("expected").asText().equals("valid")) {
            X509Svid svid = X509Svid.parse(certificates, key, clock);
            assertThat(svid.id()).hasToString(node.get("spiffe_id").asText());
            assertThat(svid.chain()).hasSize(node.get("num_certs").asInt());
        } else {
            SvidRejectedException e =
                    catchThrowableOfType(SvidRejectedException.class, () -> X509Svid.parse(certificates, key, clock));
            assertThat(e).as(name).isNotNull();
            assertThat(e.reason())
                    .as(e.getMessage())
                    .isEqualTo(REASONS.get(node.get("reason").asText()));
        }
    }
}
