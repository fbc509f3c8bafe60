package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an intermediate shall be: its name, and what is optional.
 *
 * <ul>
 *   <li>path length: 0, it issues SVIDs only
 *   <li>IDs: all of the trust domain
 *   <li>name constraint: none
 *   <li>time to live: as long as its issuer's certificate
 *   <li>key type: {@link KeyType#EC_P256}
 * </ul>
 *
 * <p>Immutable; the {@code with} methods return changed copies.
 */
public final class IntermediateOptions {
    private final String name;
    private final int pathLength;
    private final List<String> idsBelow;
    private final boolean nameConstraint;
    private final @Nullable Duration ttl;
    private final KeyType keyType;

    private IntermediateOptions(
            String name,
            int pathLength,
            List<String> idsBelow,
            boolean nameConstraint,
            @Nullable Duration ttl,
            KeyType keyType) {
        this.name = name;
        this.pathLength = pathLength;
        this.idsBelow = idsBelow;
        this.nameConstraint = nameConstraint;
        this.ttl = ttl;
        this.keyType = keyType;
    }

    /**
     * An intermediate with all defaults.
     *
     * @param name appears in the subject of its certificate, for people
     * @throws IllegalArgumentException if the name is blank or longer than 64 characters
     */
    public static IntermediateOptions named(String name) {
        if (requireNonNull(name, "name").isBlank() || name.length() > Limits.MAX_NAME) {
            throw new IllegalArgumentException(
                    "name: \"" + name + "\" (expected: 1 to " + Limits.MAX_NAME + " characters, not all blank)");
        }
        return new IntermediateOptions(name, 0, List.of(), false, null, KeyType.EC_P256);
    }

    /**
     * The intermediate of one Kubernetes namespace: it issues IDs below {@code /ns/NAMESPACE} only.
     *
     * @throws IllegalArgumentException if the namespace is not a valid path segment of at most 64 characters
     */
    public static IntermediateOptions forNamespace(String namespace) {
        return named(namespace).withIdsBelow("ns", namespace);
    }

    /**
     * With this many intermediates allowed below it (RFC 5280 §4.2.1.9).
     *
     * @throws IllegalArgumentException if it is not between 0 and 7
     */
    public IntermediateOptions withPathLength(int pathLength) {
        return new IntermediateOptions(
                name, Limits.checkPathLength(pathLength), idsBelow, nameConstraint, ttl, keyType);
    }

    /**
     * Issuing only IDs whose path is longer than these segments and begins with them, such as {@code "ns", "pay"}.
     *
     * <p><b>Security.</b> This authority keeps to it; its certificate does not bind it to it, since X.509 can constrain the trust
     * domain alone. Whoever has the key can issue other IDs.
     *
     * @throws IllegalArgumentException if a segment is not valid, or there is none
     */
    public IntermediateOptions withIdsBelow(String... segments) {
        List<String> copy = List.of(segments);
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("segments: none (expected: one or more, such as \"ns\", \"pay\")");
        }
        // Any trust domain will do: it is the segments that are checked.
        SpiffeId.of(TrustDomain.parse("any"), segments);
        return new IntermediateOptions(name, pathLength, copy, nameConstraint, ttl, keyType);
    }

    /**
     * With a critical name constraint that binds it to IDs of its trust domain (X509-SVID §4.2, RFC 5280 §4.2.1.10). Refused when
     * the intermediate is made if the trust domain is not a host name, such as one with an underscore: verifiers refuse those.
     */
    public IntermediateOptions withNameConstraint() {
        return new IntermediateOptions(name, pathLength, idsBelow, true, ttl, keyType);
    }

    /**
     * With this time to live; cut to the end of its issuer's. Its key and certificate are made anew when half of it is over.
     *
     * @throws IllegalArgumentException if it is not between 2 seconds and 7305 days
     */
    public IntermediateOptions withTtl(Duration ttl) {
        Limits.check("ttl", ttl, Limits.MIN_TTL, Limits.MAX_SIGNING_TTL);
        return new IntermediateOptions(name, pathLength, idsBelow, nameConstraint, ttl, keyType);
    }

    /** With a key of this type. */
    public IntermediateOptions withKeyType(KeyType keyType) {
        return new IntermediateOptions(
                name, pathLength, idsBelow, nameConstraint, ttl, requireNonNull(keyType, "keyType"));
    }

    String name() {
        return name;
    }

    int pathLength() {
        return pathLength;
    }

    boolean allows(SpiffeId id) {
        return idsBelow.isEmpty() || id.path().startsWith("/" + String.join("/", idsBelow) + "/");
    }

    List<String> idsBelow() {
        return idsBelow;
    }

    boolean nameConstraint() {
        return nameConstraint;
    }

    Optional<Duration> ttl() {
        return Optional.ofNullable(ttl);
    }

    KeyType keyType() {
        return keyType;
    }

    /** The name, the path length and the IDs. */
    @Override
    public String toString() {
        String ids = idsBelow.isEmpty() ? "all IDs" : "IDs below /" + String.join("/", idsBelow);
        return "IntermediateOptions[" + name + ", path length " + pathLength + ", " + ids + "]";
    }
}
