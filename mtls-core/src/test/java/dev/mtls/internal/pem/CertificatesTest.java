package dev.mtls.internal.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.testkit.TestCa;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificatesTest {
    private final TestCa root = TestCa.root("example.org");
    private final X509Certificate one = root.certificate();
    private final X509Certificate two = root.intermediate().certificate();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static void assertMalformed(byte[] bytes) {
        SvidRejectedException e =
                catchThrowableOfType(SvidRejectedException.class, () -> Certificates.parse(bytes, "the chain"));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_CERTIFICATE);
        assertThat(e).hasMessageStartingWith("the chain: ");
    }

    private static void assertMalformedCrl(byte[] bytes) {
        SvidRejectedException e =
                catchThrowableOfType(SvidRejectedException.class, () -> Certificates.parseCrls(bytes, "the CRL"));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_CRL);
        assertThat(e).hasMessageStartingWith("the CRL: ");
    }

    @Test
    void parse_pem_inOrder_otherBlocksPassedOver() throws Exception {
        String pem = root.leaf("spiffe://example.org/a").keyPem()
                + TestCa.pem(one)
                + TestCa.pem(root.crl())
                + TestCa.pem(two);

        assertThat(Certificates.parse(bytes(pem), "chain")).containsExactly(one, two);
    }

    @Test
    void parse_concatenatedDer_inOrder() throws Exception {
        assertThat(Certificates.parse(join(one.getEncoded(), two.getEncoded()), "chain"))
                .containsExactly(one, two);
        assertThat(Certificates.parse(new byte[0], "chain")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRUSTED CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE", "ATTRIBUTE CERTIFICATE"})
    void parse_certificateUnderAnotherLabel_rejectedRatherThanLost(String label) throws Exception {
        assertMalformed(bytes(TestCa.pem(one) + TestCa.pem(label, two.getEncoded())));
    }

    @Test
    void parse_damaged_rejected() throws Exception {
        byte[] der = one.getEncoded();
        assertMalformed(bytes("no certificate"));
        assertMalformed(java.util.Arrays.copyOf(der, der.length - 1));
        assertMalformed(join(der, new byte[] {1}));
        assertMalformed(join(der, new byte[] {0x30, 0}));
        assertMalformed(bytes(TestCa.pem("CERTIFICATE", new byte[] {1, 2, 3})));
        assertMalformed(bytes(TestCa.pem(one) + TestCa.pem("CERTIFICATE", java.util.Arrays.copyOf(der, 100))));
        assertMalformed(bytes(TestCa.pem("CERTIFICATE", join(der, two.getEncoded()))));
        assertMalformed(bytes(TestCa.pem("CERTIFICATE", new byte[0])));
        assertMalformed(new byte[Pem.MAX_BYTES + 1]);
    }

    @Test
    void parseCrls_pemAndDer() throws Exception {
        String pem = TestCa.pem(one) + TestCa.pem(root.crl()) + TestCa.pem(root.crl(two));

        assertThat(Certificates.parseCrls(bytes(pem), "crls")).hasSize(2);
        assertThat(Certificates.parseCrls(
                                join(root.crl().getEncoded(), root.crl(two).getEncoded()), "crl")
                        .get(1)
                        .isRevoked(two))
                .isTrue();
        assertThat(Certificates.parseCrls(new byte[0], "crls")).isEmpty();
        assertThat(Certificates.parseCrls(bytes(TestCa.pem(one)), "crls")).isEqualTo(List.of());
    }

    @Test
    void parseCrls_damaged_rejected() throws Exception {
        byte[] der = root.crl().getEncoded();
        assertMalformedCrl(bytes("no CRL"));
        assertMalformedCrl(one.getEncoded());
        assertMalformedCrl(java.util.Arrays.copyOf(der, der.length - 1));
        assertMalformedCrl(join(der, new byte[] {1}));
        assertMalformedCrl(bytes(TestCa.pem("X509 CRL", join(der, root.crl(two).getEncoded()))));
        assertMalformedCrl(bytes(TestCa.pem("CRL", der)));
        assertMalformedCrl(bytes(TestCa.pem("X509 CRL", new byte[] {1})));
    }
}
