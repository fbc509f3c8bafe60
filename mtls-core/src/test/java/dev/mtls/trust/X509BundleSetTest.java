package dev.mtls.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.identity.TrustDomain;
import dev.mtls.testkit.TestCa;
import org.junit.jupiter.api.Test;

class X509BundleSetTest {
    private static final TrustDomain A = TrustDomain.parse("a.example");
    private static final TrustDomain B = TrustDomain.parse("b.example");

    private final X509Bundle a = TestCa.root("a.example").bundle();
    private final X509Bundle b = TestCa.root("b.example").bundle();

    @Test
    void bundle_ofTheTrustDomainAlone() {
        X509BundleSet set = X509BundleSet.of(b, a);

        assertThat(set.bundle(A)).containsSame(a);
        assertThat(set.bundle(B)).containsSame(b);
        assertThat(set.bundle(TrustDomain.parse("sub.a.example"))).isEmpty();
        assertThat(set.trustDomains()).containsExactly(A, B);
        assertThat(set.bundles()).containsExactly(a, b);
    }

    @Test
    void of_twoBundlesOfOneTrustDomain_throws() {
        X509Bundle other = TestCa.root("a.example").bundle();

        assertThatThrownBy(() -> X509BundleSet.of(a, b, other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.example");
    }

    @Test
    void with_replacesAndAdds_leavesTheOriginal() {
        X509BundleSet set = X509BundleSet.of(a);
        X509Bundle other = TestCa.root("a.example").bundle();

        assertThat(set.with(b).bundles()).containsExactly(a, b);
        assertThat(set.with(other).bundles()).containsExactly(other);
        assertThat(set.bundles()).containsExactly(a);
    }

    @Test
    void without_removes_leavesTheOriginal() {
        X509BundleSet set = X509BundleSet.of(a, b);

        assertThat(set.without(A).bundles()).containsExactly(b);
        assertThat(set.without(TrustDomain.parse("c.example"))).isEqualTo(set);
        assertThat(set.bundles()).containsExactly(a, b);
    }

    @Test
    void views_areUnmodifiable() {
        X509BundleSet set = X509BundleSet.of(a);

        assertThatThrownBy(() -> set.bundles().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> set.trustDomains().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void equality_isThatOfTheBundles() {
        assertThat(X509BundleSet.of(a, b)).isEqualTo(X509BundleSet.of(b, a)).hasSameHashCodeAs(X509BundleSet.of(b, a));
        assertThat(X509BundleSet.of(a)).isNotEqualTo(X509BundleSet.of(b)).isNotEqualTo(X509BundleSet.of());
        assertThat(X509BundleSet.of(a)).hasToString("X509BundleSet[X509Bundle[a.example, 1 authorities]]");
    }
}
