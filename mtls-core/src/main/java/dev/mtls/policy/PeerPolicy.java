package dev.mtls.policy;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who may connect: a rule about the SPIFFE ID of a peer whose certificate has already been verified.
 *
 * <p>There is no default and no rule for "anyone". The widest rule here is a {@linkplain #trustDomain trust domain}; an empty list
 * of IDs or rules does not build.
 *
 * <p>Immutable and safe for use by several threads. Rules are the same if they are the same object; {@link #toString()} describes
 * them.
 */
public final class PeerPolicy {
    private static final int MOST_LISTED = 5;

    private final Predicate<SpiffeId> rule;
    private final String description;

    private PeerPolicy(Predicate<SpiffeId> rule, String description) {
        this.rule = rule;
        this.description = description;
    }

    /** Exactly this ID. */
    public static PeerPolicy id(SpiffeId id) {
        return new PeerPolicy(checkWorkload(id)::equals, id.toString());
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
     * One of these IDs.
     *
     * @throws IllegalArgumentException if there is none, or one has no path
     */
    public static PeerPolicy ids(Collection<SpiffeId> ids) {
        Set<SpiffeId> copy = new HashSet<>(requireNonNull(ids, "ids"));
        if (copy.isEmpty()) {
            throw new IllegalArgumentException(
                    "ids: empty (expected: at least one; a policy that allows nobody is a mistake)");
        }
        copy.forEach(PeerPolicy::checkWorkload);
        List<String> listed = copy.stream()
                .sorted()
                .limit(MOST_LISTED)
                .map(SpiffeId::toString)
                .toList();
        String more = copy.size() > MOST_LISTED ? " and " + (copy.size() - MOST_LISTED) + " more" : "";
        return new PeerPolicy(copy::contains, "one of " + listed + more);
    }

    /**
     * One of these IDs.
     *
     * @throws IllegalArgumentException if there is none, or one is not a SPIFFE ID with a path
     */
    public static PeerPolicy ids(String... ids) {
        return ids(Arrays.stream(ids).map(SpiffeId::parse).toList());
    }

    /** Any workload of this trust domain. */
    public static PeerPolicy trustDomain(TrustDomain trustDomain) {
        requireNonNull(trustDomain, "trustDomain");
        return new PeerPolicy(trustDomain::contains, "any workload of trust domain " + trustDomain);
    }

    /**
     * Any workload of this trust domain.
     *
     * @throws IllegalArgumentException if the text is not the name of a trust domain
     */
    public static PeerPolicy trustDomain(String trustDomain) {
        return trustDomain(TrustDomain.parse(trustDomain));
    }

    /**
     * This ID and those below it, on segment boundaries: {@code spiffe://td/ns/pay} allows {@code spiffe://td/ns/pay/sa/api} and not
     * {@code spiffe://td/ns/payroll}.
     *
     * @throws IllegalArgumentException if the text is not a SPIFFE ID with a path; for a whole trust domain, say {@link #trustDomain}
     */
    public static PeerPolicy pathPrefix(String prefix) {
        SpiffeId parsed = checkWorkload(SpiffeId.parse(prefix));
        String below = parsed.path() + "/";
        return new PeerPolicy(
                id -> id.equals(parsed)
                        || parsed.trustDomain().contains(id) && id.path().startsWith(below),
                parsed + " or below");
    }

    /**
     * IDs of one form, such as {@code spiffe://td/ns/*}{@code /sa/api}, in which a segment {@code *} stands for any one segment.
     *
     * @throws IllegalArgumentException if the trust domain or a segment is not valid, or {@code *} is only part of a segment
     */
    public static PeerPolicy pattern(String pattern) {
        requireNonNull(pattern, "pattern");
        List<String> segments = new ArrayList<>();
        // Parsed with a valid segment in the place of each star: all other rules are those of SPIFFE IDs.
        String withoutStars = pattern.replaceAll("/\\*(?=/|$)", "/x");
        SpiffeId parsed = checkWorkload(SpiffeId.parse(withoutStars));
        int path = pattern.indexOf('/', "spiffe://".length());
        segments.addAll(Arrays.asList(pattern.substring(path + 1).split("/", -1)));
        return new PeerPolicy(
                id -> parsed.trustDomain().contains(id) && matches(segments, id.path()), "pattern " + pattern);
    }

    private static boolean matches(List<String> pattern, String path) {
        String[] segments = path.substring(Math.min(1, path.length())).split("/", -1);
        if (segments.length != pattern.size()) {
            return false;
        }
        for (int i = 0; i < segments.length; i++) {
            if (!pattern.get(i).equals("*") && !pattern.get(i).equals(segments[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * What at least one of the policies allows.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PeerPolicy anyOf(PeerPolicy... policies) {
        List<PeerPolicy> copy = checkNotEmpty(policies);
        return new PeerPolicy(id -> copy.stream().anyMatch(policy -> policy.rule.test(id)), "any of " + copy);
    }

    /**
     * What all of the policies allow.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PeerPolicy allOf(PeerPolicy... policies) {
        List<PeerPolicy> copy = checkNotEmpty(policies);
        return new PeerPolicy(id -> copy.stream().allMatch(policy -> policy.rule.test(id)), "all of " + copy);
    }

    /**
     * Whatever the first policy allows and the second does not. There is no bare "not", which would allow any workload of any
     * trust domain but one.
     */
    public PeerPolicy except(PeerPolicy excluded) {
        requireNonNull(excluded, "excluded");
        return new PeerPolicy(id -> rule.test(id) && !excluded.rule.test(id), this + ", but not " + excluded);
    }

    /**
     * What the predicate allows.
     *
     * @param description the rule in words, for messages
     * @param rule called during handshakes, on their threads: it must be fast and must not block. If it throws, the peer is refused.
     */
    public static PeerPolicy matching(String description, Predicate<SpiffeId> rule) {
        return new PeerPolicy(requireNonNull(rule, "rule"), requireNonNull(description, "description"));
    }

    private static SpiffeId checkWorkload(SpiffeId id) {
        if (!requireNonNull(id, "id").hasPath()) {
            throw new IllegalArgumentException(
                    "id: " + id
                            + " names a trust domain (expected: a workload, with a path; for all of its workloads, say trustDomain)");
        }
        return id;
    }

    private static List<PeerPolicy> checkNotEmpty(PeerPolicy[] policies) {
        List<PeerPolicy> copy = List.of(policies);
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("policies: empty (expected: at least one)");
        }
        return copy;
    }

    /** Decides about a peer, and says why. A rule that throws denies. */
    public PolicyDecision decide(SpiffeId peer) {
        requireNonNull(peer, "peer");
        boolean allowed;
        try {
            allowed = rule.test(peer);
        } catch (RuntimeException e) {
            return new PolicyDecision(false, "the rule \"" + description + "\" failed for " + peer + ": " + e);
        }
        return new PolicyDecision(
                allowed, peer + (allowed ? " is allowed by: " : " is not allowed by: ") + description);
    }

    /** The rule in words. */
    @Override
    public String toString() {
        return description;
    }
}
