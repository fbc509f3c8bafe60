package dev.mtls.ca;

import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The JDK's own judgement, independent of this library's. */
final class Paths {
    private Paths() {}

    /** Validates as RFC 5280 §6 says; throws if the path is not valid. */
    static void validate(X509Svid svid, X509Bundle bundle, Instant at) throws Exception {
        validate(svid.chain(), bundle, at, List.of());
    }

    /** With CRLs, each certificate's revocation status must be known. */
    static void validate(List<X509Certificate> chain, X509Bundle bundle, Instant at, List<X509CRL> crls)
            throws Exception {
        Set<TrustAnchor> anchors = bundle.authorities().stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setDate(Date.from(at));
        parameters.setRevocationEnabled(!crls.isEmpty());
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
    }
}
