package dev.mtls.identity;

import static java.util.Objects.requireNonNull;

/**
 * The name of a SPIFFE trust domain, such as {@code prod.example.org}.
 *
 * <p>A name consists of 1 to 255 ASCII characters of {@code a-z 0-9 . - _} (SPIFFE-ID §2.1, §2.3). It is a name and
 * nothing else: it need not be a DNS name or an IP address, and is not treated differently if it is one. Upper case is
 * refused, not folded: SPIFFE-ID §2.1 wins over §2.4 here, as it does in go-spiffe, so that one name has one spelling.
 *
 * <p>Immutable and safe for use by several threads. Two trust domains are equal if their names are.
 */
public final class TrustDomain implements Comparable<TrustDomain> {
    /** The longest name allowed, in bytes (SPIFFE-ID §2.3). */
    public static final int MAX_LENGTH = 255;

    private static final String WHAT = "trust domain";

    private final String name;

    private TrustDomain(String name) {
        this.name = name;
    }

    /**
     * Parses a trust domain name, or any SPIFFE ID, of which the trust domain is taken.
     *
     * @param text {@code prod.example.org}, {@code spiffe://prod.example.org} or {@code
     *     spiffe://prod.example.org/some/path}
     * @throws IllegalArgumentException if the text is neither; the message says what was expected and what was seen
     */
    public static TrustDomain parse(String text) {
        requireNonNull(text, "text");
        return text.contains(":/") ? SpiffeId.parse(text).trustDomain() : checked(text, WHAT, text);
    }

    /**
     * The trust domain of this name; {@code whole} is the text it was found in and {@code what} its kind, for the
     * message.
     */
    static TrustDomain checked(String name, String what, String whole) {
        if (name.isEmpty()) {
            throw Syntax.malformed(what, whole, "the trust domain is missing");
        }
        if (name.length() > MAX_LENGTH) {
            throw Syntax.malformed(
                    what,
                    whole,
                    "the trust domain has " + name.length() + " characters (expected: 1.." + MAX_LENGTH + ")");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!Syntax.isTrustDomainChar(name.charAt(i))) {
                throw Syntax.malformed(
                        what,
                        whole,
                        "trust domain characters are limited to lowercase letters, numbers, dots, dashes and"
                                + " underscores, but character "
                                + (i + 1)
                                + " of the trust domain is "
                                + Syntax.describe(name.charAt(i)));
            }
        }
        return new TrustDomain(name);
    }

    /** The bare name, such as {@code prod.example.org}. */
    public String name() {
        return name;
    }

    /** The SPIFFE ID of the trust domain itself, which has no path. */
    public SpiffeId id() {
        return SpiffeId.of(this);
    }

    /**
     * The ID with this path in this trust domain; see {@link SpiffeId#of(TrustDomain, String...)}.
     *
     * @throws IllegalArgumentException if a segment is not valid, or the ID would be longer than {@link
     *     SpiffeId#MAX_LENGTH}
     */
    public SpiffeId id(String... segments) {
        return SpiffeId.of(this, segments);
    }

    /** Whether the ID belongs to this trust domain. */
    public boolean contains(SpiffeId id) {
        return equals(id.trustDomain());
    }

    @Override
    public int compareTo(TrustDomain other) {
        return name.compareTo(other.name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TrustDomain that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** The bare name. */
    @Override
    public String toString() {
        return name;
    }
}
