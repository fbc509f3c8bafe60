package dev.mtls.policy;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Who may connect: a rule about the SPIFFE ID of a peer whose certificate has already been verified.
 *
 * <p>There is no default and no rule for "anyone". The widest rule here is a {@linkplain #trustDomain trust domain},
 * unless you write a wider {@linkplain #matching predicate}; an empty list of IDs or rules does not build. "Not" is
 * {@link #except}, which narrows a policy: there is no "not" by itself, because whatever it names, it allows any
 * workload of any other trust domain.
 *
 * <p>Immutable and safe for use by several threads. Two policies are equal if they are the same object; {@link
 * #toString()} describes them.
 */
public final class PeerPolicy {
    private static final int MOST_LISTED = 5;

    private final Rule rule;
    private final String description;

    private PeerPolicy(Rule rule, String description) {
        this.rule = rule;
        this.description = description;
    }

    private static PeerPolicy of(String description, Predicate<SpiffeId> predicate) {
        return new PeerPolicy(Rule.of(description, predicate), description);
    }

    /**
     * Exactly this ID.
     *
     * @throws IllegalArgumentException if the ID has no path
     */
    public static PeerPolicy id(SpiffeId id) {
        SpiffeId workload = checkWorkload(id);
        return of(workload.toString(), workload::equals);
    }

    /**
     * Exactly this ID.
     *
     * @throws IllegalArgumentException if the text is not a SPIFFE ID with a path
     */
    public static PeerPolicy id(String id) {
        return id(SpiffeId.parse(id));
    }

    /**
     * One of these IDs. A decision costs the same however many there are.
     *
     * @throws IllegalArgumentException if there is none, or one has no path
     */
    public static PeerPolicy ids(Collection<SpiffeId> ids) {
        Set<SpiffeId> copy = new TreeSet<>();
        for (SpiffeId id : requireNonNull(ids, "ids")) {
            copy.add(checkWorkload(id));
        }
        if (copy.isEmpty()) {
            throw new IllegalArgumentException(
                    "ids: empty (expected: at least one; a policy that allows nobody is a mistake)");
        }
        return of("one of " + list(List.copyOf(copy)), new IdSet(copy)::contains);
    }

    /**
     * One of these IDs. A decision costs the same however many there are.
     *
     * @throws IllegalArgumentException if there is none, or one is not a SPIFFE ID with a path
     */
    public static PeerPolicy ids(String... ids) {
        return ids(
                Arrays.stream(requireNonNull(ids, "ids")).map(SpiffeId::parse).toList());
    }

    /** Any workload of this trust domain. */
    public static PeerPolicy trustDomain(TrustDomain trustDomain) {
        requireNonNull(trustDomain, "trustDomain");
        return of("any workload of trust domain " + trustDomain, trustDomain::contains);
    }

    /**
     * Any workload of this trust domain.
     *
     * @param trustDomain its name, such as {@code prod.example.org}, or its ID, such as {@code
     *     spiffe://prod.example.org}
     * @throws IllegalArgumentException if the text is neither; the ID of a workload is refused too, of which only a
     *     part would count
     */
    public static PeerPolicy trustDomain(String trustDomain) {
        TrustDomain parsed = TrustDomain.parse(trustDomain);
        if (!trustDomain.equals(parsed.name())
                && !trustDomain.equals(parsed.id().toString())) {
            throw new IllegalArgumentException(
                    "trustDomain: \"" + trustDomain + "\" names a workload (expected: a trust domain, such as \""
                            + parsed + "\"; for that workload alone, say id)");
        }
        return trustDomain(parsed);
    }

    /**
     * This ID and those below it, on segment boundaries: {@code spiffe://td/ns/pay} allows itself and
     * {@code spiffe://td/ns/pay/sa/api}, and not {@code spiffe://td/ns/payroll}.
     *
     * @throws IllegalArgumentException if the ID has no path; for a whole trust domain, say {@link #trustDomain}
     */
    public static PeerPolicy pathPrefix(SpiffeId prefix) {
        TrustDomain trustDomain = checkWorkload(prefix).trustDomain();
        String path = prefix.path();
        return of(
                prefix + " or below",
                peer -> trustDomain.contains(peer)
                        && peer.path().startsWith(path)
                        && endsSegment(peer.path(), path.length()));
    }

    private static boolean endsSegment(String path, int index) {
        return index == path.length() || path.charAt(index) == '/';
    }

    /**
     * This ID and those below it, as {@link #pathPrefix(SpiffeId)}.
     *
     * @throws IllegalArgumentException if the text is not a SPIFFE ID with a path; it ends without a slash
     */
    public static PeerPolicy pathPrefix(String prefix) {
        return pathPrefix(SpiffeId.parse(prefix));
    }

    /**
     * IDs of one form, such as {@code spiffe://td/ns/*}{@code /sa/api}, in which {@code *} stands for exactly one whole
     * segment.
     *
     * @throws IllegalArgumentException if, but for its stars, the pattern is not a SPIFFE ID with a path, or a star
     *     is part of a segment ({@code api-*}, {@code **}) or of the trust domain
     */
    public static PeerPolicy pattern(String pattern) {
        PathPattern parsed = PathPattern.parse(requireNonNull(pattern, "pattern"));
        return of("pattern " + pattern, parsed::matches);
    }

    /**
     * What at least one of the policies allows. They are asked in their order until one allows; one that fails before
     * that refuses the peer.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PeerPolicy anyOf(PeerPolicy... policies) {
        List<PeerPolicy> copy = checkNotEmpty(policies);
        String description = "any of " + list(copy);
        return new PeerPolicy(Rule.anyOf(description, rules(copy)), description);
    }

    /**
     * What all of the policies allow. They are asked in their order until one refuses.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PeerPolicy allOf(PeerPolicy... policies) {
        List<PeerPolicy> copy = checkNotEmpty(policies);
        String description = "all of " + list(copy);
        return new PeerPolicy(Rule.allOf(description, rules(copy)), description);
    }

    /** Whatever this policy allows and the other does not. An exclusion that fails refuses the peer. */
    public PeerPolicy except(PeerPolicy excluded) {
        String narrowed = description + ", but not " + requireNonNull(excluded, "excluded").description;
        return new PeerPolicy(Rule.except(narrowed, rule, excluded.rule), narrowed);
    }

    /**
     * What the predicate allows.
     *
     * <p>It is asked about workloads of every trust domain for which there is a bundle. To keep it within one, put it
     * inside {@link #allOf} after a {@link #trustDomain}.
     *
     * @param description the rule in words, for messages
     * @param predicate called during handshakes, on their threads, by several at once: it must be fast and must not
     *     block. If it throws, the peer is refused.
     * @throws IllegalArgumentException if the description is blank
     */
    public static PeerPolicy matching(String description, Predicate<SpiffeId> predicate) {
        if (requireNonNull(description, "description").isBlank()) {
            throw new IllegalArgumentException(
                    "description: blank (expected: the rule in words, for the messages about refused peers)");
        }
        return of(description, requireNonNull(predicate, "predicate"));
    }

    private static SpiffeId checkWorkload(SpiffeId id) {
        if (!requireNonNull(id, "id").hasPath()) {
            throw new IllegalArgumentException("id: " + id
                    + " names a trust domain (expected: a workload, with a path; for all of its workloads, say"
                    + " trustDomain)");
        }
        return id;
    }

    private static List<PeerPolicy> checkNotEmpty(PeerPolicy[] policies) {
        List<PeerPolicy> copy = new ArrayList<>();
        for (PeerPolicy policy : requireNonNull(policies, "policies")) {
            copy.add(requireNonNull(policy, "policy"));
        }
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("policies: empty (expected: at least one)");
        }
        return copy;
    }

    private static Rule[] rules(List<PeerPolicy> policies) {
        Rule[] rules = new Rule[policies.size()];
        Arrays.setAll(rules, i -> policies.get(i).rule);
        return rules;
    }

    private static String list(List<?> all) {
        int more = all.size() - MOST_LISTED;
        return more <= 0 ? all.toString() : all.subList(0, MOST_LISTED) + " and " + more + " more";
    }

    /**
     * Decides about a peer. A rule that throws denies. Never throws because of a rule, and never blocks unless a
     * predicate does.
     */
    public PolicyDecision decide(SpiffeId peer) {
        return new PolicyDecision(requireNonNull(peer, "peer"), rule.judge(peer), description);
    }

    /** The policy in words. */
    @Override
    public String toString() {
        return description;
    }
}
