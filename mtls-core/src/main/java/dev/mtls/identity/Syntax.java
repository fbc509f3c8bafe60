package dev.mtls.identity;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The character rules of SPIFFE-ID §2.1 and §2.2. ASCII only: nothing here depends on a locale. */
final class Syntax {
    private static final int LONGEST_QUOTE = 128;

    private Syntax() {}

    static boolean isTrustDomainChar(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    }

    private static boolean isPathChar(char c) {
        return (c >= 'A' && c <= 'Z') || isTrustDomainChar(c);
    }

    /** Which rule for path segments (SPIFFE-ID §2.2) the segment breaks, in words; null if it is valid. */
    static @Nullable String segmentViolation(String segment) {
        if (segment.isEmpty()) {
            return "the path cannot contain empty segments";
        }
        if (segment.equals(".") || segment.equals("..")) {
            return "the path cannot contain dot segments";
        }
        for (int i = 0; i < segment.length(); i++) {
            if (!isPathChar(segment.charAt(i))) {
                return "path segment characters are limited to letters, numbers, dots, dashes and underscores, but"
                        + " a segment contains "
                        + describe(segment.charAt(i));
            }
        }
        return null;
    }

    /** An exception about a text that breaks a rule; {@code what} names what the text was meant to be. */
    static IllegalArgumentException malformed(String what, String text, String why) {
        return new IllegalArgumentException(what + ": " + quote(text) + ": " + why);
    }

    static String describe(char c) {
        return c > ' ' && c < 0x7f ? "'" + c + "'" : String.format(Locale.ROOT, "U+%04X", (int) c);
    }

    /**
     * The text in quotes, shortened, and with everything unprintable escaped: it comes from a peer and goes to logs.
     */
    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < Math.min(text.length(), LONGEST_QUOTE); i++) {
            char c = text.charAt(i);
            quoted.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format(Locale.ROOT, "\\u%04x", (int) c));
        }
        return quoted.append(text.length() > LONGEST_QUOTE ? "…\"" : "\"").toString();
    }
}
