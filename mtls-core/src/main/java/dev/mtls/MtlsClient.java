package dev.mtls;

import static java.util.Objects.requireNonNull;

import dev.mtls.internal.tls.Endpoint;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import javax.net.ssl.SSLContext;

/**
 * The client's side: connections to servers that a policy allows.
 *
 * <p>Safe for use by several threads.
 */
public final class MtlsClient {
    private final Mtls mtls;
    private final Endpoint endpoint;
    private final SSLContext sslContext;

    MtlsClient(Mtls mtls, Endpoint endpoint) {
        this.mtls = mtls;
        this.endpoint = endpoint;
        this.sslContext = endpoint.sslContext();
    }

    /**
     * A standard {@code SSLContext} for anything that takes one. Each engine and socket it makes presents the identity of that moment
     * and demands a server that the policy allows; host names are not compared with certificates, since the policy names the server.
     * Nothing is resumed.
     *
     * <p>ALPN passes through to the provider. Where client and server have no protocol in common, SunJSSE fails the handshake and
     * Conscrypt goes on without one.
     */
    public SSLContext sslContext() {
        return sslContext;
    }

    /** The identity and connections that this client belongs to. */
    public Mtls mtls() {
        return mtls;
    }

    /**
     * Replaces the policy, for new connections and for those that live: the ones whose server it does not allow are cut, within a
     * second.
     */
    public void replacePolicy(PeerPolicy policy) {
        replacePolicies(TargetPolicies.all(policy));
    }

    /** Replaces the expectations, like {@link #replacePolicy}. A live connection to a target that has none is cut. */
    public void replacePolicies(TargetPolicies policies) {
        endpoint.replacePolicies(requireNonNull(policies, "policies"));
        mtls.checkConnections();
    }
}
