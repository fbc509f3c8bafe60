package dev.mtls.internal.tls;

import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.X509Context;
import dev.mtls.tls.TlsProfile;
import dev.mtls.verify.VerifiedPeer;
import dev.mtls.verify.X509SvidVerifier;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** What a handshake is bound to from its first to its last byte: one snapshot, one policy, one provider. Immutable. */
public final class Binding {
    private final Role role;
    private final VerifiedChains chains;
    private final PeerPolicy policy;
    private final TlsProfile profile;
    private final EngineFactory engines;

    Binding(Role role, VerifiedChains chains, PeerPolicy policy, TlsProfile profile, ProviderKind provider) {
        this.role = role;
        this.chains = chains;
        this.policy = policy;
        this.profile = profile;
        this.engines = provider.engines(this);
    }

    /** Our side. */
    public Role role() {
        return role;
    }

    /** The snapshot. */
    public X509Context context() {
        return chains.context();
    }

    /** Who may connect. */
    public PeerPolicy policy() {
        return policy;
    }

    TlsProfile profile() {
        return profile;
    }

    /** Verifies the peer's chain and asks the policy. */
    public VerifiedPeer verify(List<X509Certificate> chain) throws PeerVerificationException {
        VerifiedPeer verified = chains.verify(chain, role.peer());
        X509SvidVerifier.authorize(verified.id(), policy, role.peer());
        return verified;
    }

    /** A provider's engine for one connection, with the profile and the demand for a client certificate applied. */
    SSLEngine newEngine(@Nullable String host, int port) {
        SSLEngine engine = engines.create(host, port);
        engine.setUseClientMode(role == Role.CLIENT);
        ProfileCeiling.apply(profile, engine, role);
        return engine;
    }

    EngineFactory engines() {
        return engines;
    }
}
