package dev.mtls.identity;

/** The character rules of SPIFFE-ID §2.1 and §2.2. ASCII only: nothing here depends on a locale. */
final class Syntax {
    private static final int LONGEST_QUOTE = 128;

    private Syntax() {}

    static boolean isTrustDomainChar(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_';
    }

    static boolean isPathChar(char c) {
        return c >= 'A' && c <= 'Z' || isTrustDomainChar(c);
    }

    /** Checks one path segment (SPIFFE-ID §2.2): not empty, no dot segment, only the characters allowed. */
    static void checkSegment(String segment, String whole) {
        if (segment.isEmpty()) {
            throw malformed(whole, "the path cannot contain empty segments");
        }
        if (segment.equals(".") || segment.equals("..")) {
            throw malformed(whole, "the path cannot contain dot segments");
        }
        for (int i = 0; i < segment.length(); i++) {
            if (!isPathChar(segment.charAt(i))) {
                throw malformed(
                        whole,
                        "path segment characters are limited to letters, numbers, dots, dashes and underscores, but a segment contains "
                                + describe(segment.charAt(i)));
            }
        }
    }

    static IllegalArgumentException malformed(String text, String why) {
        return new IllegalArgumentException("SPIFFE ID: " + quote(text) + ": " + why);
    }

    static String describe(char c) {
        return c > ' ' && c < 0x7f ? "'" + c + "'" : String.format("U+%04X", (int) c);
    }

    /** The text in quotes, shortened, and with everything unprintable escaped: it comes from a peer and goes to logs. */
    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < Math.min(text.length(), LONGEST_QUOTE); i++) {
            char c = text.charAt(i);
            quoted.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return quoted.append(text.length() > LONGEST_QUOTE ? "…\"" : "\"").toString();
    }
}
