package dev.mtls.policy;

import java.util.regex.Pattern;

/**
 * A place that a client connects to, its host in one spelling.
 *
 * @param host in lower case, without a trailing dot or brackets
 * @param port the port, or {@link #ANY_PORT}
 */
record Target(String host, int port) implements Comparable<Target> {
    static final int ANY_PORT = 0;

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");

    /** Coarse: it must only not be a name with a port. */
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f.]*:[0-9a-f.]*:[0-9a-f.:]*");

    private static final int MAX_PORT = 65535;
    private static final int LONGEST_NAME = 253;

    /** The target of a connection. Any text will do: what is not a host name equals no expectation. */
    static Target of(String host, int port) {
        return new Target(canonical(host), port);
    }

    /** The target of an expectation, which must be a host name or IP address. */
    static Target checked(String host, int port) {
        Target target = of(host, port);
        if (!NAME.matcher(target.host).matches() && !IPV6.matcher(target.host).matches()) {
            throw new IllegalArgumentException("host: \"" + host
                    + "\" (expected: a host name or IP address in ASCII, without scheme, port or wildcard, such as"
                    + " \"pay.example.org\")");
        }
        return target;
    }

    static int checkPort(int port) {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1.." + MAX_PORT + ")");
        }
        return port;
    }

    private static String canonical(String host) {
        int from = 0;
        int to = host.length();
        if (host.startsWith("[") && host.endsWith("]") && host.indexOf(':') >= 0) {
            from++;
            to--;
        } else if (host.endsWith(".")) {
            to--;
        }
        StringBuilder canonical = new StringBuilder(host.length());
        for (int i = from; i < to; i++) {
            char c = host.charAt(i);
            // Not String.toLowerCase: it would fold letters beyond ASCII into it, such as the Kelvin sign into k.
            canonical.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return canonical.toString();
    }

    @Override
    public int compareTo(Target other) {
        int byHost = host.compareTo(other.host);
        return byHost != 0 ? byHost : Integer.compare(port, other.port);
    }

    /**
     * The target for messages: shortened, and everything unprintable replaced, because a host may come from a redirect.
     */
    @Override
    public String toString() {
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < Math.min(host.length(), LONGEST_NAME); i++) {
            char c = host.charAt(i);
            printable.append(c > ' ' && c < 0x7f ? c : '?');
        }
        if (host.length() > LONGEST_NAME) {
            printable.append('…');
        }
        if (port < 1) {
            return printable.toString();
        }
        return host.indexOf(':') < 0 ? printable + ":" + port : "[" + printable + "]:" + port;
    }
}
