package dev.mtls.identity;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A Kubernetes service account as a mesh names it: {@code spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT}, the form that
 * Istio and SPIRE's Kubernetes registrars issue.
 *
 * <p>The names are held to the rules of SPIFFE path segments, which are wider than those of Kubernetes: what exists in
 * a cluster is the cluster's business. From an ID and back gives the same ID.
 *
 * @param trustDomain the trust domain of the cluster
 * @param namespace the namespace, one valid path segment
 * @param account the name of the service account, one valid path segment
 */
public record KubernetesServiceAccount(TrustDomain trustDomain, String namespace, String account) {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the namespace or the account is not a valid path segment, or the ID would
     *     be longer than {@link SpiffeId#MAX_LENGTH}
     */
    public KubernetesServiceAccount {
        requireNonNull(trustDomain, "trustDomain");
        checkSegment("namespace", requireNonNull(namespace, "namespace"));
        checkSegment("account", requireNonNull(account, "account"));
        SpiffeId.of(trustDomain, "ns", namespace, "sa", account);
    }

    /** The service account that the ID names, or empty if its path has another form. */
    public static Optional<KubernetesServiceAccount> from(SpiffeId id) {
        String[] parts = requireNonNull(id, "id").path().split("/", -1);
        if (parts.length != 5 || !parts[1].equals("ns") || !parts[3].equals("sa")) {
            return Optional.empty();
        }
        return Optional.of(new KubernetesServiceAccount(id.trustDomain(), parts[2], parts[4]));
    }

    private static void checkSegment(String name, String value) {
        String violation = Syntax.segmentViolation(value);
        if (violation != null) {
            throw Syntax.malformed(name, value, violation);
        }
    }

    /** The SPIFFE ID of this service account. */
    public SpiffeId id() {
        return SpiffeId.of(trustDomain, "ns", namespace, "sa", account);
    }
}
