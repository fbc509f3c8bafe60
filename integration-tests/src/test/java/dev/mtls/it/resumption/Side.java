package dev.mtls.it.resumption;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.Role;
import dev.mtls.identity.TrustDomain;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Context;
import dev.mtls.source.X509Update;
import dev.mtls.testing.MovableClock;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * One side of connections: who it is, whom it trusts and allows, and the {@code SSLContext} that lives through all changes of these.
 * What it is and trusts comes from a source in both cases, ours and plain, and peers are judged by the same verifier; only the
 * creation of engines and sockets differs.
 */
abstract class Side implements AutoCloseable {
    final Role role;
    final TlsProvider provider;
    final String protocol;
    final MovableClock clock = MovableClock.running();
    final InMemorySource source;
    private Credential credential;
    private X509BundleSet bundles;

    /** What it takes to make a side. */
    record Settings(
            Role role,
            TlsProvider provider,
            String protocol,
            Credential credential,
            X509BundleSet bundles,
            PeerPolicy policy) {}

    Side(Settings settings) {
        role = settings.role();
        provider = settings.provider();
        protocol = settings.protocol();
        credential = settings.credential();
        bundles = settings.bundles();
        source = InMemorySource.create(clock);
        publish();
    }

    private void publish() {
        try {
            source.publish(X509Update.of(credential.svid(), bundles));
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("the update was refused", e);
        }
    }

    final X509Context snapshot() {
        return source.state().context().orElseThrow();
    }

    final Credential credential() {
        return credential;
    }

    void rotate(Credential next) {
        credential = next;
        publish();
    }

    final void distrust(TrustDomain trustDomain) {
        bundles = bundles.without(trustDomain);
        publish();
    }

    abstract void replacePolicy(PeerPolicy policy);

    abstract SSLContext context();

    /** To be called with each socket that a server socket of the context has accepted. */
    abstract void prepare(SSLSocket accepted);

    /** How many peers were judged so far. */
    abstract int judged();

    /** Waits until a peer was refused for this reason. */
    abstract void awaitRefusal(FailureReason reason);

    @Override
    public abstract void close();
}
