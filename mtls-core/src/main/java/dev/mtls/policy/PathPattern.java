package dev.mtls.policy;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import java.util.ArrayList;
import java.util.List;

/** A SPIFFE ID in which a segment of the path may be {@code *}, which stands for exactly one whole segment. */
final class PathPattern {
    private static final String SCHEME = "spiffe://";
    private static final String STAR = "*";

    private final TrustDomain trustDomain;
    private final List<String> segments;

    private PathPattern(TrustDomain trustDomain, List<String> segments) {
        this.trustDomain = trustDomain;
        this.segments = segments;
    }

    static PathPattern parse(String pattern) {
        if (!pattern.startsWith(SCHEME)) {
            throw malformed(pattern, "the scheme is missing or invalid");
        }
        int path = pattern.indexOf('/', SCHEME.length());
        if (path < 0) {
            throw malformed(pattern, "it has no path (for a whole trust domain, say trustDomain)");
        }
        if (pattern.lastIndexOf('*', path) >= 0) {
            throw malformed(pattern, "a star cannot stand for a trust domain (for several, say anyOf)");
        }
        // One by one, with a valid segment in the place of each star: all other rules are those of SPIFFE IDs.
        StringBuilder withoutStars = new StringBuilder(pattern.substring(0, path));
        List<String> segments = new ArrayList<>();
        for (String segment : pattern.substring(path + 1).split("/", -1)) {
            if (segment.contains(STAR) && !segment.equals(STAR)) {
                throw malformed(
                        pattern,
                        "a star stands for one whole segment and cannot be part of one (for whatever is below, say"
                                + " pathPrefix)");
            }
            segments.add(segment);
            withoutStars.append('/').append(segment.equals(STAR) ? "x" : segment);
        }
        return new PathPattern(SpiffeId.parse(withoutStars.toString()).trustDomain(), List.copyOf(segments));
    }

    private static IllegalArgumentException malformed(String pattern, String why) {
        return new IllegalArgumentException(
                "pattern: \"" + pattern + "\": " + why + " (expected: such as spiffe://prod/ns/*/sa/api)");
    }

    boolean matches(SpiffeId id) {
        return trustDomain.contains(id) && matches(id.path());
    }

    private boolean matches(String path) {
        int slash = 0;
        for (String segment : segments) {
            if (slash >= path.length()) {
                return false;
            }
            int start = slash + 1;
            int next = path.indexOf('/', start);
            int end = next < 0 ? path.length() : next;
            if (!segment.equals(STAR) && !(segment.length() == end - start && path.startsWith(segment, start))) {
                return false;
            }
            slash = end;
        }
        return slash == path.length();
    }
}
