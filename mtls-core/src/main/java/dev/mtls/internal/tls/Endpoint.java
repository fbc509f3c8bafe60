package dev.mtls.internal.tls;

import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.PolicyDecision;
import dev.mtls.policy.TargetPolicies;
import dev.mtls.tls.TlsProfile;
import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One use of an identity: a client or a server with its policy. Makes engines, each bound to what is in force at that moment.
 *
 * <p>Safe for use by several threads.
 */
public final class Endpoint {
    /** What is in force: a snapshot with the provider chosen for it. */
    public record Current(VerifiedChains chains, ProviderKind provider) {}

    private final Role role;
    private final TlsProfile profile;
    private final Clock clock;
    private final Supplier<Current> current;
    private final ConnectionObserver observer;
    private final Supplier<TargetPolicies> policies;
    private final @Nullable AtomicReference<TargetPolicies> replaceable;
    private final AtomicReference<@Nullable Bindings> bindings = new AtomicReference<>();

    /** The bindings of one snapshot and one policies, made as targets are met. */
    private record Bindings(Current current, TargetPolicies policies, ConcurrentMap<PeerPolicy, Binding> byPolicy) {}

    /** Makes an endpoint; nothing is bound before the first engine. */
    public Endpoint(
            Role role,
            TargetPolicies policies,
            TlsProfile profile,
            Clock clock,
            Supplier<Current> current,
            ConnectionObserver observer) {
        this.role = role;
        this.replaceable = new AtomicReference<>(policies);
        this.policies = replaceable::get;
        this.profile = profile;
        this.clock = clock;
        this.current = current;
        this.observer = observer;
    }

    private Endpoint(Endpoint wide, PeerPolicy narrower) {
        this.role = wide.role;
        this.replaceable = null;
        this.policies = new Narrowed(wide.policies, narrower);
        this.profile = wide.profile;
        this.clock = wide.clock;
        this.current = wide.current;
        this.observer = wide.observer;
    }

    /** What other policies allow and one more policy too. Made once of each: policies are told apart by their objects. */
    private static final class Narrowed implements Supplier<TargetPolicies> {
        private final Supplier<TargetPolicies> wide;
        private final PeerPolicy narrower;
        private final AtomicReference<@Nullable Made> last = new AtomicReference<>();

        private record Made(TargetPolicies wide, TargetPolicies narrow) {}

        Narrowed(Supplier<TargetPolicies> wide, PeerPolicy narrower) {
            this.wide = wide;
            this.narrower = narrower;
        }

        @Override
        public TargetPolicies get() {
            TargetPolicies now = wide.get();
            Made made = last.get();
            if (made == null || made.wide() != now) {
                made = new Made(now, now.narrowedBy(narrower));
                last.set(made);
            }
            return made.narrow();
        }
    }

    /** Our side. */
    public Role role() {
        return role;
    }

    /** The policy now in force for a target. */
    public PeerPolicy policyFor(@Nullable String host, int port) {
        return policies.get().policyFor(host, port);
    }

    /** Whether the policy now in force for a target allows a peer. A target without a policy is refused. */
    public PolicyDecision decide(@Nullable String host, int port, SpiffeId peer) {
        return policies.get().decide(host, port, peer);
    }

    /**
     * Replaces the policies for the handshakes that start from now on, here and in endpoints that were narrowed from this one.
     *
     * @throws IllegalStateException if this endpoint was narrowed from another
     */
    public void replacePolicies(TargetPolicies replacement) {
        if (replaceable == null) {
            throw new IllegalStateException(
                    "the policies of a narrowed client follow those of the one it comes from (expected: replace them there)");
        }
        replaceable.set(replacement);
    }

    /** This endpoint with policies narrowed by another. */
    public Endpoint narrowedBy(PeerPolicy narrower) {
        return new Endpoint(this, narrower);
    }

    /** A new engine, bound to what is in force now. */
    public MtlsEngine newEngine(@Nullable String host, int port) {
        return new MtlsEngine(this, bind(host, port), host, port, observer, clock);
    }

    private Binding bind(@Nullable String host, int port) {
        Current now = current.get();
        TargetPolicies inForce = policies.get();
        Bindings last = bindings.get();
        if (last == null || last.current() != now || last.policies() != inForce) {
            last = new Bindings(now, inForce, new ConcurrentHashMap<>());
            bindings.set(last);
        }
        PeerPolicy policy = inForce.policyFor(host, port);
        return last.byPolicy()
                .computeIfAbsent(policy, each -> new Binding(role, now.chains(), each, profile, now.provider()));
    }

    TlsProfile profile() {
        return profile;
    }

    /** The standard {@code SSLContext} that makes its engines and sockets here. */
    public SSLContext sslContext() {
        return new DelegatingSslContext(this);
    }
}
