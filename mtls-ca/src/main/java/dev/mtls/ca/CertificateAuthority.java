package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.X509Source.Subscription;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A certificate authority in this process: it issues the X.509-SVIDs of one trust domain, under a root of its own or below one.
 *
 * <p>What it issues has the profile of X509-SVID §2 to §4 exactly: one URI SAN, the SPIFFE ID; an empty subject; critical key usage;
 * extended key usage for both sides of TLS. Nothing outlives its issuer: validity is cut to that of the certificates above. Serial
 * numbers have 128 random bits.
 *
 * <p>A root is rotated in three steps, so that it is trusted before it is used, and used before the old one is dropped: {@link
 * #prepareRoot()}, {@link #activateRoot()}, {@link #retireRoot()}. When a step returns, every {@link CaSource} of this process has
 * published it. Other parts of the mesh need time between the steps: to receive the new bundle before the second, and to have all
 * their SVIDs renewed before the third.
 *
 * <p><b>Security.</b> Whoever can call an authority can become anybody in its trust domain. Private keys stay inside: they appear in
 * no {@code toString}, and leave only through {@link #save}. SVIDs are issued to whom the program says; proving who asks is its
 * part.
 *
 * <p>Safe for use by several threads. Calls compute and do no I/O, except {@link #save} and {@link Builder#load}.
 */
public final class CertificateAuthority {
    private final Hierarchy hierarchy;
    private final Node node;

    private CertificateAuthority(Hierarchy hierarchy, Node node) {
        this.hierarchy = hierarchy;
        this.node = node;
    }

    /** An authority with a new self-signed root, all defaults of {@link Builder} and the system's clock. */
    public static CertificateAuthority create(TrustDomain trustDomain) {
        return builder(trustDomain).build();
    }

    /** An authority with a new self-signed root and all defaults of {@link Builder}. */
    public static CertificateAuthority create(TrustDomain trustDomain, Clock clock) {
        return builder(trustDomain).clock(clock).build();
    }

    /** Begins an authority. */
    public static Builder builder(TrustDomain trustDomain) {
        return new Builder(requireNonNull(trustDomain, "trustDomain"));
    }

    /** The trust domain that it issues for. */
    public TrustDomain trustDomain() {
        return hierarchy.trustDomain();
    }

    /** The certificate that it signs with at present: a root's or an intermediate's. */
    public X509Certificate certificate() {
        return hierarchy.state().signer(node).certificate();
    }

    /** The roots that what it issues leads to; two during a rotation. */
    public X509Bundle bundle() {
        return bundles().bundle(trustDomain()).orElseThrow();
    }

    /** All bundles that its sources publish: its own and those it is {@linkplain #federate federated} with. */
    public X509BundleSet bundles() {
        return hierarchy.state().bundles();
    }

    /**
     * Issues an SVID with a new key and all defaults of {@link SvidRequest}.
     *
     * @throws IllegalArgumentException if the ID is of another trust domain, has no path, or is none that this authority issues
     * @throws SvidRejectedException if a signing certificate has expired or is not valid yet
     */
    public X509Svid issue(SpiffeId id) throws SvidRejectedException {
        return issue(SvidRequest.of(id));
    }

    /**
     * Issues an SVID with a new key.
     *
     * @throws IllegalArgumentException if the ID is of another trust domain, or is none that this authority issues
     * @throws SvidRejectedException if a signing certificate has expired or is not valid yet
     */
    public X509Svid issue(SvidRequest request) throws SvidRejectedException {
        return hierarchy.issue(node, requireNonNull(request, "request")).svid();
    }

    /**
     * Issues the certificates of an SVID for a key that is elsewhere.
     *
     * <p><b>Security.</b> The identity comes from {@code request}, which is the caller's decision about who asks. Of the CSR only the
     * key is used, after its signature has proven possession; if it has URI SANs, they must be that identity alone. All else that
     * it asks for is passed over.
     *
     * @param csr a PKCS #10 request, PEM or DER
     * @return the chain, leaf first, without the root
     * @throws IllegalArgumentException as in {@link #issue(SvidRequest)}, or if the request names a key type
     * @throws SvidRejectedException if the CSR cannot be parsed or does not prove possession ({@code malformed-csr}), its key is
     *     not EC P-256 or P-384, RSA of 2048 to 8192 bits or Ed25519 ({@code unsupported-algorithm}), it names another identity
     *     ({@code unexpected-identity}), or a signing certificate has expired or is not valid yet
     */
    public List<X509Certificate> sign(byte[] csr, SvidRequest request) throws SvidRejectedException {
        requireNonNull(csr, "csr");
        if (requireNonNull(request, "request").keyType().isPresent()) {
            throw new IllegalArgumentException("request: it names a key type (expected: none, the CSR brings its key)");
        }
        SigningRequest parsed = SigningRequest.parse(csr);
        parsed.checkNames(request.id());
        return hierarchy.sign(node, request, parsed.publicKey());
    }

    /**
     * Makes an authority below this one, with an intermediate certificate. It follows the rotations of the root.
     *
     * @throws IllegalArgumentException if this authority's path length does not allow it, or a name constraint is asked for and
     *     the trust domain is not a host name
     * @throws SvidRejectedException if a signing certificate has expired or is not valid yet
     */
    public CertificateAuthority intermediate(IntermediateOptions options) throws SvidRejectedException {
        return new CertificateAuthority(hierarchy, hierarchy.addIntermediate(node, requireNonNull(options, "options")));
    }

    /** How far the rotation of the root is. */
    public RootRotation rotation() {
        return hierarchy.state().rotation();
    }

    /**
     * First step of a rotation: makes a new root, which is trusted from now on and not used yet.
     *
     * @throws IllegalStateException if a rotation is under way, or this authority does not have a root's key
     */
    public void prepareRoot() {
        checkTop("prepareRoot");
        hierarchy.prepareRoot();
    }

    /**
     * Second step: uses the new root, for SVIDs and for new certificates of all intermediates; the old one is still trusted. All
     * sources renew their SVIDs.
     *
     * @throws IllegalStateException if no root is prepared, or this authority does not have a root's key
     */
    public void activateRoot() {
        checkTop("activateRoot");
        hierarchy.activateRoot();
    }

    /**
     * Last step: drops the old root. What it issued is refused from now on.
     *
     * @throws IllegalStateException if no new root is in use, or this authority does not have a root's key
     */
    public void retireRoot() {
        checkTop("retireRoot");
        hierarchy.retireRoot();
    }

    private void checkTop(String step) {
        if (node != hierarchy.top()) {
            throw new IllegalStateException(
                    step + ": this authority is an intermediate (expected: the one with the root)");
        }
    }

    /**
     * Revokes an SVID that this authority issued, or another one with the same root. Its source keeps it until it renews.
     *
     * @throws IllegalArgumentException if none of their signing certificates that are still of use issued it
     * @throws IllegalStateException if the one that did may not sign CRLs
     */
    public void revoke(X509Svid svid) {
        hierarchy.revoke(requireNonNull(svid, "svid"));
    }

    /**
     * Revokes the certificate with this serial number that this authority issued: an SVID's, or an intermediate's. Whether there is
     * one is not known here. An intermediate that is revoked goes on issuing what nobody accepts: make another.
     *
     * @throws IllegalArgumentException if the number is not positive
     * @throws IllegalStateException if this authority's certificate may not sign CRLs
     */
    public void revoke(BigInteger serialNumber) {
        hierarchy.revoke(node, requireNonNull(serialNumber, "serialNumber"));
    }

    /**
     * The certificate revocation lists that sources publish: none before something is revoked for the first time, from then on a
     * complete one of the root and of every intermediate that may sign CRLs. They are made anew at half life. Entries stay
     * for as long as the signing certificate is of use.
     */
    public List<X509CRL> crls() {
        hierarchy.refreshCrls();
        return hierarchy.state().crls();
    }

    /**
     * Has all sources publish the bundle of another trust domain, in place of the one before. To follow another authority of this
     * process: {@code other.subscribe(() -> federate(other.bundle()))}.
     *
     * @throws IllegalArgumentException if the bundle is of this trust domain
     */
    public void federate(X509Bundle bundle) {
        hierarchy.federate(requireNonNull(bundle, "bundle"));
    }

    /**
     * Has no source trust the other trust domain any more.
     *
     * @throws IllegalArgumentException if it is this trust domain
     */
    public void unfederate(TrustDomain trustDomain) {
        hierarchy.unfederate(requireNonNull(trustDomain, "trustDomain"));
    }

    /**
     * Has the listener called after every change of bundles, CRLs or signing certificates, here and in the authorities with the same
     * root, on the thread that made it, holding no lock.
     *
     * @return ends the subscription when closed
     */
    public Subscription subscribe(Runnable listener) {
        return hierarchy.subscribe(requireNonNull(listener, "listener"));
    }

    /**
     * Saves this authority's signing certificate and key in Istio's {@code cacerts} layout: {@code root-cert.pem}, {@code
     * cert-chain.pem}, {@code ca-cert.pem}, {@code ca-key.pem}, and {@code ca-crl.pem} if something is revoked. The key's file is
     * readable by its owner alone from its first byte; each file is replaced atomically. The directory is made if it is missing.
     *
     * <p>An intermediate is saved without the keys above it, so that what is loaded can neither rotate the root nor renew the root's
     * CRL.
     *
     * @throws IOException if a file cannot be written, or the file system has no POSIX permissions to protect the key with
     * @throws IllegalStateException if a root is prepared, whose key has no place in the layout: activate it first
     */
    public void save(Path directory) throws IOException {
        requireNonNull(directory, "directory");
        hierarchy.refreshCrls();
        State state = hierarchy.state();
        if (state.rotation() == RootRotation.PREPARED) {
            throw new IllegalStateException("save: the rotation of the root is at " + state.rotation()
                    + ", and the layout has no place for the key of the new root; activate it first");
        }
        CacertsWriter.save(directory, state.signer(node), state.roots(trustDomain()), state.crls());
    }

    Hierarchy hierarchy() {
        return hierarchy;
    }

    Node node() {
        return node;
    }

    /** The trust domain and the signing certificate in use; nothing of its key. */
    @Override
    public String toString() {
        return "CertificateAuthority[" + trustDomain() + ", "
                + hierarchy.state().signer(node) + "]";
    }

    /**
     * Makes an authority.
     *
     * <ul>
     *   <li>clock: the system's
     *   <li>key type of roots: {@link KeyType#EC_P256}
     *   <li>path length of roots: no limit
     *   <li>time to live of roots: 3650 days; of SVIDs: 1 hour; of CRLs: 24 hours
     *   <li>backdating of all of them: 10 seconds
     * </ul>
     *
     * <p>For use by one thread.
     */
    public static final class Builder {
        private static final Duration DEFAULT_ROOT_TTL = Duration.ofDays(3650);
        private static final Duration DEFAULT_SVID_TTL = Duration.ofHours(1);
        private static final Duration DEFAULT_CRL_TTL = Duration.ofHours(24);
        private static final Duration DEFAULT_BACKDATE = Duration.ofSeconds(10);

        private final TrustDomain trustDomain;
        private @Nullable Clock clock;
        private @Nullable KeyType keyType;
        private OptionalInt pathLength = OptionalInt.empty();
        private @Nullable Duration rootTtl;
        private @Nullable Duration svidTtl;
        private @Nullable Duration crlTtl;
        private @Nullable Duration backdate;

        private Builder(TrustDomain trustDomain) {
            this.trustDomain = trustDomain;
        }

        /**
         * Tells the time for validity.
         *
         * @throws IllegalStateException if it was set before
         */
        public Builder clock(Clock clock) {
            this.clock = once("clock", this.clock, requireNonNull(clock, "clock"));
            return this;
        }

        /**
         * The type of roots' keys.
         *
         * @throws IllegalStateException if it was set before
         */
        public Builder keyType(KeyType keyType) {
            this.keyType = once("keyType", this.keyType, requireNonNull(keyType, "keyType"));
            return this;
        }

        /**
         * How many intermediates may follow below a root.
         *
         * @throws IllegalArgumentException if it is not between 0 and 7
         * @throws IllegalStateException if it was set before
         */
        public Builder pathLength(int pathLength) {
            Limits.checkPathLength(pathLength);
            once("pathLength", this.pathLength.isPresent() ? this.pathLength : null, pathLength);
            this.pathLength = OptionalInt.of(pathLength);
            return this;
        }

        /**
         * The time to live of roots.
         *
         * @throws IllegalArgumentException if it is not between 2 seconds and 7305 days
         * @throws IllegalStateException if it was set before
         */
        public Builder rootTtl(Duration ttl) {
            Limits.check("rootTtl", ttl, Limits.MIN_TTL, Limits.MAX_SIGNING_TTL);
            this.rootTtl = once("rootTtl", this.rootTtl, ttl);
            return this;
        }

        /**
         * The time to live of SVIDs whose request names none.
         *
         * @throws IllegalArgumentException if it is not between 2 seconds and 366 days
         * @throws IllegalStateException if it was set before
         */
        public Builder svidTtl(Duration ttl) {
            Limits.check("svidTtl", ttl, Limits.MIN_TTL, Limits.MAX_SVID_TTL);
            this.svidTtl = once("svidTtl", this.svidTtl, ttl);
            return this;
        }

        /**
         * How long a CRL may be used; sources get a new one when half of it is over.
         *
         * @throws IllegalArgumentException if it is not between 2 seconds and 366 days
         * @throws IllegalStateException if it was set before
         */
        public Builder crlTtl(Duration ttl) {
            Limits.check("crlTtl", ttl, Limits.MIN_TTL, Limits.MAX_CRL_TTL);
            this.crlTtl = once("crlTtl", this.crlTtl, ttl);
            return this;
        }

        /**
         * How far back the validity of everything begins, for verifiers whose clock is behind.
         *
         * @throws IllegalArgumentException if it is not between 0 and 24 hours
         * @throws IllegalStateException if it was set before
         */
        public Builder backdate(Duration backdate) {
            Limits.check("backdate", backdate, Duration.ZERO, Limits.MAX_BACKDATE);
            this.backdate = once("backdate", this.backdate, backdate);
            return this;
        }

        /** An authority with a new self-signed root. */
        public CertificateAuthority build() {
            return top(Hierarchy.create(trustDomain, settings()));
        }

        /**
         * An authority with the signing certificate and key that a directory holds in Istio's {@code cacerts} layout, see {@link
         * CertificateAuthority#save}. Keys may be PKCS#8, PKCS#1 or SEC1. If the signing certificate is a root and {@code
         * root-cert.pem} holds others too, a rotation is taken to be {@link RootRotation#ACTIVATED}.
         *
         * @throws SvidRejectedException if a file is missing, cannot be read or parsed, the key does not belong to the certificate,
         *     no valid path leads to a root in {@code root-cert.pem}, a certificate may not sign, is of another trust domain, or
         *     is not valid now
         */
        public CertificateAuthority load(Path directory) throws SvidRejectedException {
            AuthoritySettings settings = settings();
            Loaded loaded = Cacerts.load(
                    requireNonNull(directory, "directory"),
                    trustDomain,
                    settings.clock().instant());
            return top(Hierarchy.of(trustDomain, settings, loaded));
        }

        private static CertificateAuthority top(Hierarchy hierarchy) {
            return new CertificateAuthority(hierarchy, hierarchy.top());
        }

        private AuthoritySettings settings() {
            return new AuthoritySettings(
                    clock == null ? Clock.systemUTC() : clock,
                    keyType == null ? KeyType.EC_P256 : keyType,
                    pathLength,
                    rootTtl == null ? DEFAULT_ROOT_TTL : rootTtl,
                    svidTtl == null ? DEFAULT_SVID_TTL : svidTtl,
                    crlTtl == null ? DEFAULT_CRL_TTL : crlTtl,
                    backdate == null ? DEFAULT_BACKDATE : backdate);
        }

        private static <T> T once(String name, @Nullable Object before, T value) {
            if (before != null) {
                throw new IllegalStateException(name + ": set twice, to " + before + " and to " + value);
            }
            return value;
        }
    }
}
