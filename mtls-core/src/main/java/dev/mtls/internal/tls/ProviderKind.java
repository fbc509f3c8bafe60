package dev.mtls.internal.tls;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.svid.X509Svid;
import dev.mtls.tls.ProviderChoice;
import dev.mtls.tls.TlsProvider;
import java.util.Optional;

/** The providers that engines can come from, and how one is chosen for a snapshot. */
public enum ProviderKind {
    /** SunJSSE. */
    JDK {
        @Override
        EngineFactory engines(Binding binding) {
            return new JdkEngines(binding);
        }
    },
    /** Conscrypt. */
    CONSCRYPT {
        @Override
        EngineFactory engines(Binding binding) {
            return new ConscryptEngines(binding);
        }
    };

    abstract EngineFactory engines(Binding binding);

    /** The kind of a choice. */
    public static ProviderKind of(ProviderChoice choice) {
        return choice.provider() == TlsProvider.CONSCRYPT ? CONSCRYPT : JDK;
    }

    /**
     * Chooses for an identity.
     *
     * @throws SvidRejectedException with {@link FailureReason#PROVIDER_UNSUITABLE} if Conscrypt is wanted and cannot use the identity
     * @throws IllegalStateException if Conscrypt is wanted and not there
     */
    public static ProviderChoice choose(TlsProvider wanted, X509Svid svid) throws SvidRejectedException {
        if (wanted == TlsProvider.JDK) {
            return new ProviderChoice(TlsProvider.JDK, "the JDK's provider was asked for");
        }
        Optional<String> missing = ConscryptLibrary.whyNotAvailable();
        boolean usable = !isEdwards(svid);
        if (wanted == TlsProvider.CONSCRYPT) {
            if (missing.isPresent()) {
                throw new IllegalStateException("provider: CONSCRYPT was asked for, but " + missing.get());
            }
            if (!usable) {
                throw new SvidRejectedException(
                        FailureReason.PROVIDER_UNSUITABLE,
                        "the X.509-SVID of " + svid.id()
                                + " has an Ed25519 key, which Conscrypt cannot use in TLS (expected: EC or RSA); use an"
                                + " EC P-256 key, or the provider AUTO or JDK");
            }
            return new ProviderChoice(TlsProvider.CONSCRYPT, "Conscrypt was asked for");
        }
        if (missing.isPresent()) {
            return new ProviderChoice(TlsProvider.JDK, missing.get());
        }
        if (!usable) {
            return new ProviderChoice(
                    TlsProvider.JDK, "the identity has an Ed25519 key, which Conscrypt cannot use in TLS");
        }
        return new ProviderChoice(TlsProvider.CONSCRYPT, "Conscrypt is present and its native library has loaded");
    }

    private static boolean isEdwards(X509Svid svid) {
        String algorithm = svid.leaf().getPublicKey().getAlgorithm();
        return algorithm.equals("EdDSA") || algorithm.equals("Ed25519");
    }
}
