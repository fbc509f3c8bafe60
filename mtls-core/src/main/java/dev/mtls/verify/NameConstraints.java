package dev.mtls.verify;

import dev.mtls.failure.FailureReason;
import dev.mtls.internal.pem.Der;
import dev.mtls.internal.profile.SvidProfile;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The name constraints of one CA (RFC 5280 §4.2.1.10, X509-SVID §4.2).
 *
 * <p>URIs are judged here, all other kinds of names by the JDK. Of a URI only the host counts, for a SPIFFE ID its trust domain:
 * {@code example.org} stands for exactly that host, {@code .example.org} for every host below it and not for itself. A host that is
 * no fully qualified name (a trust domain with an underscore, one that looks like an IP address) cannot be compared, and where URIs
 * are constrained RFC 5280 demands to refuse it.
 */
final class NameConstraints {
    private static final String OID = "2.5.29.30";
    private static final int URI_TAG = 0x86;
    private static final int URI_NAME = 6;
    private static final int PERMITTED = 0xa0;
    private static final int EXCLUDED = 0xa1;
    private static final String SPIFFE = "spiffe://";

    /** Comparisons of all constraints of a path with all its names, and with each other, which the JDK does. */
    private static final long MAX_COMPARISONS = 250_000;

    private final X509Certificate owner;
    private final X509CertSelector selector = new X509CertSelector();
    private final List<String> permitted = new ArrayList<>();
    private final List<String> excluded = new ArrayList<>();
    private int subtrees;

    private NameConstraints(X509Certificate owner) {
        this.owner = owner;
    }

    /** Holds the names of every certificate below a CA against its constraints, for every CA of the path and for its authority. */
    static void check(List<X509Certificate> path, X509Certificate authority) throws PathRejection {
        List<@Nullable NameConstraints> constraints = new ArrayList<>();
        long subtrees = 0;
        for (int i = 1; i <= path.size(); i++) {
            NameConstraints of = of(i == path.size() ? authority : path.get(i));
            constraints.add(of);
            subtrees += of == null ? 0 : of.subtrees;
        }
        if (subtrees == 0) {
            return;
        }
        List<Collection<List<?>>> names = new ArrayList<>();
        long all = 0;
        for (X509Certificate certificate : path) {
            names.add(alternativeNames(certificate));
            all += names.get(names.size() - 1).size() + 1;
        }
        if (subtrees * (subtrees + all) > MAX_COMPARISONS) {
            throw new PathRejection(
                    FailureReason.CHAIN_TOO_LARGE,
                    "its path has " + subtrees + " name constraints and " + all + " names, too many to compare");
        }
        for (int i = 0; i < path.size(); i++) {
            // A CA that certifies itself anew does not constrain that certificate of its own (RFC 5280 §6.1.3 (b)).
            if (i > 0 && PathValidation.isSelfIssued(path.get(i))) {
                continue;
            }
            for (int above = i; above < path.size(); above++) {
                NameConstraints of = constraints.get(above);
                if (of != null) {
                    of.check(path.get(i), names.get(i));
                }
            }
        }
    }

    private static Collection<List<?>> alternativeNames(X509Certificate certificate) throws PathRejection {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null ? List.of() : names;
        } catch (CertificateParsingException e) {
            throw new PathRejection(
                    FailureReason.MALFORMED_CERTIFICATE,
                    "the names of " + SvidProfile.name(certificate) + " cannot be parsed",
                    e);
        }
    }

    /** The constraints of the CA, or null if it has none. */
    private static @Nullable NameConstraints of(X509Certificate ca) throws PathRejection {
        byte[] extension = ca.getExtensionValue(OID);
        if (extension == null) {
            return null;
        }
        try {
            byte[] der = new Der(extension).enter(Der.OCTET_STRING).rest();
            NameConstraints constraints = new NameConstraints(ca);
            constraints.parse(new Der(der));
            constraints.selector.setNameConstraints(der);
            return constraints;
        } catch (IOException | RuntimeException e) {
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    "the name constraints of " + SvidProfile.name(ca) + " cannot be parsed: " + e.getMessage(),
                    e);
        }
    }

    private void parse(Der outer) {
        Der lists = outer.enter(Der.SEQUENCE);
        if (outer.hasNext()) {
            throw new IllegalArgumentException("something follows them");
        }
        if (lists.hasNext() && lists.peekTag() == PERMITTED) {
            parse(lists.enter(PERMITTED), permitted);
        }
        if (lists.hasNext()) {
            parse(lists.enter(EXCLUDED), excluded);
        }
        if (lists.hasNext() || subtrees == 0) {
            throw new IllegalArgumentException("expected are permitted subtrees, excluded subtrees, or both");
        }
    }

    private void parse(Der list, List<String> uris) {
        if (!list.hasNext()) {
            throw new IllegalArgumentException("a list of subtrees is empty");
        }
        while (list.hasNext()) {
            Der subtree = list.enter(Der.SEQUENCE);
            int kind = subtree.peekTag();
            byte[] base = subtree.enter(kind).rest();
            if (subtree.hasNext()) {
                throw new IllegalArgumentException("a subtree has a minimum or maximum");
            }
            subtrees++;
            if (kind == URI_TAG) {
                uris.add(host(base));
            }
        }
    }

    private static String host(byte[] base) {
        String host = lowerCase(new String(base, StandardCharsets.US_ASCII));
        if (!isHostName(host.startsWith(".") ? host.substring(1) : host)) {
            throw new IllegalArgumentException("a URI subtree is neither a host name nor one with a dot before it");
        }
        return host;
    }

    private void check(X509Certificate certificate, Collection<List<?>> names) throws PathRejection {
        if (!permitted.isEmpty() || !excluded.isEmpty()) {
            for (List<?> name : names) {
                if (Integer.valueOf(URI_NAME).equals(name.get(0))) {
                    checkUri(certificate, (String) name.get(1));
                }
            }
        }
        boolean held;
        try {
            held = selector.match(certificate);
        } catch (RuntimeException e) {
            // Kinds of names that the JDK cannot compare are unchecked exceptions to it.
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    "the names of " + SvidProfile.name(certificate)
                            + " cannot be compared with the name constraints of " + SvidProfile.name(owner),
                    e);
        }
        if (!held) {
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    "a name of " + SvidProfile.name(certificate) + " is not allowed by the name constraints of "
                            + SvidProfile.name(owner));
        }
    }

    private void checkUri(X509Certificate certificate, String uri) throws PathRejection {
        String host = hostOf(uri);
        if (host == null || !isHostName(host)) {
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    SvidProfile.name(owner) + " is constrained to certain URIs, and the host of " + uri + " in "
                            + SvidProfile.name(certificate)
                            + " is not a fully qualified name that can be compared with them");
        }
        if (!permitted.isEmpty() && permitted.stream().noneMatch(subtree -> contains(subtree, host))) {
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    SvidProfile.name(owner) + " permits only URIs of " + permitted + " (seen: " + uri + " in "
                            + SvidProfile.name(certificate) + ")");
        }
        if (excluded.stream().anyMatch(subtree -> contains(subtree, host))) {
            throw new PathRejection(
                    FailureReason.NAME_CONSTRAINTS,
                    SvidProfile.name(owner) + " excludes URIs of " + excluded + " (seen: " + uri + " in "
                            + SvidProfile.name(certificate) + ")");
        }
    }

    private static boolean contains(String subtree, String host) {
        return subtree.startsWith(".")
                ? host.length() > subtree.length() && host.endsWith(subtree)
                : host.equals(subtree);
    }

    /** The host in lower case, or null if the URI has none. */
    private static @Nullable String hostOf(String uri) {
        if (uri.startsWith(SPIFFE)) {
            // java.net.URI knows no host with an underscore.
            int slash = uri.indexOf('/', SPIFFE.length());
            return lowerCase(uri.substring(SPIFFE.length(), slash < 0 ? uri.length() : slash));
        }
        try {
            String host = new URI(uri).getHost();
            return host == null ? null : lowerCase(host);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String lowerCase(String host) {
        return host.toLowerCase(Locale.ROOT);
    }

    /** Labels of letters, digits and inner hyphens, of which the last is not a number, as it is in an IPv4 address. */
    private static boolean isHostName(String host) {
        boolean number = false;
        for (String label : host.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > 63 || label.startsWith("-") || label.endsWith("-")) {
                return false;
            }
            number = true;
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                boolean digit = c >= '0' && c <= '9';
                if (!digit && c != '-' && (c < 'a' || c > 'z')) {
                    return false;
                }
                number &= digit;
            }
        }
        return !number && host.length() <= 253;
    }
}
