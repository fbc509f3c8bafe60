package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateAuthorityTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00.750Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("ns", "pay", "sa", "api");

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority authority = CertificateAuthority.create(TRUST_DOMAIN, clock);

    @Test
    void issue_anyId_pathValidForTheJdk() throws Exception {
        Paths.validate(authority.issue(ID), authority.bundle(), START);
    }

    @Test
    void issue_anyId_oneUriSanAndEmptySubject() throws Exception {
        X509Certificate leaf = authority.issue(ID).leaf();

        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, ID.toString()));
        assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
        assertThat(leaf.getCriticalExtensionOIDs()).contains("2.5.29.17");
    }

    @Test
    void issue_anyId_profileOfLeaf() throws Exception {
        X509Certificate leaf = authority.issue(ID).leaf();

        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getKeyUsage()).containsExactly(true, false, false, false, true, false, false, false, false);
        assertThat(leaf.getExtendedKeyUsage()).containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
        assertThat(leaf.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.17", "2.5.29.19");
        assertThat(leaf.getNonCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.14", "2.5.29.35", "2.5.29.37");
    }

    @Test
    void issue_anyId_keyIdentifiersChain() throws Exception {
        byte[] authorityKey = authority.issue(ID).leaf().getExtensionValue("2.5.29.35");
        byte[] rootKey = authority.certificate().getExtensionValue("2.5.29.14");

        // The identifier is the last 20 bytes of both.
        assertThat(last20(authorityKey)).isEqualTo(last20(rootKey));
    }

    private static byte[] last20(byte[] bytes) {
        return java.util.Arrays.copyOfRange(bytes, bytes.length - 20, bytes.length);
    }

    @Test
    void issue_byDefault_anHourFromNowBackdatedTenSeconds() throws Exception {
        X509Svid svid = authority.issue(ID);

        assertThat(svid.notBefore()).isEqualTo("2025-12-31T23:59:50Z");
        assertThat(svid.notAfter()).isEqualTo("2026-01-01T01:00:00Z");
    }

    @Test
    void issue_withTtlAndDnsNames_asAsked() throws Exception {
        X509Svid svid = authority.issue(
                SvidRequest.of(ID).withTtl(Duration.ofMinutes(5)).withDnsNames("api.pay.svc", "localhost"));

        assertThat(svid.notAfter()).isEqualTo("2026-01-01T00:05:00Z");
        assertThat(svid.leaf().getSubjectAlternativeNames())
                .containsExactly(List.of(6, ID.toString()), List.of(2, "api.pay.svc"), List.of(2, "localhost"));
    }

    @Test
    void issue_nearTheEndOfTheRoot_cutToIt() throws Exception {
        clock.advance(Duration.ofDays(3650).minusMinutes(30));

        X509Svid svid = authority.issue(ID);

        assertThat(svid.notAfter())
                .isEqualTo(authority.certificate().getNotAfter().toInstant());
        Paths.validate(svid, authority.bundle(), clock.instant());
    }

    @Test
    void issue_rootExpired_rejected() {
        clock.advance(Duration.ofDays(3650));

        assertRejected(FailureReason.EXPIRED, () -> authority.issue(ID));
    }

    @Test
    void issue_clockBeforeRoot_rejected() {
        clock.advance(Duration.ofMinutes(-1));

        assertRejected(FailureReason.NOT_YET_VALID, () -> authority.issue(ID));
    }

    private static void assertRejected(
            FailureReason reason, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(SvidRejectedException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void issue_idOfAnotherTrustDomain_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> authority.issue(SpiffeId.parse("spiffe://other/a")))
                .withMessageContaining("spiffe://other/a")
                .withMessageContaining("example.org");
    }

    @Test
    void issue_idWithoutPath_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> authority.issue(TRUST_DOMAIN.id()));
    }

    @Test
    void issue_null_refused() {
        assertThatNullPointerException()
                .isThrownBy(() -> authority.issue((SvidRequest) null))
                .withMessage("request");
    }

    @Test
    void issue_often_serialsPositiveLongAndDistinct() throws Exception {
        Set<BigInteger> serials = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            serials.add(authority.issue(ID).leaf().getSerialNumber());
        }

        assertThat(serials).hasSize(200).allSatisfy(serial -> {
            assertThat(serial.signum()).isPositive();
            assertThat(serial.bitLength()).isLessThanOrEqualTo(128);
        });
        assertThat(serials.stream().mapToInt(BigInteger::bitLength).max()).hasValue(128);
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void issue_withKeyType_keyOfThatTypeInAValidPath(KeyType keyType) throws Exception {
        CertificateAuthority sameType = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .keyType(keyType)
                .build();

        X509Svid svid = sameType.issue(SvidRequest.of(ID).withKeyType(keyType));

        Paths.validate(svid, sameType.bundle(), START);
        assertIs(keyType, svid.leaf());
        assertIs(keyType, sameType.certificate());
    }

    private static void assertIs(KeyType keyType, X509Certificate certificate) {
        switch (keyType) {
            case EC_P256, EC_P384 -> {
                int bits = keyType == KeyType.EC_P256 ? 256 : 384;
                assertThat(((ECKey) certificate.getPublicKey())
                                .getParams()
                                .getCurve()
                                .getField()
                                .getFieldSize())
                        .isEqualTo(bits);
                assertThat(certificate.getSigAlgName()).isEqualTo("SHA" + bits + "withECDSA");
            }
            case RSA_2048 -> {
                assertThat(((RSAKey) certificate.getPublicKey()).getModulus().bitLength())
                        .isEqualTo(2048);
                assertThat(certificate.getSigAlgName()).isEqualTo("SHA256withRSA");
            }
            case ED25519 -> {
                assertThat(certificate.getPublicKey().getEncoded()).hasSize(44);
                assertThat(certificate.getSigAlgName()).isIn("Ed25519", "EdDSA");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyType.class,
            names = {"RSA_2048", "ED25519"})
    void issue_keyThatOnlySigns_noKeyAgreement(KeyType keyType) throws Exception {
        boolean[] usage =
                authority.issue(SvidRequest.of(ID).withKeyType(keyType)).leaf().getKeyUsage();

        assertThat(usage).containsExactly(true, false, false, false, false, false, false, false, false);
    }

    @Test
    void root_byDefault_profileOfSigningCertificate() throws Exception {
        X509Certificate root = authority.certificate();

        assertThat(root.getSubjectAlternativeNames()).containsExactly(List.of(6, "spiffe://example.org"));
        assertThat(root.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
        assertThat(root.getKeyUsage()).containsExactly(false, false, false, false, false, true, true, false, false);
        assertThat(root.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(root.getExtendedKeyUsage()).isNull();
        assertThat(root.getNotAfter().toInstant()).isEqualTo("2035-12-30T00:00:00Z");
        assertThat(authority.bundle().authorities()).containsExactly(root);
        assertThat(authority.trustDomain()).isEqualTo(TRUST_DOMAIN);
    }

    @Test
    void root_ofLongTrustDomain_made() throws Exception {
        TrustDomain longest = TrustDomain.parse("a".repeat(255));
        CertificateAuthority longAuthority = CertificateAuthority.create(longest, clock);

        Paths.validate(longAuthority.issue(longest.id("a")), longAuthority.bundle(), START);
    }

    @Test
    void roots_ofOneTrustDomain_haveDifferentNames() {
        assertThat(CertificateAuthority.create(TRUST_DOMAIN, clock)
                        .certificate()
                        .getSubjectX500Principal())
                .isNotEqualTo(authority.certificate().getSubjectX500Principal());
    }

    @Test
    void create_withoutClock_systemTime() throws Exception {
        X509Svid svid = CertificateAuthority.create(TRUST_DOMAIN).issue(ID);

        assertThat(svid.notAfter())
                .isBetween(Instant.now().plusSeconds(3500), Instant.now().plusSeconds(3600));
    }

    @Test
    void builder_allSet_inForce() throws Exception {
        CertificateAuthority built = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .keyType(KeyType.EC_P384)
                .pathLength(0)
                .rootTtl(Duration.ofDays(2))
                .svidTtl(Duration.ofMinutes(2))
                .crlTtl(Duration.ofMinutes(3))
                .backdate(Duration.ZERO)
                .build();

        assertThat(built.certificate().getBasicConstraints()).isZero();
        assertThat(built.certificate().getNotAfter().toInstant()).isEqualTo("2026-01-03T00:00:00Z");
        X509Svid svid = built.issue(ID);
        assertThat(svid.notBefore()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(svid.notAfter()).isEqualTo("2026-01-01T00:02:00Z");
        built.revoke(svid);
        assertThat(built.crls().get(0).getNextUpdate().toInstant()).isEqualTo("2026-01-01T00:03:00Z");
    }

    @Test
    void builder_setTwice_refused() {
        CertificateAuthority.Builder builder = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .keyType(KeyType.EC_P256)
                .pathLength(1)
                .rootTtl(Duration.ofDays(1))
                .svidTtl(Duration.ofDays(1))
                .crlTtl(Duration.ofDays(1))
                .backdate(Duration.ofSeconds(1));

        assertThatIllegalStateException()
                .isThrownBy(() -> builder.clock(Clock.systemUTC()))
                .withMessageContaining("clock");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.keyType(KeyType.EC_P256))
                .withMessageContaining("keyType");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.pathLength(1))
                .withMessageContaining("pathLength");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.rootTtl(Duration.ofDays(1)))
                .withMessageContaining("rootTtl");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.svidTtl(Duration.ofDays(1)))
                .withMessageContaining("svidTtl");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.crlTtl(Duration.ofDays(1)))
                .withMessageContaining("crlTtl");
        assertThatIllegalStateException()
                .isThrownBy(() -> builder.backdate(Duration.ofDays(1)))
                .withMessageContaining("backdate");
    }

    @Test
    void builder_beyondLimits_refused() {
        CertificateAuthority.Builder builder = CertificateAuthority.builder(TRUST_DOMAIN);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.svidTtl(Duration.ofMillis(1999)))
                .withMessage("svidTtl: PT1.999S (expected: PT2S to PT8784H)");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.svidTtl(Duration.ofDays(367)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.rootTtl(Duration.ofDays(7306)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.crlTtl(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.backdate(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.backdate(Duration.ofHours(25)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.pathLength(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.pathLength(8));
    }

    @Test
    void toString_authority_namesTrustDomainAndSerial() {
        assertThat(authority.toString())
                .contains("example.org")
                .contains(authority.certificate().getSerialNumber().toString(16))
                .doesNotContainIgnoringCase("private");
    }

    @Test
    void federate_otherBundle_inBundlesUntilUnfederated() {
        CertificateAuthority other = CertificateAuthority.create(TrustDomain.parse("other"), clock);

        authority.federate(other.bundle());
        assertThat(authority.bundles().bundle(other.trustDomain())).contains(other.bundle());

        authority.unfederate(other.trustDomain());
        assertThat(authority.bundles().bundle(other.trustDomain())).isEmpty();
        assertThat(authority.bundles().bundle(TRUST_DOMAIN)).isPresent();
    }

    @Test
    void federate_ownTrustDomain_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> authority.federate(authority.bundle()));
        assertThatIllegalArgumentException().isThrownBy(() -> authority.unfederate(TRUST_DOMAIN));
    }

    @Test
    void federate_eachOtherThroughListeners_comesToRest() {
        CertificateAuthority other = CertificateAuthority.create(TrustDomain.parse("other"), clock);
        authority.subscribe(() -> other.federate(authority.bundle()));
        other.subscribe(() -> authority.federate(other.bundle()));

        other.prepareRoot();

        assertThat(authority.bundles().bundle(other.trustDomain())).contains(other.bundle());
        assertThat(other.bundles().bundle(TRUST_DOMAIN)).contains(authority.bundle());
    }

    @Test
    void unfederate_unknown_nobodyTold() {
        authority.subscribe(() -> {
            throw new AssertionError("told");
        });

        authority.unfederate(TrustDomain.parse("other"));
    }

    @Test
    void subscribe_listenerThrows_othersStillCalled() {
        int[] calls = new int[1];
        authority.subscribe(() -> {
            throw new IllegalStateException("mine");
        });
        authority.subscribe(() -> calls[0]++);

        authority.prepareRoot();

        assertThat(calls[0]).isEqualTo(1);
    }

    @Test
    void subscribe_closed_notCalledAnyMore() {
        int[] calls = new int[1];
        authority.subscribe(() -> calls[0]++).close();

        authority.prepareRoot();

        assertThat(calls[0]).isZero();
    }
}
