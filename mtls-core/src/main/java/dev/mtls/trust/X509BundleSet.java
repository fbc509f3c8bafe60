package dev.mtls.trust;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.TrustDomain;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Bundles by trust domain. A peer is judged by the bundle of its own trust domain alone (Workload API §4.6, Federation §4.2).
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class X509BundleSet {
    private final SortedMap<TrustDomain, X509Bundle> bundles;

    private X509BundleSet(SortedMap<TrustDomain, X509Bundle> bundles) {
        this.bundles = bundles;
    }

    /**
     * Makes a set of bundles.
     *
     * @throws IllegalArgumentException if two of them are of one trust domain
     */
    public static X509BundleSet of(X509Bundle... bundles) {
        return of(List.of(bundles));
    }

    /**
     * Makes a set of bundles.
     *
     * @throws IllegalArgumentException if two of them are of one trust domain
     */
    public static X509BundleSet of(Collection<X509Bundle> bundles) {
        TreeMap<TrustDomain, X509Bundle> byTrustDomain = new TreeMap<>();
        for (X509Bundle bundle : requireNonNull(bundles, "bundles")) {
            if (byTrustDomain.putIfAbsent(bundle.trustDomain(), bundle) != null) {
                throw new IllegalArgumentException(
                        "bundles: two of trust domain " + bundle.trustDomain() + " (expected: one each)");
            }
        }
        return new X509BundleSet(byTrustDomain);
    }

    /** This set with the bundle added, or put in the place of its trust domain's. */
    public X509BundleSet with(X509Bundle bundle) {
        TreeMap<TrustDomain, X509Bundle> copy = new TreeMap<>(bundles);
        copy.put(bundle.trustDomain(), bundle);
        return new X509BundleSet(copy);
    }

    /** This set without the bundle of the trust domain. */
    public X509BundleSet without(TrustDomain trustDomain) {
        TreeMap<TrustDomain, X509Bundle> copy = new TreeMap<>(bundles);
        copy.remove(requireNonNull(trustDomain, "trustDomain"));
        return new X509BundleSet(copy);
    }

    /** The bundle of the trust domain, or empty if there is none. */
    public Optional<X509Bundle> bundle(TrustDomain trustDomain) {
        return Optional.ofNullable(bundles.get(requireNonNull(trustDomain, "trustDomain")));
    }

    /** All bundles, in the order of their trust domains' names. */
    public Collection<X509Bundle> bundles() {
        return Collections.unmodifiableCollection(bundles.values());
    }

    /** The trust domains, in the order of their names. */
    public Set<TrustDomain> trustDomains() {
        return Collections.unmodifiableSet(bundles.keySet());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof X509BundleSet that && bundles.equals(that.bundles);
    }

    @Override
    public int hashCode() {
        return bundles.hashCode();
    }

    @Override
    public String toString() {
        return "X509BundleSet" + bundles.values();
    }
}
