package dev.mtls.policy;

import dev.mtls.identity.SpiffeId;
import java.util.function.Predicate;

/** A rule about peers. Called during handshakes: no rule here builds text, uses a stream or throws. */
@FunctionalInterface
interface Rule {
    Verdict judge(SpiffeId peer);

    static Rule of(String description, Predicate<SpiffeId> predicate) {
        Verdict allowed = Verdict.allowed(description);
        Verdict denied = Verdict.denied(description);
        return peer -> {
            try {
                return predicate.test(peer) ? allowed : denied;
            } catch (RuntimeException e) {
                return Verdict.failed(description, e);
            }
        };
    }

    /** Allowed by the first member that allows; a member that fails before that denies. */
    static Rule anyOf(String description, Rule... rules) {
        Verdict denied = Verdict.denied(description);
        return peer -> {
            for (Rule rule : rules) {
                Verdict verdict = rule.judge(peer);
                if (verdict.allows() || verdict.failed()) {
                    return verdict;
                }
            }
            return denied;
        };
    }

    /** Refused by the first member that does not allow. */
    static Rule allOf(String description, Rule... rules) {
        Verdict allowed = Verdict.allowed(description);
        return peer -> {
            for (Rule rule : rules) {
                Verdict verdict = rule.judge(peer);
                if (!verdict.allows()) {
                    return verdict;
                }
            }
            return allowed;
        };
    }

    /** Allowed by the base and not by the exclusion; an exclusion that fails denies. */
    static Rule except(String description, Rule base, Rule exclusion) {
        Verdict allowed = Verdict.allowed(description);
        return peer -> {
            Verdict verdict = base.judge(peer);
            if (!verdict.allows()) {
                return verdict;
            }
            Verdict excluded = exclusion.judge(peer);
            if (excluded.failed()) {
                return excluded;
            }
            return excluded.allows() ? Verdict.excluded(excluded.part()) : allowed;
        };
    }
}
