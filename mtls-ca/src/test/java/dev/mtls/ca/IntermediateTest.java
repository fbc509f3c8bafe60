package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntermediateTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("ns", "pay", "sa", "api");

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority root = CertificateAuthority.create(TRUST_DOMAIN, clock);

    @Test
    void issue_belowIntermediate_chainWithoutRootValidForTheJdk() throws Exception {
        CertificateAuthority intermediate = root.intermediate(IntermediateOptions.named("pay"));

        X509Svid svid = intermediate.issue(ID);

        assertThat(svid.chain()).containsExactly(svid.leaf(), intermediate.certificate());
        assertThat(intermediate.bundle()).isEqualTo(root.bundle());
        Paths.validate(svid, root.bundle(), START);
    }

    @Test
    void intermediate_byDefault_profileOfSigningCertificate() throws Exception {
        X509Certificate certificate =
                root.intermediate(IntermediateOptions.named("pay")).certificate();

        assertThat(certificate.getSubjectAlternativeNames()).containsExactly(List.of(6, "spiffe://example.org"));
        assertThat(certificate.getBasicConstraints()).isZero();
        assertThat(certificate.getKeyUsage())
                .containsExactly(false, false, false, false, false, true, true, false, false);
        assertThat(certificate.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(certificate.getSubjectX500Principal().getName()).contains("CN=pay,O=example.org");
        assertThat(certificate.getNotAfter()).isEqualTo(root.certificate().getNotAfter());
    }

    @Test
    void intermediate_threeLevels_valid() throws Exception {
        CertificateAuthority upper =
                root.intermediate(IntermediateOptions.named("upper").withPathLength(1));
        CertificateAuthority lower =
                upper.intermediate(IntermediateOptions.named("lower").withKeyType(KeyType.ED25519));

        X509Svid svid = lower.issue(ID);

        assertThat(svid.chain()).containsExactly(svid.leaf(), lower.certificate(), upper.certificate());
        Paths.validate(svid, root.bundle(), START);
    }

    @Test
    void intermediate_morePathThanIssuerHas_refused() throws Exception {
        CertificateAuthority upper =
                root.intermediate(IntermediateOptions.named("upper").withPathLength(1));

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        upper.intermediate(IntermediateOptions.named("lower").withPathLength(1)))
                .withMessageContaining("pathLength: 1 (expected: less than 1");
        CertificateAuthority lower = upper.intermediate(IntermediateOptions.named("lower"));
        assertThatIllegalArgumentException().isThrownBy(() -> lower.intermediate(IntermediateOptions.named("none")));
    }

    @Test
    void intermediate_rootWithPathLengthZero_refused() {
        CertificateAuthority only = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .pathLength(0)
                .build();

        assertThatIllegalArgumentException().isThrownBy(() -> only.intermediate(IntermediateOptions.named("none")));
    }

    @Test
    void intermediate_rootExpired_rejected() {
        clock.advance(Duration.ofDays(3651));

        assertThatExceptionOfType(SvidRejectedException.class)
                .isThrownBy(() -> root.intermediate(IntermediateOptions.named("late")))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(FailureReason.EXPIRED));
    }

    @Test
    void issue_namespaceIntermediate_onlyIdsOfItsNamespace() throws Exception {
        CertificateAuthority pay = root.intermediate(IntermediateOptions.forNamespace("pay"));

        assertThat(pay.issue(ID).id()).isEqualTo(ID);
        for (String other : List.of("/ns/ship/sa/api", "/ns/payments/sa/api", "/ns/pay", "/a")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pay.issue(SpiffeId.parse("spiffe://example.org" + other)))
                    .withMessageContaining(other)
                    .withMessageContaining("/ns/pay");
        }
    }

    @Test
    void issue_belowRestrictedIntermediate_restrictionHolds() throws Exception {
        CertificateAuthority pay =
                root.intermediate(IntermediateOptions.forNamespace("pay").withPathLength(1));
        CertificateAuthority below = pay.intermediate(IntermediateOptions.named("below"));

        assertThatIllegalArgumentException().isThrownBy(() -> below.issue(TRUST_DOMAIN.id("ns", "ship", "sa", "a")));
    }

    @Test
    void nameConstraint_ownTrustDomain_valid() throws Exception {
        CertificateAuthority constrained =
                root.intermediate(IntermediateOptions.named("bound").withNameConstraint());

        assertThat(constrained.certificate().getCriticalExtensionOIDs()).contains("2.5.29.30");
        Paths.validate(constrained.issue(SvidRequest.of(ID).withDnsNames("localhost")), root.bundle(), START);
    }

    @Test
    void nameConstraint_keyUsedForAnotherTrustDomain_notValid() throws Exception {
        CertificateAuthority constrained =
                root.intermediate(IntermediateOptions.named("bound").withNameConstraint());
        Signer stolen = constrained.hierarchy().state().signer(constrained.node());
        SpiffeId elsewhere = SpiffeId.parse("spiffe://sub.example.org/a");

        X509Certificate leaf = new Certificates(TRUST_DOMAIN)
                .leaf(
                        stolen,
                        SvidRequest.of(elsewhere),
                        KeyType.EC_P256.generate().getPublic(),
                        Validity.of(START, Duration.ZERO, Duration.ofHours(1)));

        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(stolen.chainOf(leaf), root.bundle(), START, List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prod_1", "my_org.example", "a..b", "td.", "1.2.3.4", "-"})
    void nameConstraint_trustDomainThatIsNoHostName_refused(String trustDomain) {
        CertificateAuthority other = CertificateAuthority.create(TrustDomain.parse(trustDomain), clock);

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        other.intermediate(IntermediateOptions.named("bound").withNameConstraint()))
                .withMessageContaining(trustDomain);
    }

    @Test
    void issue_halfOfIntermediateOver_intermediateRenewed() throws Exception {
        CertificateAuthority shortLived =
                root.intermediate(IntermediateOptions.named("short").withTtl(Duration.ofHours(10)));
        X509Certificate first = shortLived.certificate();
        clock.advance(Duration.ofHours(5).minusSeconds(1));
        shortLived.issue(ID);
        assertThat(shortLived.certificate()).isEqualTo(first);

        clock.advance(Duration.ofSeconds(1));
        X509Svid svid = shortLived.issue(ID);

        assertThat(shortLived.certificate()).isNotEqualTo(first);
        assertThat(shortLived.certificate().getPublicKey()).isNotEqualTo(first.getPublicKey());
        Paths.validate(svid, root.bundle(), clock.instant());
    }

    @Test
    void issue_intermediateAboveHalfOver_bothFollow() throws Exception {
        CertificateAuthority upper = root.intermediate(
                IntermediateOptions.named("upper").withPathLength(1).withTtl(Duration.ofHours(10)));
        CertificateAuthority lower = upper.intermediate(IntermediateOptions.named("lower"));
        X509Certificate firstUpper = upper.certificate();
        X509Certificate firstLower = lower.certificate();
        clock.advance(Duration.ofHours(6));

        X509Svid svid = lower.issue(ID);

        assertThat(svid.chain()).doesNotContain(firstUpper, firstLower);
        Paths.validate(svid, root.bundle(), clock.instant());
    }

    @Test
    void issue_onlyRootsEndLimitsIntermediate_notRenewed() throws Exception {
        CertificateAuthority asLongAsRoot = root.intermediate(IntermediateOptions.named("long"));
        X509Certificate first = asLongAsRoot.certificate();
        clock.advance(Duration.ofDays(3600));

        asLongAsRoot.issue(ID);

        assertThat(asLongAsRoot.certificate()).isEqualTo(first);
    }

    @Test
    void issue_ttlShorterThanBackdate_intermediateNotRenewedAtOnce() throws Exception {
        CertificateAuthority shortLived =
                root.intermediate(IntermediateOptions.named("short").withTtl(Duration.ofSeconds(8)));
        X509Certificate first = shortLived.certificate();

        shortLived.issue(ID);

        assertThat(shortLived.certificate()).isEqualTo(first);
    }

    @Test
    void rotation_atIntermediate_refused() throws Exception {
        CertificateAuthority intermediate = root.intermediate(IntermediateOptions.named("pay"));

        assertThatIllegalStateException().isThrownBy(intermediate::prepareRoot).withMessageContaining("intermediate");
        root.prepareRoot();
        assertThatIllegalStateException().isThrownBy(intermediate::activateRoot).withMessageContaining("intermediate");
        root.activateRoot();
        assertThatIllegalStateException().isThrownBy(intermediate::retireRoot).withMessageContaining("intermediate");
    }

    @Test
    void options_invalid_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> IntermediateOptions.named(" "));
        assertThatIllegalArgumentException().isThrownBy(() -> IntermediateOptions.named("a".repeat(65)));
        assertThatIllegalArgumentException().isThrownBy(() -> IntermediateOptions.forNamespace("a/b"));
        IntermediateOptions options = IntermediateOptions.named("a");
        assertThatIllegalArgumentException().isThrownBy(() -> options.withPathLength(8));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withTtl(Duration.ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(options::withIdsBelow);
        assertThatIllegalArgumentException().isThrownBy(() -> options.withIdsBelow("ns", ".."));
    }

    @Test
    void options_toString_showsNamePathLengthAndIds() {
        assertThat(IntermediateOptions.forNamespace("pay").withPathLength(2))
                .hasToString("IntermediateOptions[pay, path length 2, IDs below /ns/pay]");
        assertThat(IntermediateOptions.named("a")).hasToString("IntermediateOptions[a, path length 0, all IDs]");
    }
}
