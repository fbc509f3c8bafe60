package dev.mtls.internal.tls;

import dev.mtls.identity.Role;
import dev.mtls.tls.TlsProfile;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Keeps whatever a framework asks for within the profile, and the demand for a client certificate in force. */
final class ProfileCeiling {
    private ProfileCeiling() {}

    /** Configures a new engine. */
    static void apply(TlsProfile profile, SSLEngine engine, Role role) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(profile.protocols().toArray(String[]::new));
        parameters.setCipherSuites(profile.cipherSuites().toArray(String[]::new));
        NamedGroups.set(parameters, profile.namedGroups());
        if (role == Role.SERVER) {
            parameters.setNeedClientAuth(true);
        }
        engine.setSSLParameters(parameters);
    }

    /** Applies to the engine what the framework wants, within the profile. The framework's object is not changed. */
    static void apply(SSLParameters wanted, TlsProfile profile, SSLEngine engine, Role role) {
        SSLParameters parameters = engine.getSSLParameters();
        if (wanted.getProtocols() != null) {
            parameters.setProtocols(within("protocol", wanted.getProtocols(), profile.protocols()));
        }
        if (wanted.getCipherSuites() != null) {
            parameters.setCipherSuites(within("cipher suite", wanted.getCipherSuites(), profile.cipherSuites()));
        }
        if (wanted.getServerNames() != null) {
            parameters.setServerNames(wanted.getServerNames());
        }
        if (wanted.getSNIMatchers() != null) {
            parameters.setSNIMatchers(wanted.getSNIMatchers());
        }
        parameters.setApplicationProtocols(wanted.getApplicationProtocols());
        parameters.setUseCipherSuitesOrder(wanted.getUseCipherSuitesOrder());
        parameters.setAlgorithmConstraints(wanted.getAlgorithmConstraints());
        NamedGroups.set(parameters, profile.namedGroups());
        if (role == Role.SERVER) {
            parameters.setNeedClientAuth(true);
        }
        engine.setSSLParameters(parameters);
    }

    /**
     * The wanted names, all of which the profile must have.
     *
     * @throws IllegalArgumentException if one is not in the profile, or there is none
     */
    static String[] within(String what, String[] wanted, List<String> allowed) {
        if (wanted.length == 0 || !allowed.containsAll(Arrays.asList(wanted))) {
            throw new IllegalArgumentException(what + "s: " + Arrays.toString(wanted)
                    + " (expected: one or more of the TLS profile's: " + allowed + ")");
        }
        return wanted;
    }
}
