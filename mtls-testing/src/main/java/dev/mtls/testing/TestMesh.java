package dev.mtls.testing;

import static java.util.Objects.requireNonNull;

import dev.mtls.Mtls;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.ca.SvidRequest;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.X509Source;
import dev.mtls.source.X509Update;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Trust domains, identities and sources for tests, made on the spot and changed at will.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TestMesh mesh = TestMesh.create("test", "other");
 *
 * @Test
 * void callsGoOnWhileIdentitiesRotate() throws Exception {
 *     SpiffeId api = mesh.identity("spiffe://test/api");
 *     try (Mtls mtls = mesh.mtls(api)) {
 *         mesh.rotate(api);
 *         mesh.distrust("other");
 *     }
 * }
 * }</pre>
 *
 * <p>Every identity trusts every trust domain of the mesh until one is {@linkplain #distrust distrusted}. A change is in force in all
 * sources when the method that makes it returns. Nothing is renewed by itself: an SVID is valid for an hour.
 *
 * <p>As a JUnit extension in a static field it lives as long as the test class, in an instance field as long as the test. After each
 * test it closes the sources that were made in it, and everything that {@link #mtls} made in it; trust, identities and clock stay as
 * they are. Without JUnit, {@linkplain #close() close} it.
 *
 * <p>Safe for use by several threads.
 */
public final class TestMesh
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
    private static final Duration SVID_TTL = Duration.ofHours(1);

    private final MovableClock clock = MovableClock.running();
    private final Map<TrustDomain, Domain> domains = new LinkedHashMap<>();
    private final Map<SpiffeId, Identity> identities = new LinkedHashMap<>();
    /** What closes the sources and the rest, in the order of their making. */
    private final List<Runnable> closers = new ArrayList<>();

    private X509BundleSet foreignBundles = X509BundleSet.of();
    private boolean livesAsLongAsTheClass;
    private int closersBeforeTest;

    private static final class Domain {
        final CertificateAuthority authority;
        boolean trusted = true;

        Domain(CertificateAuthority authority) {
            this.authority = authority;
        }
    }

    /** An identity: the SVID that it has now, and the sources that deliver it. */
    private static final class Identity {
        X509Svid svid;
        final Set<MeshSource> sources = new LinkedHashSet<>();

        Identity(X509Svid svid) {
            this.svid = svid;
        }
    }

    private TestMesh() {}

    /**
     * A mesh of trust domains, each with an authority of its own.
     *
     * @param trustDomains their names, one or more
     * @throws IllegalArgumentException if there is none, or one is no valid name
     */
    public static TestMesh create(String... trustDomains) {
        if (trustDomains.length == 0) {
            throw new IllegalArgumentException("trustDomains: none (expected: one or more names)");
        }
        TestMesh mesh = new TestMesh();
        for (String name : trustDomains) {
            mesh.trust(name);
        }
        return mesh;
    }

    /** The clock of the whole mesh. It goes on by itself; moving it ages everything in the mesh. */
    public MovableClock clock() {
        return clock;
    }

    /**
     * The identity of the ID; its first SVID is issued unless it has one.
     *
     * @throws IllegalArgumentException if it is no valid SPIFFE ID with a path, or its trust domain is not of this mesh
     */
    public SpiffeId identity(String id) {
        SpiffeId parsed = SpiffeId.parse(id);
        find(parsed);
        return parsed;
    }

    private synchronized Identity find(SpiffeId id) {
        Identity known = identities.get(requireNonNull(id, "id"));
        if (known != null) {
            return known;
        }
        Identity made = new Identity(issue(SvidRequest.of(id)));
        identities.put(id, made);
        return made;
    }

    private Domain domain(TrustDomain trustDomain) {
        Domain domain = domains.get(trustDomain);
        if (domain == null) {
            throw new IllegalArgumentException(
                    "trust domain: " + trustDomain + " (expected: one of this mesh, " + domains.keySet() + ")");
        }
        return domain;
    }

    /** The SVID that the identity has now. */
    public synchronized X509Svid svid(SpiffeId id) {
        return find(id).svid;
    }

    /** The bundle of the trust domain, whether it is trusted or not. */
    public synchronized X509Bundle bundle(String trustDomain) {
        return domain(TrustDomain.parse(trustDomain)).authority.bundle();
    }

    /**
     * A new source of the identity, which has published, unless the identity has expired. {@link X509Source#renew} rotates the identity,
     * for all of its sources.
     */
    public synchronized X509Source source(SpiffeId id) {
        Identity identity = find(id);
        MeshSource source = new MeshSource(clock, () -> rotate(id), this::forget);
        identity.sources.add(source);
        closers.add(source::close);
        publish(source, id, identity);
        return source;
    }

    private synchronized void forget(MeshSource source) {
        identities.values().forEach(identity -> identity.sources.remove(source));
    }

    /** Prepares an {@link Mtls} with a new source of the identity and the clock of the mesh, for further settings. */
    public Mtls.Builder builder(SpiffeId id) {
        return Mtls.builder(source(id)).clock(clock);
    }

    /** An {@link Mtls} of the identity with the defaults and the clock of the mesh. */
    public Mtls mtls(SpiffeId id) {
        try {
            Mtls mtls = builder(id).build();
            synchronized (this) {
                closers.add(mtls::close);
            }
            return mtls;
        } catch (SourceUnavailableException e) {
            throw new IllegalStateException("the mesh could not deliver " + id, e);
        }
    }

    /** Gives the identity a new SVID with a new key, valid for an hour. */
    public synchronized X509Svid rotate(SpiffeId id) {
        return replace(id, issue(SvidRequest.of(id)));
    }

    /**
     * Gives the identity an SVID that has expired when this returns: it ends within two seconds, and the clock is moved past its end.
     * Connections made with an earlier SVID live on until that one ends. Until the identity is rotated, its sources take no change.
     */
    public void expire(SpiffeId id) {
        X509Svid last = expire(id, Duration.ofSeconds(1));
        Duration left = Duration.between(clock.instant(), last.notAfter());
        clock.advance(left.isNegative() ? Duration.ZERO : left.plusMillis(1));
    }

    /**
     * Gives the identity an SVID that ends so long from now, at the next whole second; connections made with it are cut then. The
     * certificate ends in truth, not by the mesh's clock alone.
     *
     * @param in one second to one hour
     * @throws IllegalArgumentException if the duration is out of range
     */
    public synchronized X509Svid expire(SpiffeId id, Duration in) {
        if (in.compareTo(Duration.ofSeconds(1)) < 0 || in.compareTo(SVID_TTL) > 0) {
            throw new IllegalArgumentException("in: " + in + " (expected: PT1S..PT1H)");
        }
        // Certificates end at whole seconds.
        return replace(id, issue(SvidRequest.of(id).withTtl(in.plusSeconds(1))));
    }

    private X509Svid replace(SpiffeId id, X509Svid svid) {
        Identity identity = find(id);
        identity.svid = svid;
        for (MeshSource source : List.copyOf(identity.sources)) {
            publish(source, id, identity);
        }
        return svid;
    }

    private X509Svid issue(SvidRequest request) {
        try {
            return domain(request.id().trustDomain()).authority.issue(request);
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("the authority could not issue " + request, e);
        }
    }

    /**
     * Takes the bundle of the trust domain from all sources; sources of that trust domain itself hold an empty one, as they must have
     * one. Its identities are refused everywhere from now on, and their connections cut.
     */
    public synchronized void distrust(String trustDomain) {
        domain(TrustDomain.parse(trustDomain)).trusted = false;
        publishAll();
    }

    /** Gives all sources this bundle of a trust domain that is not of this mesh. */
    public synchronized void trust(X509Bundle foreign) {
        if (domains.containsKey(foreign.trustDomain())) {
            throw new IllegalArgumentException("foreign: a bundle of " + foreign.trustDomain()
                    + " (expected: of a trust domain that is not of this mesh, " + domains.keySet() + ")");
        }
        foreignBundles = foreignBundles.with(foreign);
        publishAll();
    }

    /** Gives all sources the bundle of the trust domain again; if it is not of this mesh, it is added, with a new authority. */
    public synchronized void trust(String trustDomain) {
        TrustDomain parsed = TrustDomain.parse(trustDomain);
        domains.computeIfAbsent(parsed, absent -> new Domain(CertificateAuthority.create(parsed, clock))).trusted =
                true;
        publishAll();
    }

    /**
     * Gives the trust domain a new root: all sources trust it first, then every identity of the trust domain gets an SVID of it. The old
     * root stays trusted until it is {@linkplain #retireRoot retired}.
     *
     * @throws IllegalStateException if the root before has not been retired
     */
    public synchronized void rotateRoot(String trustDomain) {
        TrustDomain parsed = TrustDomain.parse(trustDomain);
        CertificateAuthority authority = domain(parsed).authority;
        authority.prepareRoot();
        publishAll();
        authority.activateRoot();
        for (SpiffeId id : List.copyOf(identities.keySet())) {
            if (parsed.contains(id)) {
                rotate(id);
            }
        }
    }

    /**
     * Ends the trust in the root before the newest; connections made with its SVIDs are cut.
     *
     * @throws IllegalStateException if the root has not been {@linkplain #rotateRoot rotated}
     */
    public synchronized void retireRoot(String trustDomain) {
        domain(TrustDomain.parse(trustDomain)).authority.retireRoot();
        publishAll();
    }

    /**
     * Revokes the SVID that the identity has now: all sources get the CRL, and connections made with it are cut. The identity keeps it
     * until it is {@linkplain #rotate rotated}.
     */
    public synchronized void revoke(SpiffeId id) {
        domain(id.trustDomain()).authority.revoke(find(id).svid);
        publishAll();
    }

    /** Offers the identity's sources an update without an SVID: they reject it, and the last good one stays. */
    public synchronized void breakUpdate(SpiffeId id) {
        for (MeshSource source : List.copyOf(find(id).sources)) {
            try {
                source.publish(new X509Update(List.of(), bundlesFor(id), crls()));
            } catch (SvidRejectedException e) {
                // As intended; the source has recorded it.
                continue;
            }
            throw new IllegalStateException("a source took an update without an SVID");
        }
    }

    private void publishAll() {
        identities.forEach((id, identity) -> {
            for (MeshSource source : List.copyOf(identity.sources)) {
                publish(source, id, identity);
            }
        });
    }

    // Under the lock, unlike elsewhere: changes made by several threads must reach every source in one order, and be in
    // force when the method returns. Listeners do not block.
    private void publish(MeshSource source, SpiffeId id, Identity identity) {
        try {
            source.publish(new X509Update(List.of(identity.svid), bundlesFor(id), crls()));
        } catch (SvidRejectedException e) {
            // The source of an expired identity keeps what it has, and says so; the others are none the worse for it.
            if (e.reason() != FailureReason.EXPIRED) {
                throw new IllegalStateException("the SVID of " + id + " cannot be published", e);
            }
        }
    }

    private X509BundleSet bundlesFor(SpiffeId id) {
        List<X509Bundle> bundles = new ArrayList<>();
        domains.forEach((trustDomain, domain) -> {
            if (domain.trusted) {
                bundles.add(domain.authority.bundle());
            } else if (trustDomain.contains(id)) {
                bundles.add(emptyBundle(trustDomain));
            }
        });
        bundles.addAll(foreignBundles.bundles());
        return X509BundleSet.of(bundles);
    }

    private static X509Bundle emptyBundle(TrustDomain trustDomain) {
        try {
            return X509Bundle.of(trustDomain, List.of());
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("an empty bundle was refused", e);
        }
    }

    private List<X509CRL> crls() {
        List<X509CRL> crls = new ArrayList<>();
        domains.values().forEach(domain -> crls.addAll(domain.authority.crls()));
        return crls;
    }

    /** Closes all sources, and everything that {@link #mtls} made. */
    @Override
    public void close() {
        close(0);
    }

    private void close(int from) {
        List<Runnable> due;
        synchronized (this) {
            List<Runnable> since = closers.subList(from, closers.size());
            due = new ArrayList<>(since);
            since.clear();
        }
        // Whoever uses a source before the source.
        for (int i = due.size() - 1; i >= 0; i--) {
            due.get(i).run();
        }
    }

    /** Called by JUnit. */
    @Override
    public void beforeAll(ExtensionContext context) {
        livesAsLongAsTheClass = true;
    }

    /** Called by JUnit. */
    @Override
    public synchronized void beforeEach(ExtensionContext context) {
        closersBeforeTest = livesAsLongAsTheClass ? closers.size() : 0;
    }

    /** Called by JUnit. */
    @Override
    public void afterEach(ExtensionContext context) {
        close(closersBeforeTest);
    }

    /** Called by JUnit. */
    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }
}
