package dev.mtls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.mtls.Mtls;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.X509Context;
import dev.mtls.source.X509Source;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@ExtendWith(LeakCheck.class)
class TestMeshTest {
    private static final TrustDomain OTHER = TrustDomain.parse("other");

    @RegisterExtension
    final TestMesh mesh = TestMesh.create("test", "other");

    private final SpiffeId a = mesh.identity("spiffe://test/a");

    private static X509Context context(X509Source source) {
        return source.state().context().orElseThrow();
    }

    @Test
    void source_new_deliversTheIdentityAndTrustsAllTrustDomains() {
        X509Context context = context(mesh.source(a));

        assertThat(context.svid().id()).isEqualTo(a);
        assertThat(context.svid().leaf()).isEqualTo(mesh.svid(a).leaf());
        assertThat(context.bundles().trustDomains()).containsExactly(OTHER, a.trustDomain());
        assertThat(context.crls()).isEmpty();
    }

    @Test
    void identity_ofAnotherTrustDomain_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mesh.identity("spiffe://stranger/a"))
                .withMessageContaining("stranger")
                .withMessageContaining("test");
        assertThatIllegalArgumentException().isThrownBy(() -> mesh.identity("spiffe://test"));
        assertThatIllegalArgumentException().isThrownBy(TestMesh::create);
    }

    @Test
    void rotate_allSourcesOfTheIdentity_getTheSameNewSvid() {
        X509Source first = mesh.source(a);
        X509Source second = mesh.source(a);
        X509Svid before = mesh.svid(a);

        X509Svid after = mesh.rotate(a);

        assertThat(after.leaf()).isNotEqualTo(before.leaf());
        assertThat(context(first).svid()).isSameAs(after);
        assertThat(context(second).svid()).isSameAs(after);
        assertThat(first.state().health().rotations()).isEqualTo(1);
    }

    @Test
    void renew_ofASource_rotates() {
        X509Source source = mesh.source(a);
        X509Svid before = mesh.svid(a);

        source.renew();

        assertThat(context(source).svid()).isNotSameAs(before).isSameAs(mesh.svid(a));
    }

    @Test
    void expire_atOnce_hasExpiredWhenItReturns() {
        X509Source source = mesh.source(a);
        Instant before = mesh.clock().instant();

        mesh.expire(a);

        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.EXPIRED);
        assertThat(Duration.between(before, mesh.clock().instant())).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void expire_later_endsInTruth() {
        X509Svid svid = mesh.expire(a, Duration.ofSeconds(1));

        Duration left =
                Duration.between(Instant.now(), svid.leaf().getNotAfter().toInstant());
        assertThat(left).isBetween(Duration.ZERO, Duration.ofSeconds(2));
        await().until(() -> mesh.clock().instant().isAfter(svid.notAfter()));
        assertThatIllegalArgumentException().isThrownBy(() -> mesh.expire(a, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> mesh.expire(a, Duration.ofHours(2)));
    }

    @Test
    void expiredIdentity_anotherChange_othersGetIt() {
        SpiffeId b = mesh.identity("spiffe://test/b");
        X509Source expired = mesh.source(a);
        X509Source valid = mesh.source(b);
        mesh.expire(a);

        mesh.distrust("other");

        assertThat(context(valid).bundles().bundle(OTHER)).isEmpty();
        assertThat(expired.state().health().state()).isEqualTo(SourceHealth.State.EXPIRED);
    }

    @Test
    void distrust_thenTrust_bundleGoesAndComes() {
        X509Source source = mesh.source(a);
        X509Source ofOther = mesh.source(mesh.identity("spiffe://other/b"));

        mesh.distrust("other");

        assertThat(context(source).bundles().bundle(OTHER)).isEmpty();
        // It must hold one of its own trust domain.
        assertThat(context(ofOther).bundles().bundle(OTHER).orElseThrow().authorities())
                .isEmpty();

        mesh.trust("other");

        assertThat(context(source).bundles().bundle(OTHER)).contains(mesh.bundle("other"));
        assertThat(context(ofOther).bundles().bundle(OTHER)).contains(mesh.bundle("other"));
    }

    @Test
    void trust_unknownTrustDomain_added() {
        X509Source source = mesh.source(a);

        mesh.trust("third");

        assertThat(context(source).bundles().bundle(TrustDomain.parse("third"))).contains(mesh.bundle("third"));
        assertThat(mesh.svid(mesh.identity("spiffe://third/c")).id()).hasToString("spiffe://third/c");
    }

    @Test
    void trust_foreignBundle_deliveredUnlessItIsOfThisMesh() {
        try (TestMesh foreign = TestMesh.create("foreign")) {
            X509Source source = mesh.source(a);

            mesh.trust(foreign.bundle("foreign"));

            assertThat(context(source).bundles().bundle(TrustDomain.parse("foreign")))
                    .contains(foreign.bundle("foreign"));
            X509Bundle own = mesh.bundle("other");
            assertThatIllegalArgumentException().isThrownBy(() -> mesh.trust(own));
        }
    }

    @Test
    void rotateRoot_newRootUsed_oldTrustedUntilRetired() {
        X509Source source = mesh.source(a);
        X509Bundle before = mesh.bundle("test");
        List<Integer> trusted = new CopyOnWriteArrayList<>();
        source.subscribe(() -> trusted.add(context(source)
                .bundles()
                .bundle(a.trustDomain())
                .orElseThrow()
                .authorities()
                .size()));

        mesh.rotateRoot("test");

        X509Bundle both = mesh.bundle("test");
        assertThat(both.authorities()).hasSize(2).containsAll(before.authorities());
        assertThat(trusted).isNotEmpty().allMatch(count -> count == 2);
        assertThat(context(source).bundles().bundle(a.trustDomain())).contains(both);
        assertThat(mesh.svid(a).leaf().getIssuerX500Principal())
                .isNotEqualTo(before.authorities().get(0).getSubjectX500Principal());
        assertThatIllegalStateException().isThrownBy(() -> mesh.rotateRoot("test"));

        mesh.retireRoot("test");

        assertThat(context(source)
                        .bundles()
                        .bundle(a.trustDomain())
                        .orElseThrow()
                        .authorities())
                .hasSize(1)
                .doesNotContainAnyElementsOf(before.authorities());
        mesh.rotateRoot("test");
    }

    @Test
    void breakUpdate_lastGoodStays_withTheReason() {
        X509Source source = mesh.source(a);
        X509Context before = context(source);

        mesh.breakUpdate(a);

        assertThat(context(source)).isSameAs(before);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.STALE);
        assertThat(source.state().health().lastError().map(SourceHealth.SourceError::reason))
                .contains(FailureReason.NO_IDENTITY);
    }

    @Test
    void revoke_allSourcesGetTheCrl() {
        SpiffeId b = mesh.identity("spiffe://other/b");
        X509Source source = mesh.source(b);

        mesh.revoke(a);

        assertThat(context(source).crls())
                .anyMatch(crl -> crl.isRevoked(mesh.svid(a).leaf()));
        mesh.rotate(a);
        assertThat(context(source).crls())
                .noneMatch(crl -> crl.isRevoked(mesh.svid(a).leaf()));
    }

    @Test
    void mtls_closedWithTheMesh() throws Exception {
        Mtls mtls;
        X509Source source;
        try (TestMesh brief = TestMesh.create("test")) {
            mtls = brief.mtls(a);
            source = brief.source(a);
            assertThat(mtls.context().svid().id()).isEqualTo(a);
        }
        assertThat(mtls.health().source().state()).isEqualTo(SourceHealth.State.CLOSED);
        assertThat(source.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }

    @Test
    void mtls_clockMoved_identityExpires() {
        Mtls mtls = mesh.mtls(a);

        mesh.clock().advance(Duration.ofMinutes(61));

        assertThat(mtls.health().source().state()).isEqualTo(SourceHealth.State.EXPIRED);
    }

    /** A mesh of the class: what a test made is closed after it, what was made before stays. */
    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class OfTheClass {
        @RegisterExtension
        static final TestMesh mesh = TestMesh.create("test");

        private static final SpiffeId ID = mesh.identity("spiffe://test/a");
        private static final X509Source OF_CLASS = mesh.source(ID);
        private static Optional<X509Source> ofTest = Optional.empty();

        @Test
        void first() {
            ofTest = Optional.of(mesh.source(ID));
        }

        @Test
        void second() {
            assertThat(ofTest.orElseThrow().state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
            assertThat(OF_CLASS.state().health().state()).isEqualTo(SourceHealth.State.HEALTHY);
        }
    }

    @Test
    void staticField_livesAsLongAsTheClass() {
        JUnitRun run = JUnitRun.of(OfTheClass.class);

        assertThat(run.outcomes())
                .containsEntry("first()", Optional.empty())
                .containsEntry("second()", Optional.empty());
        assertThat(OfTheClass.OF_CLASS.state().health().state()).isEqualTo(SourceHealth.State.CLOSED);
    }
}
