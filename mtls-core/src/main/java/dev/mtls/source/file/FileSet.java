package dev.mtls.source.file;

import dev.mtls.identity.TrustDomain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files that make up one update.
 *
 * @param chain the certificates, leaf first
 * @param key the private key; may be the same file as the chain
 * @param bundles the trust bundles
 * @param crls the certificate revocation lists
 */
record FileSet(Path chain, Path key, List<BundleFile> bundles, List<Path> crls) {
    /**
     * A file with authorities.
     *
     * @param trustDomain whose they are, or null for the trust domain of the SVID
     */
    record BundleFile(@Nullable TrustDomain trustDomain, Path path) {}

    FileSet {
        bundles = List.copyOf(bundles);
        crls = List.copyOf(crls);
    }

    /** Every file once. */
    Set<Path> paths() {
        Set<Path> paths = new LinkedHashSet<>();
        paths.add(key);
        paths.add(chain);
        for (BundleFile bundle : bundles) {
            paths.add(bundle.path());
        }
        paths.addAll(crls);
        return paths;
    }

    /** This set with more bundles and CRLs. */
    FileSet with(List<BundleFile> moreBundles, List<Path> moreCrls) {
        List<BundleFile> allBundles = new ArrayList<>(bundles);
        allBundles.addAll(moreBundles);
        List<Path> allCrls = new ArrayList<>(crls);
        allCrls.addAll(moreCrls);
        return new FileSet(chain, key, allBundles, allCrls);
    }
}
