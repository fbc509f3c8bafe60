package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.X509Context;
import dev.mtls.svid.X509Svid;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootRotationTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("a");

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority authority = CertificateAuthority.create(TRUST_DOMAIN, clock);
    private final X509Certificate oldRoot = authority.certificate();

    @Test
    void prepareRoot_newRoot_trustedNotUsed() throws Exception {
        authority.prepareRoot();

        assertThat(authority.rotation()).isEqualTo(RootRotation.PREPARED);
        assertThat(authority.bundle().authorities()).hasSize(2).startsWith(oldRoot);
        authority.issue(ID).leaf().verify(oldRoot.getPublicKey());
    }

    @Test
    void activateRoot_newRoot_usedOldStillTrusted() throws Exception {
        X509Svid before = authority.issue(ID);
        authority.prepareRoot();
        X509Certificate newRoot = authority.bundle().authorities().get(1);

        authority.activateRoot();

        assertThat(authority.rotation()).isEqualTo(RootRotation.ACTIVATED);
        assertThat(authority.certificate()).isEqualTo(newRoot);
        assertThat(authority.bundle().authorities()).containsExactly(oldRoot, newRoot);
        authority.issue(ID).leaf().verify(newRoot.getPublicKey());
        Paths.validate(before, authority.bundle(), START);
    }

    @Test
    void retireRoot_oldRoot_notTrusted() throws Exception {
        X509Svid before = authority.issue(ID);

        rotate();

        assertThat(authority.rotation()).isEqualTo(RootRotation.NONE);
        assertThat(authority.bundle().authorities()).containsExactly(authority.certificate());
        Paths.validate(authority.issue(ID), authority.bundle(), START);
        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(before, authority.bundle(), START));
    }

    private void rotate() {
        authority.prepareRoot();
        authority.activateRoot();
        authority.retireRoot();
    }

    @Test
    void step_outOfOrder_refusedAndNothingChanged() {
        assertThatIllegalStateException()
                .isThrownBy(authority::activateRoot)
                .withMessageContaining("at NONE (expected: PREPARED)");
        assertThatIllegalStateException().isThrownBy(authority::retireRoot);
        assertThat(authority.bundle().authorities()).containsExactly(oldRoot);

        authority.prepareRoot();
        assertThatIllegalStateException().isThrownBy(authority::prepareRoot);
        assertThatIllegalStateException().isThrownBy(authority::retireRoot);
        assertThat(authority.bundle().authorities()).hasSize(2);

        authority.activateRoot();
        assertThatIllegalStateException().isThrownBy(authority::prepareRoot);
        assertThatIllegalStateException().isThrownBy(authority::activateRoot);
        assertThat(authority.bundle().authorities()).hasSize(2);
    }

    @Test
    void rotation_twice_works() throws Exception {
        rotate();
        rotate();

        Paths.validate(authority.issue(ID), authority.bundle(), START);
    }

    @Test
    void rotation_rootExpired_issuesAgain() throws Exception {
        clock.advance(Duration.ofDays(4000));

        authority.prepareRoot();
        authority.activateRoot();

        Paths.validate(authority.issue(ID), authority.bundle(), clock.instant());
    }

    @Test
    void activateRoot_intermediates_getCertificatesOfTheNewRoot() throws Exception {
        CertificateAuthority upper =
                authority.intermediate(IntermediateOptions.named("upper").withPathLength(1));
        CertificateAuthority lower = upper.intermediate(IntermediateOptions.named("lower"));
        X509Svid before = lower.issue(ID);
        authority.prepareRoot();
        authority.activateRoot();

        Paths.validate(before, lower.bundle(), START);
        authority.retireRoot();

        X509Svid after = lower.issue(ID);
        assertThat(after.chain()).doesNotContainAnyElementsOf(before.chain());
        Paths.validate(after, lower.bundle(), START);
    }

    @Test
    void sources_eachStep_havePublishedWhenItReturns() throws Exception {
        CertificateAuthority intermediate = authority.intermediate(IntermediateOptions.named("pay"));
        try (CaSource direct = CaSource.of(authority, ID);
                CaSource below = CaSource.of(intermediate, ID)) {
            for (CaSource source : List.of(direct, below)) {
                assertThat(context(source).bundles()).isEqualTo(authority.bundles());
            }
            X509Svid first = context(direct).svid();
            X509Svid firstBelow = context(below).svid();

            authority.prepareRoot();
            assertThat(context(direct).bundles()).isEqualTo(authority.bundles());
            assertThat(context(below).bundles()).isEqualTo(authority.bundles());
            assertThat(context(direct).svid()).isSameAs(first);

            authority.activateRoot();
            assertThat(context(direct).svid()).isNotSameAs(first);
            assertThat(context(below).svid()).isNotSameAs(firstBelow);
            context(direct).svid().leaf().verify(authority.certificate().getPublicKey());

            authority.retireRoot();
            for (CaSource source : List.of(direct, below)) {
                assertThat(context(source).bundles()).isEqualTo(authority.bundles());
                Paths.validate(context(source).svid(), authority.bundle(), START);
            }
        }
    }

    private static X509Context context(CaSource source) {
        return source.state().context().orElseThrow();
    }
}
