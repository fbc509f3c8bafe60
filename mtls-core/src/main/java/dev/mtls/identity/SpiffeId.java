package dev.mtls.identity;

import static java.util.Objects.requireNonNull;

/**
 * A SPIFFE ID, such as {@code spiffe://prod.example.org/ns/pay/sa/api}: the name of a workload, or, without a path, of
 * a trust domain.
 *
 * <p>Parsing is strict (SPIFFE-ID §2): scheme {@code spiffe} in lower case, a {@linkplain TrustDomain trust domain}, no
 * user info, port, query or fragment, nothing percent-encoded, a path without empty or dot segments and without a
 * trailing slash, of the characters {@code a-zA-Z0-9.-_}, at most 2048 bytes in all. What is not valid is refused,
 * never repaired: an upper-case scheme or trust domain too.
 *
 * <p>Immutable and safe for use by several threads. Two IDs are equal if they are spelled the same.
 */
public final class SpiffeId implements Comparable<SpiffeId> {
    /** The longest ID allowed, in bytes (SPIFFE-ID §2.3). */
    public static final int MAX_LENGTH = 2048;

    private static final String SCHEME = "spiffe://";
    private static final String WHAT = "SPIFFE ID";

    private final TrustDomain trustDomain;
    private final String path;

    private SpiffeId(TrustDomain trustDomain, String path) {
        this.trustDomain = trustDomain;
        this.path = path;
    }

    /**
     * Parses an ID. The work is bounded by {@link #MAX_LENGTH}, however long the text.
     *
     * @throws IllegalArgumentException if the text is not a valid SPIFFE ID; the message says which rule it breaks,
     *     and quotes the text with everything unprintable escaped
     */
    public static SpiffeId parse(String text) {
        requireNonNull(text, "text");
        if (text.isEmpty()) {
            throw malformed(text, "it cannot be empty");
        }
        // Characters are as good as bytes: what is not ASCII is refused below.
        if (text.length() > MAX_LENGTH) {
            throw malformed(text, "it has " + text.length() + " characters (expected: at most " + MAX_LENGTH + ")");
        }
        if (!text.startsWith(SCHEME)) {
            throw malformed(text, "the scheme is missing or invalid (expected: " + SCHEME + ", in lower case)");
        }
        int slash = text.indexOf('/', SCHEME.length());
        int endOfTrustDomain = slash < 0 ? text.length() : slash;
        TrustDomain trustDomain = TrustDomain.checked(text.substring(SCHEME.length(), endOfTrustDomain), WHAT, text);
        String path = text.substring(endOfTrustDomain);
        checkPath(path, text);
        return new SpiffeId(trustDomain, path);
    }

    /**
     * Builds an ID from a trust domain and path segments, such as {@code of(td, "ns", "pay", "sa", "api")}. Without
     * segments it is the ID of the trust domain itself.
     *
     * @throws IllegalArgumentException if a segment is not valid, or the ID would be longer than {@link #MAX_LENGTH}
     */
    public static SpiffeId of(TrustDomain trustDomain, String... segments) {
        requireNonNull(trustDomain, "trustDomain");
        StringBuilder text = new StringBuilder(SCHEME).append(trustDomain.name());
        for (String segment : requireNonNull(segments, "segments")) {
            String violation = Syntax.segmentViolation(requireNonNull(segment, "segment"));
            if (violation != null) {
                throw Syntax.malformed("path segment", segment, violation);
            }
            text.append('/').append(segment);
        }
        return parse(text.toString());
    }

    private static void checkPath(String path, String whole) {
        if (path.isEmpty()) {
            return;
        }
        if (path.endsWith("/")) {
            throw malformed(whole, "the path cannot have a trailing slash");
        }
        for (String segment : path.substring(1).split("/", -1)) {
            String violation = Syntax.segmentViolation(segment);
            if (violation != null) {
                throw malformed(whole, violation);
            }
        }
    }

    private static IllegalArgumentException malformed(String text, String why) {
        return Syntax.malformed(WHAT, text, why);
    }

    /** The trust domain that the ID belongs to. */
    public TrustDomain trustDomain() {
        return trustDomain;
    }

    /** The path with its leading slash, or the empty string for the ID of a trust domain. */
    public String path() {
        return path;
    }

    /** Whether the ID has a path, which the ID of a workload must (X509-SVID §3.1). */
    public boolean hasPath() {
        return !path.isEmpty();
    }

    @Override
    public int compareTo(SpiffeId other) {
        int byTrustDomain = trustDomain.compareTo(other.trustDomain);
        return byTrustDomain != 0 ? byTrustDomain : path.compareTo(other.path);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SpiffeId that && path.equals(that.path) && trustDomain.equals(that.trustDomain);
    }

    @Override
    public int hashCode() {
        return 31 * trustDomain.hashCode() + path.hashCode();
    }

    /** The ID as text, such as {@code spiffe://prod.example.org/ns/pay/sa/api}. */
    @Override
    public String toString() {
        return SCHEME + trustDomain.name() + path;
    }
}
