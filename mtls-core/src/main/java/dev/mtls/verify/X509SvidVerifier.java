package dev.mtls.verify;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.pem.Certificates;
import dev.mtls.internal.profile.ProfileViolation;
import dev.mtls.internal.profile.SvidProfile;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.PolicyDecision;
import dev.mtls.source.X509Context;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Verifies the certificate chain that a peer presents (X509-SVID §5).
 *
 * <p>In this order: the chain is bounded in size; the leaf has exactly one URI SAN, a SPIFFE ID with a path; the leaf's other rules
 * hold; there is a bundle of the ID's own trust domain, and no other bundle is looked at; a path leads to an authority of that
 * bundle, on which every certificate, the authority included, is valid in time, has a strong key, and keeps the rules of RFC 5280 §6
 * and X509-SVID §3 and §4; no certificate of the path is revoked by a CRL of the snapshot; the policy allows the ID. If several
 * paths lead to authorities, one that holds is enough.
 *
 * <p>A chain may be in any order behind its leaf, and may hold certificates that are not needed. Path lengths, name constraints,
 * extended key usages and critical extensions bind an authority like any other CA.
 *
 * <p><b>Time.</b> A certificate may start to be valid up to {@linkplain #create(Clock, Duration) the tolerance} (60 seconds by
 * default) from now, since clocks differ; it is never accepted after its end.
 *
 * <p><b>Cost.</b> Chains are limited to {@value X509Svid#MAX_CHAIN_LENGTH} certificates and {@value X509Svid#MAX_CHAIN_BYTES} bytes,
 * and the search for a path to a fixed number of signature checks, of paths and of names compared, whatever the peer sends.
 * Nothing is fetched: no CRL, no OCSP answer, no missing intermediate.
 *
 * <p>The verdict does not depend on the peer's role, which is for messages: an X509-SVID is for both (X509-SVID §4.4).
 *
 * <p>Pure: it does no I/O, keeps no state, and asks the clock for nothing but the time. Safe for use by several threads.
 */
public final class X509SvidVerifier {
    /** How far in the future a certificate may start to be valid, unless said otherwise. */
    public static final Duration DEFAULT_NOT_BEFORE_TOLERANCE = Duration.ofSeconds(60);

    private static final Duration MAX_NOT_BEFORE_TOLERANCE = Duration.ofMinutes(5);

    private static final int LONGEST_MESSAGE = 1000;

    private final Clock clock;
    private final Duration notBeforeTolerance;

    private X509SvidVerifier(Clock clock, Duration notBeforeTolerance) {
        this.clock = clock;
        this.notBeforeTolerance = notBeforeTolerance;
    }

    /** A verifier with the default tolerance. */
    public static X509SvidVerifier create(Clock clock) {
        return create(clock, DEFAULT_NOT_BEFORE_TOLERANCE);
    }

    /**
     * A verifier.
     *
     * @param notBeforeTolerance how far in the future a certificate may start to be valid, 0 to 5 minutes
     * @throws IllegalArgumentException if the tolerance is out of range
     */
    public static X509SvidVerifier create(Clock clock, Duration notBeforeTolerance) {
        requireNonNull(clock, "clock");
        if (notBeforeTolerance.isNegative() || notBeforeTolerance.compareTo(MAX_NOT_BEFORE_TOLERANCE) > 0) {
            throw new IllegalArgumentException("notBeforeTolerance: " + notBeforeTolerance + " (expected: PT0S..PT5M)");
        }
        return new X509SvidVerifier(clock, notBeforeTolerance);
    }

    /**
     * Verifies a peer.
     *
     * @param chain what the peer presented, leaf first; the rest in any order
     * @param context the snapshot to judge it by
     * @param policy who may connect
     * @param peer the peer's side of the connection, for messages
     * @throws PeerVerificationException if the peer is refused, with the reason
     */
    public VerifiedPeer verify(List<X509Certificate> chain, X509Context context, PeerPolicy policy, Role peer)
            throws PeerVerificationException {
        VerifiedPeer verified = verifyChain(chain, context, peer);
        authorize(verified.id(), policy, peer);
        return verified;
    }

    /**
     * Verifies a peer's chain without asking who may connect: never enough by itself.
     *
     * @throws PeerVerificationException if the chain does not prove a SPIFFE ID, with the reason
     */
    public VerifiedPeer verifyChain(List<X509Certificate> chain, X509Context context, Role peer)
            throws PeerVerificationException {
        requireNonNull(context, "context");
        requireNonNull(peer, "peer");
        List<X509Certificate> certificates = normalize(requireNonNull(chain, "chain"), peer);
        X509Certificate leaf = certificates.get(0);
        SpiffeId id;
        try {
            id = SvidProfile.leafId(leaf);
        } catch (ProfileViolation e) {
            throw refused(e.reason(), null, peer, e.getMessage(), e);
        }
        try {
            SvidProfile.checkLeaf(leaf);
        } catch (ProfileViolation e) {
            throw refused(e.reason(), id, peer, e.getMessage(), e);
        }
        Optional<X509Bundle> bundle = context.bundles().bundle(id.trustDomain());
        if (bundle.isEmpty()) {
            throw refused(
                    FailureReason.NO_BUNDLE,
                    id,
                    peer,
                    "there is no bundle of its trust domain " + id.trustDomain() + " (bundles of: "
                            + context.bundles().trustDomains() + "); to trust it, federate with it",
                    null);
        }
        Instant now = clock.instant();
        PathFinder finder = new PathFinder(
                id, bundle.get(), context.crls(), certificates, new ValidityCheck(now, notBeforeTolerance));
        try {
            return finder.find();
        } catch (PathRejection e) {
            throw refused(e.reason(), id, peer, e.getMessage(), e);
        }
    }

    /**
     * Asks the policy.
     *
     * @throws PeerVerificationException with {@link FailureReason#POLICY_DENIED} if it does not allow the ID
     */
    public static void authorize(SpiffeId id, PeerPolicy policy, Role peer) throws PeerVerificationException {
        PolicyDecision decision = requireNonNull(policy, "policy").decide(id);
        if (!decision.allowed()) {
            throw refused(FailureReason.POLICY_DENIED, id, peer, decision.explanation(), null);
        }
    }

    /**
     * Checks the size and reads every certificate with the JDK's own parser, so that the verdict is the same whichever TLS provider
     * delivered the chain. The JDK's parser hands out the same object for the same bytes.
     */
    private static List<X509Certificate> normalize(List<X509Certificate> chain, Role peer)
            throws PeerVerificationException {
        if (chain.isEmpty()) {
            throw refused(FailureReason.NO_CERTIFICATE, null, peer, "it presented no certificate", null);
        }
        if (chain.size() > X509Svid.MAX_CHAIN_LENGTH) {
            throw refused(
                    FailureReason.CHAIN_TOO_LARGE,
                    null,
                    peer,
                    "it presented " + chain.size() + " certificates (expected: at most " + X509Svid.MAX_CHAIN_LENGTH
                            + ")",
                    null);
        }
        List<X509Certificate> normalized = new ArrayList<>(chain.size());
        long bytes = 0;
        try {
            for (X509Certificate certificate : chain) {
                bytes += certificate.getEncoded().length;
                if (bytes > X509Svid.MAX_CHAIN_BYTES) {
                    throw refused(
                            FailureReason.CHAIN_TOO_LARGE,
                            null,
                            peer,
                            "its chain has more than " + X509Svid.MAX_CHAIN_BYTES + " bytes",
                            null);
                }
                normalized.add(Certificates.canonical(certificate));
            }
        } catch (PeerVerificationException e) {
            throw e;
        } catch (CertificateException | RuntimeException e) {
            throw refused(FailureReason.MALFORMED_CERTIFICATE, null, peer, "a certificate cannot be parsed", e);
        }
        return normalized;
    }

    private static PeerVerificationException refused(
            FailureReason reason, @Nullable SpiffeId id, Role peer, @Nullable String why, @Nullable Throwable cause) {
        String who = peer == Role.CLIENT ? "client" : "server";
        String name = id == null ? "" : " " + id;
        return new PeerVerificationException(
                reason, id, who + name + " refused (" + reason.label() + "): " + printable(String.valueOf(why)), cause);
    }

    /** Shortened, and with everything unprintable replaced: names and OIDs of the peer's making are in it, and it goes to logs. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), LONGEST_MESSAGE); i++) {
            char c = text.charAt(i);
            printable.append((c >= ' ' && c < 0x7f) || c == '…' ? c : '?');
        }
        return printable.append(text.length() > LONGEST_MESSAGE ? "…" : "").toString();
    }
}
