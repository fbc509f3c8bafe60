package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.identity.TrustDomain;
import dev.mtls.source.SourceHealth;
import dev.mtls.svid.X509Svid;
import java.time.Clock;
import org.junit.jupiter.api.Test;

class CertificateAuthorityTest {
    private final TrustDomain trustDomain = TrustDomain.parse("example.org");
    private final CertificateAuthority authority = CertificateAuthority.create(trustDomain, Clock.systemUTC());

    @Test
    void issue_workloadId_svidThatTheBundleVerifies() throws Exception {
        X509Svid svid = authority.issue(trustDomain.id("a"));
        svid.leaf().verify(authority.bundle().authorities().get(0).getPublicKey());
        assertThat(svid.id()).isEqualTo(trustDomain.id("a"));
    }

    @Test
    void source_renewed_publishesAnotherIdentity() {
        try (CaSource source = CaSource.of(authority, trustDomain.id("a"))) {
            assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
            source.renew();
            assertThat(source.state().health().rotations()).isEqualTo(1);
        }
    }
}
