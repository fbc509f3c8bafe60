package dev.mtls.source.file;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The folder of the draft "SPIFFE Filesystem Delivery": a credential bundle, and a trust bundle per trust domain, named after it.
 *
 * <p>The draft has renamed its files twice; the newest name that a folder holds is read.
 */
final class SpiffeFolderLayout implements Layout {
    static final String VARIABLE = "SPIFFE_CREDENTIAL_FOLDER";
    static final List<Path> WELL_KNOWN = List.of(
            Path.of("/run/secrets/workload-spiffe-credentials"),
            Path.of("/var/run/secrets/workload-spiffe-credentials"));
    static final List<String> CREDENTIAL_NAMES = List.of(
            "credential-bundle.private-key.x509.pem", "credential-bundle.private-key.pem", "credential-bundle.pem");
    static final List<String> BUNDLE_SUFFIXES = List.of(".spiffe-trust-bundle.x509.pem", ".spiffe-trust-bundle.pem");

    private final List<Path> candidates;

    private SpiffeFolderLayout(List<Path> candidates) {
        this.candidates = candidates;
    }

    static SpiffeFolderLayout in(Path folder) {
        return new SpiffeFolderLayout(List.of(folder));
    }

    /** The folder that the variable names, or else the first of the well-known ones that exists. */
    static SpiffeFolderLayout search(Map<String, String> environment, List<Path> wellKnown) {
        String named = environment.get(VARIABLE);
        if (named == null) {
            return new SpiffeFolderLayout(wellKnown);
        }
        if (named.isBlank()) {
            throw new IllegalArgumentException(VARIABLE + ": empty (expected: the path of a folder, or not to be set)");
        }
        return in(Path.of(named));
    }

    @Override
    public FileSet files(Folders folders) throws SourceUnavailableException, SvidRejectedException {
        Path folder = folder();
        SortedSet<String> names = names(folder, folders.resolve(folder));
        Path credential = folder.resolve(credentialName(folder, names));
        List<FileSet.BundleFile> bundles = new ArrayList<>();
        bundleNames(folder, names)
                .forEach((trustDomain, name) -> bundles.add(new FileSet.BundleFile(trustDomain, folder.resolve(name))));
        return new FileSet(credential, credential, bundles, List.of());
    }

    private Path folder() throws SourceUnavailableException {
        for (Path candidate : candidates) {
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        throw unreadable("there is no SPIFFE credential folder (expected: " + candidates
                + (candidates.size() > 1 ? ", or another that " + VARIABLE + " names" : "")
                + "); is the volume mounted?");
    }

    private static SortedSet<String> names(Path folder, Path located) throws SourceUnavailableException {
        SortedSet<String> names = new TreeSet<>();
        try (Stream<Path> entries = Files.list(located)) {
            entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        } catch (UncheckedIOException e) {
            throw FileReading.explained(folder, new IOException(e.getMessage(), e));
        } catch (IOException e) {
            throw FileReading.explained(folder, e);
        }
        return names;
    }

    private static String credentialName(Path folder, SortedSet<String> names) throws SourceUnavailableException {
        for (String name : CREDENTIAL_NAMES) {
            if (names.contains(name)) {
                return name;
            }
        }
        throw unreadable(folder + " holds no credential bundle (expected: one of " + CREDENTIAL_NAMES + "; it holds: "
                + names + ")");
    }

    private static Map<TrustDomain, String> bundleNames(Path folder, SortedSet<String> names)
            throws SvidRejectedException {
        Map<TrustDomain, String> bundles = new TreeMap<>();
        for (String suffix : BUNDLE_SUFFIXES) {
            for (String name : names) {
                if (name.endsWith(suffix)) {
                    bundles.putIfAbsent(trustDomain(folder, name, suffix), name);
                }
            }
        }
        return bundles;
    }

    private static TrustDomain trustDomain(Path folder, String name, String suffix) throws SvidRejectedException {
        try {
            return TrustDomain.parse(name.substring(0, name.length() - suffix.length()));
        } catch (IllegalArgumentException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_SPIFFE_ID,
                    folder.resolve(name) + ": the name does not begin with a trust domain: " + e.getMessage(),
                    e);
        }
    }

    private static SourceUnavailableException unreadable(String message) {
        return new SourceUnavailableException(FailureReason.UNREADABLE_FILE, message);
    }
}
