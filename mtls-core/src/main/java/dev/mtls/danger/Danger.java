package dev.mtls.danger;

import static java.util.Objects.requireNonNull;

import dev.mtls.Mtls;
import dev.mtls.internal.DangerousSettings;
import dev.mtls.policy.PeerPolicy;

/** Settings that weaken what the library guarantees. */
public final class Danger {
    private Danger() {}

    /**
     * Any workload of any trust domain that there is a bundle of.
     *
     * <p><b>Security.</b> On a client, any workload of the mesh, a compromised one too, can pose as any server. Prefer naming the peers,
     * or their trust domain.
     */
    public static PeerPolicy insecurelyAnyone() {
        return PeerPolicy.matching("anyone at all (insecure)", id -> true);
    }

    /**
     * Lets connections go on after the end of the peer's identity, so that long streams need not be opened anew. Shows in the health as
     * {@code connectionsOutliveIdentity}.
     *
     * <p><b>Security.</b> A peer whose identity its issuer no longer renews stays connected for as long as it likes, up to the maximum
     * age of connections.
     */
    public static Mtls.Builder insecurelyOutliveIdentity(Mtls.Builder builder) {
        DangerousSettings.outliveIdentity(requireNonNull(builder, "builder"));
        return builder;
    }
}
