package dev.mtls.source.file;

import static java.util.Objects.requireNonNull;

import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.pem.Pem;
import dev.mtls.source.SnapshotPublisher;
import dev.mtls.source.SourceHealth;
import dev.mtls.source.SourceState;
import dev.mtls.source.X509Source;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A source that reads its identity and trust from PEM files and follows their changes.
 *
 * <p>Choose the layout of the files, change what deviates, and {@linkplain Builder#open() open} it:
 *
 * <pre>{@code
 * PemFileSource source = PemFileSource.istio(Path.of("/etc/certs")).open();
 * }</pre>
 *
 * <p><b>Changes.</b> The files are looked at every 250 ms; no notification of the operating system is relied on. A change is in
 * force within one second. Files are used as a set: after the first time, only once two looks, 100 ms apart, have seen the same
 * content, and never if key and certificate do not belong together, so that files that are written one after the other, or in place,
 * do no harm. Files of a folder that is swapped by a symbolic link, such as Kubernetes' {@code ..data}, are read from one version of
 * it. Files that are rewritten with the same content, or touched, change nothing.
 *
 * <p><b>Errors.</b> If the files cannot be used, the snapshot before stays in force, and {@link SourceHealth#lastError()} says which
 * file it is and why: at once as long as there is no snapshot, otherwise when it has lasted for a second. The files are looked at
 * again until they can be used. Files that are not there yet are such an error too.
 *
 * <p><b>Trust.</b> The bundle file is that of the SVID's own trust domain; those of others are {@linkplain Builder#addBundle added}
 * by name. An authority whose SPIFFE ID is of another trust domain than its file is refused, since it would vouch for the wrong
 * names; so is a file without an authority of the own trust domain. The bundle of another trust domain may be an empty file: none of
 * its peers is trusted. CRLs only count as long as every CRL file can be read: one that cannot be keeps the snapshot before in force.
 *
 * <p><b>Files.</b> Certificates and CRLs may be PEM or DER, keys PKCS#8, PKCS#1 or SEC1 without encryption; each file has at most
 * {@value Pem#MAX_BYTES} bytes.
 *
 * <p>Safe for use by several threads.
 */
public final class PemFileSource implements X509Source {
    private final SnapshotPublisher publisher;
    private final FileWatch watch;

    private PemFileSource(SnapshotPublisher publisher, FileWatch watch) {
        this.publisher = publisher;
        this.watch = watch;
    }

    /**
     * The names of Istio's agent: {@code cert-chain.pem}, {@code key.pem}, {@code root-cert.pem}.
     *
     * <p>The agent writes them where its {@code OUTPUT_CERTS} says, and reads them from {@code /etc/certs} or {@code
     * /var/run/secrets/workload-spiffe-credentials}.
     */
    public static Builder istio(Path folder) {
        return inFolder(folder, "cert-chain.pem", "key.pem", "root-cert.pem");
    }

    /** The names of a {@code kubernetes.io/tls} secret, and of cert-manager: {@code tls.crt}, {@code tls.key}, {@code ca.crt}. */
    public static Builder certManager(Path folder) {
        return inFolder(folder, "tls.crt", "tls.key", "ca.crt");
    }

    /**
     * The names that spiffe-helper's documentation configures: {@code svid.pem}, {@code svid_key.pem}, {@code svid_bundle.pem}. For
     * others see {@link #files}.
     *
     * <p>Its {@code include_federated_domains} must be off: it pools the authorities of all trust domains in one file, which is
     * refused.
     */
    public static Builder spiffeHelper(Path folder) {
        return inFolder(folder, "svid.pem", "svid_key.pem", "svid_bundle.pem");
    }

    /**
     * The names of GKE's workload certificates: {@code certificates.pem}, {@code private_key.pem}, {@code ca_certificates.pem}; they
     * are in {@code /var/run/secrets/workload-spiffe-credentials}.
     */
    public static Builder gke(Path folder) {
        return inFolder(folder, "certificates.pem", "private_key.pem", "ca_certificates.pem");
    }

    /**
     * Kubernetes pod certificates: the files of a projected volume.
     *
     * @param credentialBundle the file that the {@code podCertificate} projects: key and chain in one
     * @param trustBundle the file that the {@code clusterTrustBundle} projects; may be of another volume
     */
    public static Builder podCertificate(Path credentialBundle, Path trustBundle) {
        return files(credentialBundle, credentialBundle, trustBundle);
    }

    /**
     * The folder of the draft "SPIFFE Filesystem Delivery": the one that the environment variable {@code SPIFFE_CREDENTIAL_FOLDER}
     * names, or else {@code /run/secrets/workload-spiffe-credentials}, or else {@code /var/run/secrets/workload-spiffe-credentials}.
     *
     * <p>It holds key and chain in {@code credential-bundle.private-key.x509.pem}, and the bundle of each trust domain in {@code
     * TRUST-DOMAIN.spiffe-trust-bundle.x509.pem}. The draft's earlier names are read where these are missing: {@code
     * credential-bundle.private-key.pem}, {@code credential-bundle.pem} and {@code TRUST-DOMAIN.spiffe-trust-bundle.pem}. Bundles
     * that are added or removed later are seen. Other files are passed over. The draft is not final: names may be added here.
     *
     * @throws IllegalArgumentException if the variable is set and is no path
     */
    public static Builder spiffeFolder() {
        return new Builder(SpiffeFolderLayout.search(System.getenv(), SpiffeFolderLayout.WELL_KNOWN), false);
    }

    /** As {@link #spiffeFolder()}, in the folder given. */
    public static Builder spiffeFolder(Path folder) {
        return new Builder(SpiffeFolderLayout.in(requireNonNull(folder, "folder")), false);
    }

    /**
     * Files of any name.
     *
     * @param chain the certificates, leaf first
     * @param key the private key; may be the same file as the chain
     * @param bundle the authorities of the SVID's trust domain
     */
    public static Builder files(Path chain, Path key, Path bundle) {
        FileSet files = new FileSet(
                requireNonNull(chain, "chain"),
                requireNonNull(key, "key"),
                List.of(new FileSet.BundleFile(null, requireNonNull(bundle, "bundle"))),
                List.of());
        return new Builder(folders -> files, true);
    }

    private static Builder inFolder(Path folder, String chain, String key, String bundle) {
        requireNonNull(folder, "folder");
        return files(folder.resolve(chain), folder.resolve(key), folder.resolve(bundle));
    }

    @Override
    public SourceState state() {
        return publisher.state();
    }

    @Override
    public Subscription subscribe(Runnable listener) {
        return publisher.subscribe(listener);
    }

    /** Reads the files again now. Who writes them is not asked for new ones. */
    @Override
    public void renew() {
        watch.lookNow();
    }

    /**
     * Ends the looking at the files. The thread that did so ends with the look that is under way; an executor that the program has
     * given is not shut down.
     */
    @Override
    public void close() {
        watch.close();
        publisher.close();
    }

    /** What may differ from one file source to another. Not safe for use by several threads. */
    public static final class Builder {
        private final Layout layout;
        private final boolean hasBundleFile;
        private final List<FileSet.BundleFile> bundles = new ArrayList<>();
        private final List<Path> crls = new ArrayList<>();
        private @Nullable TrustDomain bundleTrustDomain;
        private @Nullable SpiffeId expectedId;
        private @Nullable Clock clock;
        private @Nullable ScheduledExecutorService executor;
        private LongSupplier nanoTime = System::nanoTime;

        Builder(Layout layout, boolean hasBundleFile) {
            this.layout = layout;
            this.hasBundleFile = hasBundleFile;
        }

        /**
         * The trust domain whose authorities the layout's bundle file holds. Default: that of the SVID.
         *
         * @throws IllegalStateException if it is set already, or if the names of the layout's bundle files say whose they are
         */
        public Builder bundleTrustDomain(TrustDomain trustDomain) {
            if (!hasBundleFile) {
                throw new IllegalStateException(
                        "bundleTrustDomain: this layout names its bundle files after their trust domains");
            }
            bundleTrustDomain = once("bundleTrustDomain", bundleTrustDomain, trustDomain);
            return this;
        }

        /**
         * Adds a file with authorities of a trust domain, such as a federated one. Several files of one trust domain are joined. The
         * file may be empty, but not missing.
         */
        public Builder addBundle(TrustDomain trustDomain, Path file) {
            bundles.add(
                    new FileSet.BundleFile(requireNonNull(trustDomain, "trustDomain"), requireNonNull(file, "file")));
            return this;
        }

        /** Adds a file with one or more CRLs, PEM, or one CRL as DER. Each applies to the certificates of the CA that signed it. */
        public Builder addCrl(Path file) {
            crls.add(requireNonNull(file, "file"));
            return this;
        }

        /**
         * The only SPIFFE ID that is accepted; an SVID with another one is an error. Default: any.
         *
         * @throws IllegalStateException if it is set already
         */
        public Builder expectedId(SpiffeId id) {
            expectedId = once("expectedId", expectedId, id);
            return this;
        }

        /**
         * Tells the time for the validity of certificates and for ages. Default: the system's clock.
         *
         * @throws IllegalStateException if it is set already
         */
        public Builder clock(Clock value) {
            clock = once("clock", clock, value);
            return this;
        }

        /**
         * Looks at the files on this executor, which the program shuts down itself, after closing the source. Default: one daemon
         * thread per source.
         *
         * @throws IllegalStateException if it is set already
         */
        public Builder executor(ScheduledExecutorService value) {
            executor = once("executor", executor, value);
            return this;
        }

        /** For tests: tells how long files have been unusable. */
        Builder nanoTime(LongSupplier value) {
            nanoTime = value;
            return this;
        }

        private static <T> T once(String name, @Nullable T before, T value) {
            requireNonNull(value, name);
            if (before != null) {
                throw new IllegalStateException(name + ": set already, to " + before);
            }
            return value;
        }

        /**
         * Reads the files once, on the calling thread, and starts following their changes. The source has a snapshot when this returns,
         * unless the files are missing or cannot be used; then its {@linkplain PemFileSource#state() health} says why, and it waits for
         * better ones.
         */
        public PemFileSource open() {
            Clock usedClock = clock == null ? Clock.systemUTC() : clock;
            SnapshotPublisher publisher = new SnapshotPublisher(usedClock, expectedId);
            FileWatch watch = new FileWatch(layout(), publisher, usedClock, nanoTime, executor);
            watch.look();
            return new PemFileSource(publisher, watch);
        }

        private Layout layout() {
            List<FileSet.BundleFile> moreBundles = List.copyOf(bundles);
            List<Path> moreCrls = List.copyOf(crls);
            @Nullable TrustDomain owner = bundleTrustDomain;
            return folders -> owned(layout.files(folders), owner).with(moreBundles, moreCrls);
        }

        private static FileSet owned(FileSet files, @Nullable TrustDomain owner) {
            if (owner == null) {
                return files;
            }
            Path bundle = files.bundles().get(0).path();
            return new FileSet(
                    files.chain(), files.key(), List.of(new FileSet.BundleFile(owner, bundle)), files.crls());
        }
    }
}
