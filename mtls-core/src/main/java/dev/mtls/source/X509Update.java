package dev.mtls.source;

import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509BundleSet;
import java.security.cert.X509CRL;
import java.util.List;

/**
 * What a source has received and offers for publication, whole.
 *
 * @param svids the identities, the default one first (Workload API §8)
 * @param bundles the trust bundles; one must be of the default identity's trust domain
 * @param crls the certificate revocation lists; each applies to the certificates of the issuer that signed it
 */
public record X509Update(List<X509Svid> svids, X509BundleSet bundles, List<X509CRL> crls) {
    /** Copies the lists. */
    public X509Update {
        svids = List.copyOf(svids);
        crls = List.copyOf(crls);
    }

    /** An update of one identity, without CRLs. */
    public static X509Update of(X509Svid svid, X509BundleSet bundles) {
        return new X509Update(List.of(svid), bundles, List.of());
    }
}
