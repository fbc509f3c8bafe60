package dev.mtls.identity;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A Kubernetes service account as a mesh names it: {@code spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT}, the form that Istio
 * and SPIRE's Kubernetes registrars issue.
 *
 * @param trustDomain the trust domain of the cluster
 * @param namespace the namespace, one valid path segment
 * @param account the name of the service account, one valid path segment
 */
public record KubernetesServiceAccount(TrustDomain trustDomain, String namespace, String account) {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the namespace or the account is not a valid path segment
     */
    public KubernetesServiceAccount {
        requireNonNull(trustDomain, "trustDomain");
        Syntax.checkSegment(requireNonNull(namespace, "namespace"), namespace);
        Syntax.checkSegment(requireNonNull(account, "account"), account);
    }

    /** The service account that the ID names, or empty if its path has another form. */
    public static Optional<KubernetesServiceAccount> from(SpiffeId id) {
        String[] parts = id.path().split("/", -1);
        if (parts.length != 5 || !parts[1].equals("ns") || !parts[3].equals("sa")) {
            return Optional.empty();
        }
        return Optional.of(new KubernetesServiceAccount(id.trustDomain(), parts[2], parts[4]));
    }

    /** The SPIFFE ID of this service account. */
    public SpiffeId id() {
        return SpiffeId.of(trustDomain, "ns", namespace, "sa", account);
    }
}
