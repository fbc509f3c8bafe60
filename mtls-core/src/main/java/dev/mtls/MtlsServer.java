package dev.mtls;

import dev.mtls.internal.tls.Endpoint;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import javax.net.ssl.SSLContext;

/**
 * The server's side: connections from clients that a policy allows.
 *
 * <p>Safe for use by several threads.
 */
public final class MtlsServer {
    private final Mtls mtls;
    private final Endpoint endpoint;
    private final SSLContext sslContext;

    MtlsServer(Mtls mtls, Endpoint endpoint) {
        this.mtls = mtls;
        this.endpoint = endpoint;
        this.sslContext = endpoint.sslContext();
    }

    /**
     * A standard {@code SSLContext} for anything that takes one. Each engine and socket it makes presents the identity of that moment
     * and demands a client certificate that the policy allows; no setting of a framework turns that off. Nothing is resumed.
     *
     * <p>ALPN passes through to the provider. Where client and server have no protocol in common, SunJSSE fails the handshake and
     * Conscrypt goes on without one.
     */
    public SSLContext sslContext() {
        return sslContext;
    }

    /** The identity and connections that this server belongs to. */
    public Mtls mtls() {
        return mtls;
    }

    /**
     * Replaces the policy, for new connections and for those that live: the ones whose client it does not allow are cut, within a
     * second.
     */
    public void replacePolicy(PeerPolicy policy) {
        endpoint.replacePolicies(TargetPolicies.all(policy)::policyFor);
        mtls.checkConnections();
    }
}
