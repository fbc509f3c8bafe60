package dev.mtls.internal.svid;

import dev.mtls.svid.X509Svid;
import java.security.PrivateKey;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives the modules that must hand a key on (to a TLS stack, to the Workload API) access to it, and nobody else. */
public final class SvidKeys {
    private static volatile @Nullable Function<X509Svid, PrivateKey> access;

    private SvidKeys() {}

    /** The private key of the SVID. */
    public static PrivateKey of(X509Svid svid) {
        // The SVID exists, so its class has been initialised and has granted access.
        return java.util.Objects.requireNonNull(access).apply(svid);
    }

    /** Called once by {@link X509Svid}. */
    public static void grant(Function<X509Svid, PrivateKey> toKey) {
        access = toKey;
    }
}
