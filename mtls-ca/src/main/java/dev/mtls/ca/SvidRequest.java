package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an SVID shall hold: its SPIFFE ID, and what is optional.
 *
 * <ul>
 *   <li>DNS names: none
 *   <li>time to live: the authority's, see {@link CertificateAuthority.Builder#svidTtl}
 *   <li>key type: {@link KeyType#EC_P256}
 * </ul>
 *
 * <p>Immutable; the {@code with} methods return changed copies.
 */
public final class SvidRequest {
    private static final int MAX_DNS_NAMES = 100;

    private final SpiffeId id;
    private final List<String> dnsNames;
    private final @Nullable Duration ttl;
    private final @Nullable KeyType keyType;

    private SvidRequest(SpiffeId id, List<String> dnsNames, @Nullable Duration ttl, @Nullable KeyType keyType) {
        this.id = id;
        this.dnsNames = dnsNames;
        this.ttl = ttl;
        this.keyType = keyType;
    }

    /**
     * A request for the ID with all defaults.
     *
     * @throws IllegalArgumentException if the ID has no path (X509-SVID §3.1)
     */
    public static SvidRequest of(SpiffeId id) {
        if (!requireNonNull(id, "id").hasPath()) {
            throw new IllegalArgumentException("id: " + id + " (expected: the ID of a workload, with a path)");
        }
        return new SvidRequest(id, List.of(), null, null);
    }

    /**
     * With these DNS SANs, for clients that verify host names.
     *
     * @throws IllegalArgumentException if one is not a host name of letters, digits and hyphens, is a wildcard or an address, or there are more than 100
     */
    public SvidRequest withDnsNames(String... names) {
        List<String> copy = List.of(names);
        if (copy.size() > MAX_DNS_NAMES) {
            throw new IllegalArgumentException(
                    "dnsNames: " + copy.size() + " (expected: at most " + MAX_DNS_NAMES + ")");
        }
        for (String name : copy) {
            if (!HostName.isHostName(name)) {
                throw new IllegalArgumentException("dnsNames: \"" + name
                        + "\" (expected: a host name of letters, digits and hyphens, no wildcard)");
            }
        }
        return new SvidRequest(id, copy, ttl, keyType);
    }

    /**
     * With this time to live; cut to whole seconds and to the end of the signing certificates.
     *
     * @throws IllegalArgumentException if it is not between 2 seconds and 366 days
     */
    public SvidRequest withTtl(Duration ttl) {
        Limits.check("ttl", ttl, Limits.MIN_TTL, Limits.MAX_SVID_TTL);
        return new SvidRequest(id, dnsNames, ttl, keyType);
    }

    /** With a key of this type. Not for a CSR, which brings its key. */
    public SvidRequest withKeyType(KeyType keyType) {
        return new SvidRequest(id, dnsNames, ttl, requireNonNull(keyType, "keyType"));
    }

    /** The SPIFFE ID. */
    public SpiffeId id() {
        return id;
    }

    List<String> dnsNames() {
        return dnsNames;
    }

    Optional<Duration> ttl() {
        return Optional.ofNullable(ttl);
    }

    Optional<KeyType> keyType() {
        return Optional.ofNullable(keyType);
    }

    /** The ID and what was set. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        parts.add(id.toString());
        if (!dnsNames.isEmpty()) {
            parts.add("DNS " + dnsNames);
        }
        if (ttl != null) {
            parts.add("TTL " + ttl);
        }
        if (keyType != null) {
            parts.add(keyType.toString());
        }
        return "SvidRequest[" + String.join(", ", parts) + "]";
    }
}
