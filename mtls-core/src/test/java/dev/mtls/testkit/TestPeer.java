package dev.mtls.testkit;

import dev.mtls.Mtls;
import dev.mtls.event.MtlsEvent;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.security.cert.X509CRL;
import java.time.Clock;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/** A workload with an identity of a {@link TestCa}, all of whose events are kept. */
public final class TestPeer implements AutoCloseable {
    private final Clock clock;
    private final InMemorySource source;
    private final Mtls mtls;
    private final Queue<MtlsEvent> events = new ConcurrentLinkedQueue<>();

    public TestPeer(TestCa ca, String id, TlsProvider provider, String protocol) throws Exception {
        this(ca.leaf(id).svid(Clock.systemUTC()), ca, provider, protocol, Clock.systemUTC(), builder -> builder);
    }

    public TestPeer(
            X509Svid svid,
            TestCa ca,
            TlsProvider provider,
            String protocol,
            Clock clock,
            UnaryOperator<Mtls.Builder> settings)
            throws Exception {
        this.clock = clock;
        source = InMemorySource.of(X509Update.of(svid, X509BundleSet.of(ca.bundle())), clock);
        mtls = settings.apply(Mtls.builder(source)
                        .provider(provider)
                        .profile(TlsProfile.november2026().onlyProtocols(protocol))
                        .clock(clock)
                        .addListener(events::add))
                .build();
    }

    public Mtls mtls() {
        return mtls;
    }

    public InMemorySource source() {
        return source;
    }

    public void publish(X509Svid svid, X509BundleSet bundles, X509CRL... crls) throws Exception {
        source.publish(new X509Update(List.of(svid), bundles, List.of(crls)));
    }

    public void rotate(TestCa ca) throws Exception {
        publish(
                ca.leaf(mtls.context().svid().id().toString()).svid(clock),
                mtls.context().bundles());
    }

    public <T extends MtlsEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void close() {
        mtls.close();
    }
}
