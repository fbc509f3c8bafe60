package dev.mtls.jetty;

import dev.mtls.Mtls;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/** Two trust domains and the workloads of a test, each with an {@code Mtls} of its own. */
final class Mesh implements AutoCloseable {
    static final SpiffeId SERVER = SpiffeId.parse("spiffe://test/server");
    static final SpiffeId CLIENT = SpiffeId.parse("spiffe://test/client");
    static final SpiffeId STRANGER = SpiffeId.parse("spiffe://other/client");

    final CertificateAuthority test = CertificateAuthority.create(TrustDomain.parse("test"), Clock.systemUTC());
    final CertificateAuthority other = CertificateAuthority.create(TrustDomain.parse("other"), Clock.systemUTC());
    private final List<Workload> workloads = new ArrayList<>();

    /** A workload, its source, and what it reported. */
    static final class Workload {
        final Mtls mtls;
        final InMemorySource source;
        final X509Svid svid;
        final Queue<MtlsEvent> events = new ConcurrentLinkedQueue<>();

        private Workload(X509Svid svid, List<X509Bundle> trusted, UnaryOperator<Mtls.Builder> settings)
                throws Exception {
            this.svid = svid;
            source = InMemorySource.of(X509Update.of(svid, X509BundleSet.of(trusted)), Clock.systemUTC());
            mtls = settings.apply(Mtls.builder(source).addListener(events::add)).build();
        }

        /** Trusts these trust domains alone, from now on. */
        void trust(CertificateAuthority... trusted) {
            List<X509Bundle> bundles = new ArrayList<>();
            for (CertificateAuthority each : trusted) {
                bundles.add(each.bundle());
            }
            try {
                source.publish(X509Update.of(svid, X509BundleSet.of(bundles)));
            } catch (SvidRejectedException e) {
                throw new IllegalStateException(e);
            }
        }

        <T extends MtlsEvent> List<T> events(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    Workload workload(SpiffeId id, TlsProvider provider, String tls) throws Exception {
        return workload(
                id,
                settings -> settings.provider(provider)
                        .profile(TlsProfile.november2026().onlyProtocols(tls)));
    }

    Workload workload(SpiffeId id, UnaryOperator<Mtls.Builder> settings) throws Exception {
        CertificateAuthority ca = test.trustDomain().contains(id) ? test : other;
        Workload workload = new Workload(ca.issue(id), List.of(test.bundle(), other.bundle()), settings);
        workloads.add(workload);
        return workload;
    }

    @Override
    public void close() {
        workloads.forEach(each -> each.mtls.close());
    }
}
