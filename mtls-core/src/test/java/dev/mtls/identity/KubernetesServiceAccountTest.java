package dev.mtls.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesServiceAccountTest {
    private static final TrustDomain CLUSTER = TrustDomain.parse("cluster.local");

    @Test
    void from_idOfServiceAccount_givesItsParts() {
        SpiffeId id = SpiffeId.parse("spiffe://cluster.local/ns/pay/sa/api");

        assertThat(KubernetesServiceAccount.from(id)).hasValueSatisfying(account -> {
            assertThat(account.trustDomain()).isEqualTo(CLUSTER);
            assertThat(account.namespace()).isEqualTo("pay");
            assertThat(account.account()).isEqualTo("api");
            assertThat(account.id()).isEqualTo(id);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spiffe://td",
                "spiffe://td/ns",
                "spiffe://td/ns/pay/sa",
                "spiffe://td/ns/pay/sa/api/extra",
                "spiffe://td/sa/api/ns/pay",
                "spiffe://td/NS/pay/sa/api",
                "spiffe://td/ns/pay/SA/api",
                "spiffe://td/x/ns/pay/sa/api",
                "spiffe://td/workload"
            })
    void from_otherId_empty(String id) {
        assertThat(KubernetesServiceAccount.from(SpiffeId.parse(id))).isEmpty();
    }

    @Test
    void id_ofServiceAccount_hasTheFormOfIstio() {
        assertThat(new KubernetesServiceAccount(CLUSTER, "pay", "api").id())
                .hasToString("spiffe://cluster.local/ns/pay/sa/api");
    }

    @Test
    void from_ownId_roundTrips() {
        KubernetesServiceAccount account = new KubernetesServiceAccount(CLUSTER, "kube-system", "default.v1_2");

        assertThat(KubernetesServiceAccount.from(account.id())).contains(account);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/sa/b", "a b", "*"})
    void new_invalidNamespaceOrAccount_refusedByName(String segment) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KubernetesServiceAccount(CLUSTER, segment, "api"))
                .withMessageStartingWith("namespace: \"" + segment + "\": ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KubernetesServiceAccount(CLUSTER, "pay", segment))
                .withMessageStartingWith("account: \"" + segment + "\": ");
    }

    @Test
    void new_tooLongForAnId_refusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KubernetesServiceAccount(CLUSTER, "a".repeat(1100), "b".repeat(1100)))
                .withMessageContaining("expected: at most 2048");
    }

    @Test
    void new_null_namesTheParameter() {
        assertThatNullPointerException()
                .isThrownBy(() -> new KubernetesServiceAccount(null, "a", "b"))
                .withMessage("trustDomain");
        assertThatNullPointerException()
                .isThrownBy(() -> new KubernetesServiceAccount(CLUSTER, null, "b"))
                .withMessage("namespace");
        assertThatNullPointerException()
                .isThrownBy(() -> new KubernetesServiceAccount(CLUSTER, "a", null))
                .withMessage("account");
        assertThatNullPointerException()
                .isThrownBy(() -> KubernetesServiceAccount.from(null))
                .withMessage("id");
    }
}
