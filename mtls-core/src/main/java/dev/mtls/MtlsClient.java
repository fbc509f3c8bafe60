package dev.mtls;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.tls.Endpoint;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.PolicyDecision;
import dev.mtls.policy.TargetPolicies;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The client's side: connections to servers that a policy allows.
 *
 * <p>Safe for use by several threads.
 */
public final class MtlsClient {
    private static final int MAX_REMEMBERED = 1000;

    private final Mtls mtls;
    private final Endpoint endpoint;
    private final @Nullable SpiffeId expected;
    private final SSLContext sslContext;
    private final Cache<SpiffeId, MtlsClient> expecting =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    MtlsClient(Mtls mtls, Endpoint endpoint) {
        this(mtls, endpoint, null);
    }

    private MtlsClient(Mtls mtls, Endpoint endpoint, @Nullable SpiffeId expected) {
        this.mtls = mtls;
        this.endpoint = endpoint;
        this.expected = expected;
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
     * This client, narrowed to one server: of the servers that the policy allows, now or later, only this one. It has contexts and
     * connections of its own, and the policy of the client that it comes from.
     *
     * @throws IllegalArgumentException if the ID has no path
     * @throws IllegalStateException if this client expects another ID already
     */
    public MtlsClient expecting(SpiffeId server) {
        requireNonNull(server, "server");
        if (expected != null) {
            if (server.equals(expected)) {
                return this;
            }
            throw new IllegalStateException("server: " + server + " (this client expects " + expected + " already)");
        }
        PeerPolicy only = PeerPolicy.id(server);
        return expecting.get(server, id -> new MtlsClient(mtls, endpoint.narrowedBy(only), id));
    }

    /**
     * Whether the policy now in force allows a server at a target, and why.
     *
     * @param host the host that the client connects to, or null if it is not known
     * @param port the port, or less than 1 if it is not known
     * @throws IllegalArgumentException if there is no policy for the target
     */
    public PolicyDecision decide(@Nullable String host, int port, SpiffeId server) {
        return endpoint.policyFor(host, port).decide(server);
    }

    /**
     * Replaces the policy, for new connections and for those that live: the ones whose server it does not allow are cut, within a
     * second.
     *
     * @throws IllegalStateException if this client was {@linkplain #expecting narrowed}: it follows the client that it comes from
     */
    public void replacePolicy(PeerPolicy policy) {
        replacePolicies(TargetPolicies.all(policy));
    }

    /**
     * Replaces the expectations, like {@link #replacePolicy}. A live connection to a target that has none is cut.
     *
     * @throws IllegalStateException if this client was {@linkplain #expecting narrowed}: it follows the client that it comes from
     */
    public void replacePolicies(TargetPolicies policies) {
        requireNonNull(policies, "policies");
        if (expected != null) {
            throw new IllegalStateException(
                    "this client is narrowed to " + expected + ": replace the policy of the client that it comes from");
        }
        endpoint.replacePolicies(policies::policyFor);
        mtls.checkConnections();
    }
}
