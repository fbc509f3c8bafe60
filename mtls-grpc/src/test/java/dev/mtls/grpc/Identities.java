package dev.mtls.grpc;

import dev.mtls.Mtls;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.trust.X509BundleSet;
import java.time.Clock;

/** One trust domain with a client and a server. */
final class Identities {
    static final SpiffeId CLIENT = SpiffeId.parse("spiffe://test/client");
    static final SpiffeId SERVER = SpiffeId.parse("spiffe://test/server");

    private final CertificateAuthority authority =
            CertificateAuthority.create(TrustDomain.parse("test"), Clock.systemUTC());

    InMemorySource source(SpiffeId id) throws Exception {
        return InMemorySource.of(update(id), Clock.systemUTC());
    }

    X509Update update(SpiffeId id) throws Exception {
        return X509Update.of(authority.issue(id), X509BundleSet.of(authority.bundle()));
    }

    Mtls mtls(SpiffeId id) throws Exception {
        return Mtls.create(source(id));
    }
}
