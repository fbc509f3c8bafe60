package dev.mtls.ca;

import java.util.regex.Pattern;

/** Host names as RFC 1034 §3.5 and RFC 1123 §2.1 have them: letters, digits and hyphens; the last label is no number. */
final class HostName {
    private static final int MAX_LENGTH = 253;
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String LAST_LABEL = "[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final Pattern HOST_NAME = Pattern.compile("(" + LABEL + "\\.)*" + LAST_LABEL);

    private HostName() {}

    static boolean isHostName(String text) {
        return text.length() <= MAX_LENGTH && HOST_NAME.matcher(text).matches();
    }
}
