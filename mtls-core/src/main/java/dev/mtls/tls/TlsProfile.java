package dev.mtls.tls;

import java.util.List;

/**
 * What is offered and accepted in a handshake: one dated list of protocol versions, cipher suites and key exchange groups. A profile
 * is a ceiling: frameworks may narrow it, never widen it.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class TlsProfile {
    private static final TlsProfile NOVEMBER_2026 = new TlsProfile(
            "2026-11",
            List.of("TLSv1.3", "TLSv1.2"),
            List.of(
                    "TLS_AES_128_GCM_SHA256",
                    "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            List.of("X25519MLKEM768", "x25519", "secp256r1", "secp384r1"));

    private final String name;
    private final List<String> protocols;
    private final List<String> cipherSuites;
    private final List<String> namedGroups;

    private TlsProfile(String name, List<String> protocols, List<String> cipherSuites, List<String> namedGroups) {
        this.name = name;
        this.protocols = protocols;
        this.cipherSuites = cipherSuites;
        this.namedGroups = namedGroups;
    }

    /**
     * The profile of November 2026, the default: TLS 1.3 and 1.2; suites with forward secrecy and authenticated encryption only; the
     * hybrid group X25519MLKEM768 preferred where the provider has it, then x25519, P-256 and P-384. On JDK 17 to 19, whose API knows
     * no groups, SunJSSE's own order applies.
     */
    public static TlsProfile november2026() {
        return NOVEMBER_2026;
    }

    /**
     * This profile with fewer protocol versions.
     *
     * @param protocols {@code TLSv1.3}, {@code TLSv1.2}, or both
     * @throws IllegalArgumentException if there is none, or one is not in this profile
     */
    public TlsProfile onlyProtocols(String... protocols) {
        List<String> wanted = List.of(protocols);
        if (wanted.isEmpty() || !this.protocols.containsAll(wanted)) {
            throw new IllegalArgumentException(
                    "protocols: " + wanted + " (expected: one or more of " + this.protocols + ")");
        }
        return new TlsProfile(name, wanted, cipherSuites, namedGroups);
    }

    /** The date of the profile, such as {@code 2026-11}. */
    public String name() {
        return name;
    }

    /** The protocol versions, the best first. */
    public List<String> protocols() {
        return protocols;
    }

    /** The cipher suites, the preferred first. */
    public List<String> cipherSuites() {
        return cipherSuites;
    }

    /** The key exchange groups, the preferred first; a provider that lacks one leaves it out. */
    public List<String> namedGroups() {
        return namedGroups;
    }

    @Override
    public String toString() {
        return "TlsProfile[" + name + ", " + protocols + "]";
    }
}
