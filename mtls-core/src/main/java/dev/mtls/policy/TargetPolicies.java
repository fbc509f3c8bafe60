package dev.mtls.policy;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whom a client expects at which target: a {@link PeerPolicy} per host, or per host and port.
 *
 * <p>An X.509-SVID need not name a host. Without an expectation for each target, any peer that is allowed at all can
 * stand in for any other. A target that has none is refused, unless there is an explicit {@linkplain Builder#otherwise
 * policy for the rest}.
 *
 * <p>The first of these that there is counts: the policy of the host and port, that of the host, that for the rest.
 *
 * <ul>
 *   <li>Host names are compared in lower case (of ASCII letters only) and without the dot that a fully qualified
 *       name may end in: {@code pay.example.org}, {@code PAY.example.org} and {@code pay.example.org.} are one target.
 *       Nothing is resolved.
 *   <li>A host name beyond ASCII is given in its ASCII form ({@code xn--…}), in which clients pass it on.
 *   <li>IP addresses are compared as text; brackets around an IPv6 address do not count.
 *   <li>A connection whose host is not known gets the policy for the rest.
 *   <li>A connection whose port is not known, to a host with policies per port, is refused: which one counts cannot
 *     be told.
 * </ul>
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class TargetPolicies {
    private static final int MOST_LISTED = 10;

    private final Map<Target, PeerPolicy> targets;
    private final Set<String> hostsWithPorts;
    private final @Nullable PeerPolicy otherwise;

    private TargetPolicies(Map<Target, PeerPolicy> targets, @Nullable PeerPolicy otherwise) {
        this.targets = new TreeMap<>(targets);
        this.hostsWithPorts = new HashSet<>();
        for (Target target : targets.keySet()) {
            if (target.port() != Target.ANY_PORT) {
                hostsWithPorts.add(target.host());
            }
        }
        this.otherwise = otherwise;
    }

    /** The same expectation at every target, whether or not its name is known. */
    public static TargetPolicies all(PeerPolicy policy) {
        return new TargetPolicies(Map.of(), requireNonNull(policy, "policy"));
    }

    /** A builder without targets, and without a policy for the rest. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The policy that the peer at this target must meet.
     *
     * @param host the host name or IP address that the client connects to, or null if it is not known
     * @param port the port, or less than 1 if it is not known
     * @throws IllegalArgumentException if there is none; the message names the targets that have one
     */
    public PeerPolicy policyFor(@Nullable String host, int port) {
        PeerPolicy policy = find(host, port);
        if (policy == null) {
            throw new IllegalArgumentException(refusal(host, port));
        }
        return policy;
    }

    private @Nullable PeerPolicy find(@Nullable String host, int port) {
        if (host == null) {
            return otherwise;
        }
        Target target = Target.of(host, Math.max(port, Target.ANY_PORT));
        if (target.port() == Target.ANY_PORT && hostsWithPorts.contains(target.host())) {
            return null;
        }
        PeerPolicy policy = targets.get(target);
        if (policy == null) {
            policy = targets.get(new Target(target.host(), Target.ANY_PORT));
        }
        return policy != null ? policy : otherwise;
    }

    private String refusal(@Nullable String host, int port) {
        String target = host == null ? "of unknown host" : Target.of(host, port).toString();
        String rest = otherwise == null ? ", or a policy for the rest with otherwise(...)" : ", with its port";
        return "target " + target + ": no peer policy applies (expected one of: " + listed() + rest + ")";
    }

    private String listed() {
        List<Target> first = targets.keySet().stream().limit(MOST_LISTED).toList();
        int more = targets.size() - first.size();
        return more == 0 ? first.toString() : first + " and " + more + " more";
    }

    /** The targets, and the policy for the rest if there is one. */
    @Override
    public String toString() {
        return "TargetPolicies[" + listed() + (otherwise == null ? "" : ", otherwise " + otherwise) + "]";
    }

    /** Collects expectations. Not safe for use by several threads. */
    public static final class Builder {
        private final Map<Target, PeerPolicy> targets = new TreeMap<>();
        private @Nullable PeerPolicy otherwise;

        private Builder() {}

        /**
         * Whom to expect at this host, whatever the port, unless there is a policy for the port.
         *
         * @param host a host name or IP address
         * @throws IllegalArgumentException if the host is neither
         * @throws IllegalStateException if the host has a policy already
         */
        public Builder addTarget(String host, PeerPolicy policy) {
            return add(Target.checked(requireNonNull(host, "host"), Target.ANY_PORT), policy);
        }

        /**
         * Whom to expect at this host and port.
         *
         * @param host a host name or IP address
         * @param port the port
         * @throws IllegalArgumentException if the host is neither, or the port is not within 1..65535
         * @throws IllegalStateException if the host and port have a policy already
         */
        public Builder addTarget(String host, int port, PeerPolicy policy) {
            return add(Target.checked(requireNonNull(host, "host"), Target.checkPort(port)), policy);
        }

        private Builder add(Target target, PeerPolicy policy) {
            PeerPolicy before = targets.putIfAbsent(target, requireNonNull(policy, "policy"));
            if (before != null) {
                throw new IllegalStateException("target " + target + ": it has a policy already: " + before
                        + " (expected: one; to allow several peers, say PeerPolicy.anyOf)");
            }
            return this;
        }

        /**
         * Whom to expect at every other target, and where the host is not known. If this is not called, those are
         * refused.
         *
         * @throws IllegalStateException if it has been called already
         */
        public Builder otherwise(PeerPolicy policy) {
            requireNonNull(policy, "policy");
            if (otherwise != null) {
                throw new IllegalStateException("otherwise: it is set already: " + otherwise);
            }
            otherwise = policy;
            return this;
        }

        /**
         * Builds the expectations.
         *
         * @throws IllegalStateException if there is neither a target nor a policy for the rest
         */
        public TargetPolicies build() {
            if (targets.isEmpty() && otherwise == null) {
                throw new IllegalStateException(
                        "targets: none (expected: at least one; without any, every connection would be refused)");
            }
            return new TargetPolicies(targets, otherwise);
        }
    }
}
