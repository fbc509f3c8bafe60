package dev.mtls.examples.quickstart;

import dev.mtls.Mtls;
import dev.mtls.ca.CaSource;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.ca.SvidRequest;
import dev.mtls.event.MtlsListener;
import dev.mtls.identity.SpiffeId;
import java.io.IOException;
import java.time.Duration;

/** One service: an identity that renews itself, and the mutual TLS made of it. */
final class Workload implements AutoCloseable {
    private static final Duration RENEWAL = Duration.ofSeconds(1);
    private static final Duration LIFE = Duration.ofMinutes(1);

    private final SpiffeId id;
    private final Mtls mtls;

    Workload(CertificateAuthority authority, String path, MtlsListener listener) throws IOException {
        id = authority.trustDomain().id(path.split("/"));
        CaSource source = CaSource.builder(authority, SvidRequest.of(id).withTtl(LIFE))
                .renewEvery(RENEWAL)
                .build();
        mtls = Mtls.builder(source).addListener(listener).build();
    }

    SpiffeId id() {
        return id;
    }

    Mtls mtls() {
        return mtls;
    }

    @Override
    public void close() {
        mtls.close();
    }
}
