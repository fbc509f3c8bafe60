package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.ca.State.Revocation;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.source.X509Source.Subscription;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authorities of one trust domain: a root and the intermediates below it.
 *
 * <p>Readers take one immutable {@link State}; changes are made one at a time under a lock, which is released before listeners are
 * called.
 */
final class Hierarchy {
    private static final Logger log = LoggerFactory.getLogger(Hierarchy.class);

    private final TrustDomain trustDomain;
    private final AuthoritySettings settings;
    private final Clock clock;
    private final Certificates certificates;
    private final Node top = Node.top();
    private final ReentrantLock lock = new ReentrantLock();
    private final CopyOnWriteArrayList<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    private volatile State state;

    /** Its identity is its own, so that one listener may subscribe twice. */
    private static final class Subscriber {
        final Runnable listener;

        Subscriber(Runnable listener) {
            this.listener = listener;
        }
    }

    /** An SVID and the trust of the same moment. */
    record Issued(X509Svid svid, Signer signer, State state) {}

    private Hierarchy(TrustDomain trustDomain, AuthoritySettings settings, Loaded loaded) {
        this.trustDomain = trustDomain;
        this.settings = settings;
        this.clock = settings.clock();
        this.certificates = new Certificates(trustDomain);
        RootRotation rotation =
                loaded.signer().isRoot() && loaded.roots().size() > 1 ? RootRotation.ACTIVATED : RootRotation.NONE;
        Issuer issuer = Issuer.of(loaded.signer(), Instant.MAX);
        for (Map.Entry<BigInteger, Date> revoked : loaded.revoked().entrySet()) {
            issuer = issuer.withRevoked(revoked.getKey(), revoked.getValue());
        }
        State first = new State(
                rotation,
                null,
                Map.of(top, List.of(issuer)),
                X509BundleSet.of(State.bundle(trustDomain, loaded.roots())),
                loaded.hasCrls() ? new Revocation(loaded.crlNumber(), loaded.foreignCrls(), Instant.EPOCH) : null);
        this.state = Crls.upToDate(first, clock.instant(), settings);
    }

    /** A hierarchy with a new root. */
    static Hierarchy create(TrustDomain trustDomain, AuthoritySettings settings) {
        Signer root = newRoot(new Certificates(trustDomain), settings);
        return new Hierarchy(trustDomain, settings, Loaded.of(root, List.of(root.certificate())));
    }

    /** A hierarchy below what was loaded. */
    static Hierarchy of(TrustDomain trustDomain, AuthoritySettings settings, Loaded loaded) {
        return new Hierarchy(trustDomain, settings, loaded);
    }

    TrustDomain trustDomain() {
        return trustDomain;
    }

    Clock clock() {
        return clock;
    }

    Node top() {
        return top;
    }

    State state() {
        return state;
    }

    /** Issues with a key made here, and says under which state. */
    Issued issue(Node node, SvidRequest request) throws SvidRejectedException {
        check(node, request);
        KeyPair keys = request.keyType().orElse(KeyType.EC_P256).generate();
        State now = renewed(node);
        Signer signer = now.signer(node);
        X509Svid svid = X509Svid.of(sign(signer, request, keys.getPublic()), keys.getPrivate(), clock);
        return new Issued(svid, signer, now);
    }

    /** Issues for a key whose other half is elsewhere. */
    List<X509Certificate> sign(Node node, SvidRequest request, PublicKey key) throws SvidRejectedException {
        check(node, request);
        return List.copyOf(sign(renewed(node).signer(node), request, key));
    }

    private List<X509Certificate> sign(Signer signer, SvidRequest request, PublicKey key) throws SvidRejectedException {
        Instant now = clock.instant();
        signer.checkValid(now);
        Validity validity = Validity.of(now, settings.backdate(), request.ttl().orElse(settings.svidTtl()));
        return signer.chainOf(certificates.leaf(signer, request, key, validity));
    }

    void check(Node node, SvidRequest request) {
        if (!trustDomain.contains(request.id())) {
            throw new IllegalArgumentException(
                    "id: " + request.id() + " (expected: an ID of the trust domain " + trustDomain + ")");
        }
        node.checkAllowed(request.id());
    }

    Node addIntermediate(Node parent, IntermediateOptions options) throws SvidRejectedException {
        if (options.nameConstraint() && !HostName.isHostName(trustDomain.name())) {
            throw new IllegalArgumentException("nameConstraint: asked for, but " + trustDomain
                    + " is not a host name (expected: letters, digits, hyphens and dots, the last label no number);"
                    + " verifiers would refuse every SVID");
        }
        State before = renewed(parent);
        before.signer(parent).checkValid(clock.instant());
        int room = before.signer(parent).pathLengthBelow();
        if (options.pathLength() >= room) {
            throw new IllegalArgumentException("pathLength: " + options.pathLength() + " (expected: less than " + room
                    + ", the path length of the authority above)");
        }
        Node node = parent.below(options);
        change((now, s) -> s.withIssuer(node, newIntermediate(s.signer(parent), options, now)));
        return node;
    }

    /** The state, after the intermediates above and at the node whose half life is over have been replaced. */
    private State renewed(Node node) {
        if (!isRenewalDue(state, node, clock.instant())) {
            return state;
        }
        return change((now, s) -> {
            State renewed = s;
            for (Node each : node.belowTop()) {
                if (isRenewalDue(renewed, each, now)) {
                    renewed = renewed.withIssuer(each, replacement(renewed, each, now));
                }
            }
            return renewed;
        });
    }

    /** Due when half its life is over, unless the issuer's end is what limits it. */
    private static boolean isRenewalDue(State state, Node node, Instant now) {
        for (Node each : node.belowTop()) {
            Issuer issuer = state.issuer(each);
            Instant latestEnd = state.signer(requireNonNull(each.parent())).notAfter();
            if (!now.isBefore(issuer.renewAt())
                    && now.isBefore(latestEnd)
                    && issuer.signer().notAfter().isBefore(latestEnd)) {
                return true;
            }
        }
        return false;
    }

    private Issuer replacement(State state, Node node, Instant now) {
        Signer above = state.signer(requireNonNull(node.parent()));
        return newIntermediate(above, requireNonNull(node.options()), now);
    }

    private Issuer newIntermediate(Signer above, IntermediateOptions options, Instant now) {
        Duration ttl = options.ttl().orElse(Duration.between(now, above.notAfter()));
        Validity validity = Validity.of(now, settings.backdate(), ttl);
        return Issuer.of(certificates.intermediate(above, options, validity), now.plus(ttl.dividedBy(2)));
    }

    private static Signer newRoot(Certificates certificates, AuthoritySettings settings) {
        Validity validity = Validity.of(settings.clock().instant(), settings.backdate(), settings.rootTtl());
        return certificates.root(settings.keyType(), settings.pathLength(), validity);
    }

    void prepareRoot() {
        Signer root = newRoot(certificates, settings);
        change((now, s) -> {
            checkStep(s, RootRotation.NONE, "prepareRoot");
            List<X509Certificate> roots = new ArrayList<>(s.roots(trustDomain));
            roots.add(root.certificate());
            return s.withRoots(trustDomain, roots).withRotation(RootRotation.PREPARED, root);
        });
        log.info("The new root of {} is trusted and not used yet; next: activateRoot", trustDomain);
    }

    void activateRoot() {
        change((now, s) -> {
            checkStep(s, RootRotation.PREPARED, "activateRoot");
            State activated = s.withIssuer(top, Issuer.of(requireNonNull(s.prepared()), Instant.MAX))
                    .withRotation(RootRotation.ACTIVATED, null);
            for (Node node : s.issuers().keySet()) {
                if (node != top) {
                    activated = activated.withIssuer(node, replacement(activated, node, now));
                }
            }
            return activated;
        });
        log.info("The new root of {} is used, the old one still trusted; next: retireRoot", trustDomain);
    }

    void retireRoot() {
        change((now, s) -> {
            checkStep(s, RootRotation.ACTIVATED, "retireRoot");
            return s.withRoots(trustDomain, List.of(s.signer(top).certificate()))
                    .withRotation(RootRotation.NONE, null);
        });
        log.info("The old root of {} is not trusted any more", trustDomain);
    }

    private void checkStep(State state, RootRotation expected, String step) {
        if (!state.signer(top).isRoot()) {
            throw new IllegalStateException(step + ": the key of the root of " + trustDomain
                    + " is not here, only an intermediate's; rotate where the root is, and load the new files");
        }
        if (state.rotation() != expected) {
            throw new IllegalStateException(step + ": the rotation of the root of " + trustDomain + " is at "
                    + state.rotation() + " (expected: " + expected
                    + "); the steps are prepareRoot, activateRoot, retireRoot");
        }
    }

    void revoke(X509Svid svid) {
        for (Map.Entry<Node, List<Issuer>> entry : state.issuers().entrySet()) {
            for (Issuer issuer : entry.getValue()) {
                if (issuer.signer().issued(svid.leaf())) {
                    revoke(entry.getKey(), issuer.signer(), svid.leaf().getSerialNumber());
                    return;
                }
            }
        }
        throw new IllegalArgumentException("svid: " + svid + " was not issued by a signing certificate of "
                + trustDomain + " that is in use (expected: an SVID of this authority, whose root is not retired)");
    }

    void revoke(Node node, BigInteger serial) {
        if (serial.signum() <= 0) {
            throw new IllegalArgumentException("serial: " + serial + " (expected: a positive number)");
        }
        revoke(node, null, serial);
    }

    private void revoke(Node node, @Nullable Signer signer, BigInteger serial) {
        change((now, s) -> {
            Date since = Date.from(
                    Validity.of(now, settings.backdate(), settings.crlTtl()).notBefore());
            List<Issuer> issuers = new ArrayList<>();
            for (Issuer issuer : s.issuersOf(node)) {
                boolean affected = signer == null || signer == issuer.signer();
                if (affected && !issuer.signer().maySignCrls()) {
                    // Verifiers pass over a CRL that its issuer may not sign: nothing would be revoked.
                    throw new IllegalStateException("revoke: the key usage of " + issuer.signer()
                            + " does not allow it to sign CRLs (expected: cRLSign); revoke where its issuer is");
                }
                issuers.add(affected ? issuer.withRevoked(serial, since) : issuer);
            }
            State revoked = s.withIssuers(node, issuers);
            return s.revocation() == null
                    ? revoked.withRevocation(new Revocation(BigInteger.ZERO, List.of(), Instant.EPOCH))
                    : revoked;
        });
    }

    /** Makes the CRLs anew if they are due, and has everybody told. */
    void refreshCrls() {
        if (crlsDueAt().filter(due -> !clock.instant().isBefore(due)).isPresent()) {
            change((now, s) -> s);
        }
    }

    /** When the CRLs are due, or empty if there are none. */
    Optional<Instant> crlsDueAt() {
        return Optional.ofNullable(state.revocation()).map(Revocation::refreshAt);
    }

    void federate(X509Bundle bundle) {
        checkForeign(bundle.trustDomain());
        // Two authorities that follow each other must come to rest.
        if (state.bundles().bundle(bundle.trustDomain()).equals(Optional.of(bundle))) {
            return;
        }
        change((now, s) -> s.withBundles(s.bundles().with(bundle)));
    }

    void unfederate(TrustDomain other) {
        checkForeign(other);
        if (state.bundles().bundle(other).isEmpty()) {
            return;
        }
        change((now, s) -> s.withBundles(s.bundles().without(other)));
    }

    private void checkForeign(TrustDomain other) {
        if (other.equals(trustDomain)) {
            throw new IllegalArgumentException(
                    "trustDomain: " + other + " is this authority's own (expected: another one)");
        }
    }

    Subscription subscribe(Runnable listener) {
        Subscriber subscriber = new Subscriber(listener);
        subscribers.add(subscriber);
        return () -> subscribers.remove(subscriber);
    }

    @FunctionalInterface
    private interface Change {
        State apply(Instant now, State state);
    }

    /** Every change goes this way: one at a time, with new CRLs, and everybody told. */
    private State change(Change change) {
        State changed;
        lock.lock();
        try {
            Instant now = clock.instant();
            changed = Crls.upToDate(change.apply(now, state).pruned(trustDomain, now), now, settings);
            state = changed;
        } finally {
            lock.unlock();
        }
        for (Subscriber subscriber : subscribers) {
            try {
                subscriber.listener.run();
            } catch (RuntimeException e) {
                log.warn("A listener of the authority of {} failed; the others are still called", trustDomain, e);
            }
        }
        return changed;
    }
}
