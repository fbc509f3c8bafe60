package dev.mtls.it.resumption;

import dev.mtls.failure.FailureReason;
import java.util.List;
import java.util.Optional;

/** What happens to the side under test between two connections. */
enum Change {
    SVID_ROTATED("SVID rotated", null, Step.ROTATE),
    TRUST_DOMAIN_REMOVED("trust domain removed", FailureReason.NO_BUNDLE, Step.DISTRUST),
    POLICY_NARROWED("policy narrowed", FailureReason.POLICY_DENIED, Step.NARROW),
    PEER_EXPIRED("peer expired", FailureReason.EXPIRED, Step.EXPIRE_IN_TRUTH, Step.EXPIRE_BY_CLOCK);

    private final String title;
    private final FailureReason refusal;
    private final List<Step> steps;

    Change(String title, FailureReason refusal, Step... steps) {
        this.title = title;
        this.refusal = refusal;
        this.steps = List.of(steps);
    }

    /** The ways in which it can come about; each is tried. */
    List<Step> steps() {
        return steps;
    }

    /** Why a side that judges the counterpart afresh refuses it; empty if it goes on to accept it. */
    Optional<FailureReason> refusal() {
        return Optional.ofNullable(refusal);
    }

    @Override
    public String toString() {
        return title;
    }
}
