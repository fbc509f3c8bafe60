package dev.mtls.ca;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.math.BigInteger;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that changes in a hierarchy, at one moment. Immutable.
 *
 * @param rotation how far the rotation of the root is
 * @param prepared the new root while it is trusted and not used; null otherwise
 * @param issuers of each node, parents first: the one in use, then those before it whose certificates may still be in use
 * @param bundles the trust domain's own bundle and those of the others that it is federated with
 * @param revocation null until something is revoked
 */
record State(
        RootRotation rotation,
        @Nullable Signer prepared,
        Map<Node, List<Issuer>> issuers,
        X509BundleSet bundles,
        @Nullable Revocation revocation) {

    /**
     * What the CRLs in force have in common.
     *
     * @param number of the newest (RFC 5280 §5.2.3)
     * @param foreign CRLs of issuers whose keys are elsewhere
     * @param refreshAt when all of the own ones are due
     */
    record Revocation(BigInteger number, List<X509CRL> foreign, Instant refreshAt) {}

    State {
        issuers = Collections.unmodifiableMap(new LinkedHashMap<>(issuers));
    }

    Signer signer(Node node) {
        return issuer(node).signer();
    }

    /** The one in use. */
    Issuer issuer(Node node) {
        return issuersOf(node).get(0);
    }

    List<Issuer> issuersOf(Node node) {
        List<Issuer> found = issuers.get(node);
        if (found == null) {
            throw new IllegalStateException("the node is not of this hierarchy");
        }
        return found;
    }

    List<X509CRL> crls() {
        if (revocation == null) {
            return List.of();
        }
        List<X509CRL> crls = new ArrayList<>();
        for (List<Issuer> ofNode : issuers.values()) {
            for (Issuer issuer : ofNode) {
                if (issuer.crl() != null) {
                    crls.add(issuer.crl());
                }
            }
        }
        crls.addAll(revocation.foreign());
        return List.copyOf(crls);
    }

    List<X509Certificate> roots(TrustDomain trustDomain) {
        return bundles.bundle(trustDomain).orElseThrow().authorities();
    }

    State withRotation(RootRotation step, @Nullable Signer newPrepared) {
        return new State(step, newPrepared, issuers, bundles, revocation);
    }

    State withRoots(TrustDomain trustDomain, List<X509Certificate> roots) {
        return withBundles(bundles.with(bundle(trustDomain, roots)));
    }

    State withBundles(X509BundleSet newBundles) {
        return new State(rotation, prepared, issuers, newBundles, revocation);
    }

    /** With an issuer put in use; the one before stays, for what it issued. */
    State withIssuer(Node node, Issuer issuer) {
        List<Issuer> all = new ArrayList<>();
        all.add(issuer);
        all.addAll(issuers.getOrDefault(node, List.of()));
        return withIssuers(node, all);
    }

    State withIssuers(Node node, List<Issuer> replacement) {
        Map<Node, List<Issuer>> changed = new LinkedHashMap<>(issuers);
        changed.put(node, List.copyOf(replacement));
        return new State(rotation, prepared, changed, bundles, revocation);
    }

    /** Without the issuers, other than those in use, that have expired or whose root is not trusted any more. */
    State pruned(TrustDomain trustDomain, Instant now) {
        List<X509Certificate> roots = roots(trustDomain);
        return withAllIssuers(ofNode -> {
            List<Issuer> kept = new ArrayList<>(ofNode.subList(0, 1));
            for (Issuer former : ofNode.subList(1, ofNode.size())) {
                Signer signer = former.signer();
                if (now.isBefore(signer.notAfter()) && roots.contains(signer.root())) {
                    kept.add(former);
                }
            }
            return kept;
        });
    }

    /** With the issuers of each node replaced by what the function makes of them. */
    State withAllIssuers(UnaryOperator<List<Issuer>> replacement) {
        Map<Node, List<Issuer>> changed = new LinkedHashMap<>(issuers);
        changed.replaceAll((node, ofNode) -> List.copyOf(replacement.apply(ofNode)));
        return new State(rotation, prepared, changed, bundles, revocation);
    }

    State withRevocation(Revocation newRevocation) {
        return new State(rotation, prepared, issuers, bundles, newRevocation);
    }

    static X509Bundle bundle(TrustDomain trustDomain, List<X509Certificate> roots) {
        try {
            return X509Bundle.of(trustDomain, roots);
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("the roots of " + trustDomain + " make no bundle", e);
        }
    }
}
