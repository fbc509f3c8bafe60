package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import java.math.BigInteger;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.junit.jupiter.api.Test;

class RevocationTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("a");

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority authority = CertificateAuthority.create(TRUST_DOMAIN, clock);

    @Test
    void crls_nothingRevoked_none() {
        assertThat(authority.crls()).isEmpty();
    }

    @Test
    void revoke_svid_completeCrlOfItsIssuer() throws Exception {
        X509Svid svid = authority.issue(ID);

        authority.revoke(svid);

        X509CRL crl = onlyCrl();
        crl.verify(authority.certificate().getPublicKey());
        assertThat(crl.getVersion()).isEqualTo(2);
        assertThat(crl.getIssuerX500Principal())
                .isEqualTo(authority.certificate().getSubjectX500Principal());
        assertThat(crl.getThisUpdate().toInstant()).isEqualTo(START.minusSeconds(10));
        assertThat(crl.getNextUpdate().toInstant()).isEqualTo(START.plus(Duration.ofHours(24)));
        assertThat(crl.getCriticalExtensionOIDs()).isNullOrEmpty();
        assertThat(crl.getNonCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.20", "2.5.29.35");
        X509CRLEntry entry = crl.getRevokedCertificate(svid.leaf());
        assertThat(entry.getRevocationDate()).isEqualTo(Date.from(START.minusSeconds(10)));
        assertThat(entry.hasExtensions()).isFalse();
    }

    private X509CRL onlyCrl() {
        List<X509CRL> crls = authority.crls();
        assertThat(crls).hasSize(1);
        return crls.get(0);
    }

    private static long number(X509CRL crl) {
        return ASN1Integer.getInstance(ASN1OctetString.getInstance(crl.getExtensionValue("2.5.29.20"))
                        .getOctets())
                .longValueExact();
    }

    @Test
    void revoke_svid_pathNotValidAnyMoreForTheJdk() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        X509Svid good = intermediate.issue(ID);
        X509Svid bad = intermediate.issue(ID);

        intermediate.revoke(bad);

        Paths.validate(good.chain(), authority.bundle(), START, authority.crls());
        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(bad.chain(), authority.bundle(), START, authority.crls()))
                .satisfies(e -> assertThat(e.getReason()).isEqualTo(CertPathValidatorException.BasicReason.REVOKED));
    }

    @Test
    void revoke_serialOfIntermediate_whatItIssuedNotValid() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        X509Svid svid = intermediate.issue(ID);

        authority.revoke(intermediate.certificate().getSerialNumber());

        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(svid.chain(), authority.bundle(), START, intermediate.crls()));
        Paths.validate(authority.issue(ID).chain(), authority.bundle(), START, authority.crls());
    }

    @Test
    void revoke_throughRoot_findsTheIntermediateThatIssued() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        X509Svid svid = intermediate.issue(ID);

        authority.revoke(svid);

        assertThat(authority.crls()).hasSize(2).anySatisfy(crl -> {
            assertThat(crl.getIssuerX500Principal())
                    .isEqualTo(intermediate.certificate().getSubjectX500Principal());
            assertThat(crl.isRevoked(svid.leaf())).isTrue();
        });
    }

    @Test
    void revoke_again_numberGrowsAndDateStays() throws Exception {
        X509Svid svid = authority.issue(ID);
        authority.revoke(svid);
        long first = number(onlyCrl());
        clock.advance(Duration.ofMinutes(1));

        authority.revoke(svid);

        assertThat(number(onlyCrl())).isGreaterThan(first);
        assertThat(onlyCrl().getRevokedCertificates()).hasSize(1);
        assertThat(onlyCrl().getRevokedCertificate(svid.leaf()).getRevocationDate())
                .isEqualTo(Date.from(START.minusSeconds(10)));
    }

    @Test
    void crls_halfLifeNotOver_same() throws Exception {
        authority.revoke(BigInteger.TEN);
        X509CRL first = onlyCrl();
        clock.advance(Duration.ofHours(12).minusSeconds(1));

        assertThat(onlyCrl()).isSameAs(first);
    }

    @Test
    void crls_halfLifeOver_madeAnewAndListenersTold() throws Exception {
        authority.revoke(BigInteger.TEN);
        X509CRL first = onlyCrl();
        int[] calls = new int[1];
        authority.subscribe(() -> calls[0]++);
        clock.advance(Duration.ofHours(12));

        X509CRL second = onlyCrl();

        assertThat(number(second)).isGreaterThan(number(first));
        assertThat(second.getNextUpdate().toInstant()).isEqualTo(START.plus(Duration.ofHours(36)));
        assertThat(second.getRevokedCertificate(BigInteger.TEN)).isNotNull();
        assertThat(calls[0]).isEqualTo(1);
    }

    @Test
    void revoke_oneIssuerAffected_crlsOfOthersStay() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        authority.revoke(BigInteger.TEN);
        X509CRL ofRoot = ofIssuer(authority);
        X509CRL ofIntermediate = ofIssuer(intermediate);
        clock.advance(Duration.ofHours(1));

        intermediate.revoke(BigInteger.ONE);

        assertThat(ofIssuer(authority)).isSameAs(ofRoot);
        assertThat(number(ofIssuer(intermediate))).isGreaterThan(number(ofIntermediate));
        clock.advance(Duration.ofHours(11));
        assertThat(ofIssuer(authority)).isNotEqualTo(ofRoot);
    }

    private static X509CRL ofIssuer(CertificateAuthority issuer) {
        return issuer.crls().stream()
                .filter(crl ->
                        crl.getIssuerX500Principal().equals(issuer.certificate().getSubjectX500Principal()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void revoke_svidOfFormerRoot_inCrlOfFormerRoot() throws Exception {
        X509Svid svid = authority.issue(ID);
        authority.prepareRoot();
        authority.activateRoot();

        authority.revoke(svid);

        assertThat(authority.crls()).hasSize(2);
        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(svid.chain(), authority.bundle(), START, authority.crls()));
        authority.retireRoot();
        onlyCrl().verify(authority.certificate().getPublicKey());
    }

    @Test
    void revoke_svidOfNewRoot_notInCrlOfFormerRoot() throws Exception {
        authority.prepareRoot();
        authority.activateRoot();
        X509Svid svid = authority.issue(ID);

        authority.revoke(svid);

        assertThat(authority.crls())
                .hasSize(2)
                .filteredOn(crl -> crl.getRevokedCertificate(svid.leaf().getSerialNumber()) != null)
                .containsExactly(ofIssuer(authority));
    }

    @Test
    void revoke_serialDuringRotation_inCrlsOfBothRoots() {
        authority.prepareRoot();
        authority.activateRoot();

        authority.revoke(BigInteger.TEN);

        assertThat(authority.crls())
                .hasSize(2)
                .allSatisfy(crl ->
                        assertThat(crl.getRevokedCertificate(BigInteger.TEN)).isNotNull());
    }

    @Test
    void revoke_formerIntermediateExpired_itsCrlGoes() throws Exception {
        CertificateAuthority shortLived =
                authority.intermediate(IntermediateOptions.named("short").withTtl(Duration.ofHours(10)));
        authority.revoke(BigInteger.TEN);
        assertThat(authority.crls()).hasSize(2);
        clock.advance(Duration.ofHours(6));
        shortLived.issue(ID);
        assertThat(authority.crls()).hasSize(3);

        clock.advance(Duration.ofHours(5));
        authority.revoke(BigInteger.ONE);

        assertThat(authority.crls()).hasSize(2);
    }

    @Test
    void revoke_svidOfAnotherAuthority_refused() throws Exception {
        X509Svid foreign = CertificateAuthority.create(TRUST_DOMAIN, clock).issue(ID);

        assertThatIllegalArgumentException().isThrownBy(() -> authority.revoke(foreign));
        assertThat(authority.crls()).isEmpty();
    }

    @Test
    void revoke_serialNotPositive_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> authority.revoke(BigInteger.ZERO));
    }

    @Test
    void source_revocationElsewhere_publishedAtOnce() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        X509Svid svid = intermediate.issue(ID);
        try (CaSource source = CaSource.of(authority, TRUST_DOMAIN.id("b"))) {
            assertThat(source.state().context().orElseThrow().crls()).isEmpty();

            intermediate.revoke(svid);

            assertThat(source.state().context().orElseThrow().crls())
                    .isEqualTo(authority.crls())
                    .anySatisfy(crl -> assertThat(crl.isRevoked(svid.leaf())).isTrue());
        }
    }
}
