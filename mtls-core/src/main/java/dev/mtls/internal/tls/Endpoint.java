package dev.mtls.internal.tls;

import dev.mtls.identity.Role;
import dev.mtls.policy.PeerPolicy;
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
    /** Which policy applies to a target. */
    @FunctionalInterface
    public interface PolicySelector {
        /** The policy for connections to this target, or from anywhere on a server. */
        PeerPolicy policyFor(@Nullable String host, int port);
    }

    /** What is in force: a snapshot with the provider chosen for it. */
    public record Current(VerifiedChains chains, ProviderKind provider) {}

    private final Role role;
    private final TlsProfile profile;
    private final Clock clock;
    private final Supplier<Current> current;
    private final ConnectionObserver observer;
    private final AtomicReference<PolicySelector> policies;
    private final AtomicReference<@Nullable Bindings> bindings = new AtomicReference<>();

    /** The bindings of one snapshot and one selector, made as targets are met. */
    private record Bindings(Current current, PolicySelector policies, ConcurrentMap<PeerPolicy, Binding> byPolicy) {}

    /** Makes an endpoint; nothing is bound before the first engine. */
    public Endpoint(
            Role role,
            PolicySelector policies,
            TlsProfile profile,
            Clock clock,
            Supplier<Current> current,
            ConnectionObserver observer) {
        this.role = role;
        this.policies = new AtomicReference<>(policies);
        this.profile = profile;
        this.clock = clock;
        this.current = current;
        this.observer = observer;
    }

    /** Our side. */
    public Role role() {
        return role;
    }

    /** The policy now in force for a target. */
    public PeerPolicy policyFor(@Nullable String host, int port) {
        return policies.get().policyFor(host, port);
    }

    /** Replaces the policies for the handshakes that start from now on. */
    public void replacePolicies(PolicySelector replacement) {
        policies.set(replacement);
    }

    /** An endpoint whose policies are those of this one, now and after each replacement, each narrowed by another. */
    public Endpoint narrowedBy(PeerPolicy narrower) {
        return new Endpoint(role, new Narrowed(this, narrower), profile, clock, current, observer);
    }

    /** Makes the same object of the same policy: by their objects, policies are told apart. */
    private static final class Narrowed implements PolicySelector {
        private final Endpoint wide;
        private final PeerPolicy narrower;
        private final AtomicReference<@Nullable Made> made = new AtomicReference<>();

        /** What was made of the policies of one selector, of which it has few. */
        private record Made(PolicySelector selector, ConcurrentMap<PeerPolicy, PeerPolicy> narrowed) {}

        Narrowed(Endpoint wide, PeerPolicy narrower) {
            this.wide = wide;
            this.narrower = narrower;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // The very same selector: it has been replaced, or it has not.
        public PeerPolicy policyFor(@Nullable String host, int port) {
            PolicySelector selector = wide.policies.get();
            Made last = made.get();
            if (last == null || last.selector() != selector) {
                last = new Made(selector, new ConcurrentHashMap<>());
                made.set(last);
            }
            return last.narrowed()
                    .computeIfAbsent(selector.policyFor(host, port), policy -> PeerPolicy.allOf(policy, narrower));
        }
    }

    /** A new engine, bound to what is in force now. */
    public MtlsEngine newEngine(@Nullable String host, int port) {
        return new MtlsEngine(this, bind(host, port), host, port, observer, clock);
    }

    @SuppressWarnings("ReferenceEquality") // The very same objects: they have been replaced, or they have not.
    private Binding bind(@Nullable String host, int port) {
        Current now = current.get();
        PolicySelector selector = policies.get();
        Bindings last = bindings.get();
        if (last == null || last.current() != now || last.policies() != selector) {
            last = new Bindings(now, selector, new ConcurrentHashMap<>());
            bindings.set(last);
        }
        PeerPolicy policy = selector.policyFor(host, port);
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
