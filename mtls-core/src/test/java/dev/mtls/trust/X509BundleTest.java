package dev.mtls.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.testkit.TestCa;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

class X509BundleTest {
    private static final TrustDomain TD = TrustDomain.parse("example.org");

    private final TestCa root = TestCa.root("example.org");
    private final TestCa next = TestCa.root("example.org");

    private static FailureReason reason(X509Certificate... authorities) {
        SvidRejectedException e =
                catchThrowableOfType(SvidRejectedException.class, () -> X509Bundle.of(TD, List.of(authorities)));
        assertThat(e).isNotNull();
        assertThat(e).hasMessageContaining("example.org");
        return e.reason();
    }

    @Test
    void parse_pemAndDer_keepTheOrder() throws Exception {
        String pem = "# old\n" + TestCa.pem(root.certificate()) + "# new\n" + TestCa.pem(next.certificate());
        byte[] old = root.certificate().getEncoded();
        byte[] both =
                java.util.Arrays.copyOf(old, old.length + next.certificate().getEncoded().length);
        System.arraycopy(next.certificate().getEncoded(), 0, both, old.length, both.length - old.length);

        assertThat(X509Bundle.parse(TD, pem.getBytes(StandardCharsets.US_ASCII)).authorities())
                .containsExactly(root.certificate(), next.certificate());
        assertThat(X509Bundle.parse(TD, both)).isEqualTo(X509Bundle.parse(TD, pem.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void parse_noBytes_isAnEmptyBundle() throws Exception {
        assertThat(X509Bundle.parse(TD, new byte[0]).authorities()).isEmpty();
    }

    @Test
    void parse_garbage_rejected() {
        SvidRejectedException e = catchThrowableOfType(
                SvidRejectedException.class, () -> X509Bundle.parse(TD, "garbage".getBytes(StandardCharsets.US_ASCII)));

        assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_CERTIFICATE);
        assertThat(e).hasMessageContaining("bundle of example.org");
    }

    @Test
    void of_duplicates_countOnce() throws Exception {
        X509Bundle bundle = X509Bundle.of(TD, List.of(root.certificate(), next.certificate(), root.certificate()));

        assertThat(bundle.authorities())
                .containsExactly(root.certificate(), next.certificate())
                .isUnmodifiable();
        assertThat(bundle.trustDomain()).isEqualTo(TD);
        assertThat(bundle).hasToString("X509Bundle[example.org, 2 authorities]");
    }

    @Test
    void of_intermediatesAndExpiredAuthorities_accepted() throws Exception {
        TestCa expired =
                TestCa.root("example.org", spec -> spec.notAfter(Instant.now().minusSeconds(1)));
        TestCa plain = TestCa.root("example.org", spec -> spec.noKeyUsage().uris());

        assertThat(X509Bundle.of(
                                TD,
                                List.of(root.intermediate().certificate(), expired.certificate(), plain.certificate()))
                        .authorities())
                .hasSize(3);
    }

    @Test
    void of_certificateThatMayNotSign_rejected() {
        assertThat(reason(root.leaf("spiffe://example.org/a").certificate())).isEqualTo(FailureReason.AUTHORITY_NOT_CA);
        assertThat(reason(
                        root.certificate(),
                        TestCa.root("example.org", spec -> spec.noBasicConstraints())
                                .certificate()))
                .isEqualTo(FailureReason.AUTHORITY_NOT_CA);
        assertThat(reason(TestCa.root("example.org", spec -> spec.keyUsage(KeyUsage.cRLSign))
                        .certificate()))
                .isEqualTo(FailureReason.AUTHORITY_NOT_CA);
    }

    @Test
    void of_moreThanTheLimit_rejected() throws Exception {
        TestCa ca = root;
        List<X509Certificate> many = new ArrayList<>();
        java.security.KeyPair keys = TestCa.newKeys(TestCa.KeyType.EC_P256);
        for (int i = 0; i <= X509Bundle.MAX_AUTHORITIES; i++) {
            many.add(ca.intermediate(spec -> spec.keys(keys)).certificate());
        }

        assertThat(reason(many.toArray(X509Certificate[]::new))).isEqualTo(FailureReason.CHAIN_TOO_LARGE);
        assertThat(X509Bundle.of(TD, many.subList(1, many.size())).authorities())
                .hasSize(X509Bundle.MAX_AUTHORITIES);
    }

    @Test
    void equality_isThatOfTrustDomainAndAuthorities() throws Exception {
        X509Bundle bundle = root.bundle();

        assertThat(bundle).isEqualTo(root.bundle()).hasSameHashCodeAs(root.bundle());
        assertThat(bundle).isNotEqualTo(next.bundle());
        assertThat(bundle).isNotEqualTo(X509Bundle.of(TrustDomain.parse("other.example"), List.of(root.certificate())));
    }
}
