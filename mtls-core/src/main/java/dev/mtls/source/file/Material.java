package dev.mtls.source.file;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.pem.Certificates;
import dev.mtls.internal.pem.PrivateKeys;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the contents of files into an update; every rejection names the file. */
final class Material {
    private static final int URI = 6;

    private final FileSet files;
    private final Map<Path, byte[]> contents;
    private final Clock clock;

    private Material(FileSet files, Map<Path, byte[]> contents, Clock clock) {
        this.files = files;
        this.contents = contents;
        this.clock = clock;
    }

    static X509Update parse(FileSet files, Map<Path, byte[]> contents, Clock clock) throws SvidRejectedException {
        Material material = new Material(files, contents, clock);
        X509Svid svid = material.svid();
        return new X509Update(List.of(svid), material.bundles(svid.id().trustDomain()), material.crls());
    }

    private byte[] content(Path path) {
        return java.util.Objects.requireNonNull(contents.get(path), "a file of the set was not read");
    }

    private X509Svid svid() throws SvidRejectedException {
        List<X509Certificate> chain =
                Certificates.parse(content(files.chain()), files.chain().toString());
        if (chain.isEmpty()) {
            throw new SvidRejectedException(
                    FailureReason.NO_CERTIFICATE,
                    files.chain() + ": no certificate found (expected: the chain, leaf first)");
        }
        PrivateKey key = PrivateKeys.parse(content(files.key()), files.key().toString());
        try {
            return X509Svid.of(chain, key, clock);
        } catch (SvidRejectedException e) {
            boolean oneFile = files.chain().equals(files.key());
            String where = oneFile ? files.chain().toString() : files.chain() + " and " + files.key();
            throw new SvidRejectedException(e.reason(), where + ": " + e.getMessage(), e);
        }
    }

    /** Files of one trust domain are joined; no authority ever counts for another trust domain than its file's. */
    private X509BundleSet bundles(TrustDomain own) throws SvidRejectedException {
        Map<TrustDomain, List<X509Certificate>> authorities = new LinkedHashMap<>();
        for (FileSet.BundleFile file : files.bundles()) {
            TrustDomain trustDomain = file.trustDomain() == null ? own : file.trustDomain();
            authorities
                    .computeIfAbsent(trustDomain, unused -> new ArrayList<>())
                    .addAll(authorities(file.path(), trustDomain));
        }
        List<X509Certificate> ours = authorities.getOrDefault(own, List.of());
        if (ours.isEmpty()) {
            throw new SvidRejectedException(FailureReason.NO_BUNDLE, noBundle(own));
        }
        List<X509Bundle> bundles = new ArrayList<>();
        for (Map.Entry<TrustDomain, List<X509Certificate>> entry : authorities.entrySet()) {
            bundles.add(X509Bundle.of(entry.getKey(), entry.getValue()));
        }
        return X509BundleSet.of(bundles);
    }

    private String noBundle(TrustDomain own) {
        List<String> candidates = new ArrayList<>();
        for (FileSet.BundleFile file : files.bundles()) {
            TrustDomain trustDomain = file.trustDomain() == null ? own : file.trustDomain();
            candidates.add(file.path() + " of " + trustDomain);
        }
        return "no file has an authority of " + own + ", the trust domain of the SVID in " + files.chain()
                + " (bundle files: " + candidates + ")";
    }

    private List<X509Certificate> authorities(Path path, TrustDomain trustDomain) throws SvidRejectedException {
        byte[] content = content(path);
        List<X509Certificate> authorities = Certificates.parse(content, path.toString());
        if (authorities.isEmpty() && content.length > 0) {
            throw new SvidRejectedException(
                    FailureReason.NO_CERTIFICATE,
                    path + ": no certificate found (expected: authorities of " + trustDomain
                            + ", or no content at all for none)");
        }
        for (X509Certificate authority : authorities) {
            checkBelongs(path, authority, trustDomain);
        }
        try {
            // Made here too, so that a certificate that cannot be an authority is reported with the file that holds it.
            X509Bundle.of(trustDomain, authorities);
        } catch (SvidRejectedException e) {
            throw new SvidRejectedException(e.reason(), path + ": " + e.getMessage(), e);
        }
        return authorities;
    }

    /**
     * Refuses an authority that says itself that it is another trust domain's (X509-SVID §3.2). Some writers pool the authorities of
     * federated trust domains in one file; each of them could then vouch for any identity of our own.
     */
    private static void checkBelongs(Path path, X509Certificate authority, TrustDomain trustDomain)
            throws SvidRejectedException {
        String expected = trustDomain.id().toString();
        for (String uri : uriNames(path, authority)) {
            boolean spiffe = uri.toLowerCase(Locale.ROOT).startsWith("spiffe:");
            if (spiffe && !uri.equals(expected) && !uri.startsWith(expected + "/")) {
                throw new SvidRejectedException(
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        path + ": " + SvidProfile.name(authority) + " is an authority of another trust domain than "
                                + expected
                                + ", whose bundle this file is; give each trust domain a file of its own"
                                + " (spiffe-helper: include_federated_domains = false)");
            }
        }
    }

    private static List<String> uriNames(Path path, X509Certificate authority) throws SvidRejectedException {
        List<String> uris = new ArrayList<>();
        @Nullable Collection<List<?>> names;
        try {
            names = authority.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_CERTIFICATE,
                    path + ": the subject alternative names of " + SvidProfile.name(authority) + " cannot be parsed",
                    e);
        }
        if (names != null) {
            for (List<?> name : names) {
                if (Integer.valueOf(URI).equals(name.get(0))) {
                    uris.add((String) name.get(1));
                }
            }
        }
        return uris;
    }

    private List<X509CRL> crls() throws SvidRejectedException {
        List<X509CRL> crls = new ArrayList<>();
        for (Path path : files.crls()) {
            List<X509CRL> found = Certificates.parseCrls(content(path), path.toString());
            if (found.isEmpty()) {
                throw new SvidRejectedException(
                        FailureReason.MALFORMED_CRL, path + ": no CRL found (expected: one or more, PEM or DER)");
            }
            crls.addAll(found);
        }
        return crls;
    }
}
