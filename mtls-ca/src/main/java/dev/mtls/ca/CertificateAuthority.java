package dev.mtls.ca;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import dev.mtls.trust.X509Bundle;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate authority in this process: it issues the X.509-SVIDs of one trust domain.
 *
 * <p>Safe for use by several threads.
 */
public final class CertificateAuthority {
    private static final Duration ROOT_TTL = Duration.ofDays(3650);
    private static final Duration SVID_TTL = Duration.ofHours(1);
    private static final Duration BACKDATE = Duration.ofSeconds(10);

    private final TrustDomain trustDomain;
    private final Clock clock;
    private final Signer root;

    private CertificateAuthority(TrustDomain trustDomain, Clock clock) {
        this.trustDomain = trustDomain;
        this.clock = clock;
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        this.root = Certificates.root(
                trustDomain, KeyType.EC_P256, new Certificates.Validity(now.minus(BACKDATE), now.plus(ROOT_TTL)));
    }

    /** An authority with a new self-signed root, whose key never leaves this process. */
    public static CertificateAuthority create(TrustDomain trustDomain, Clock clock) {
        return new CertificateAuthority(requireNonNull(trustDomain, "trustDomain"), requireNonNull(clock, "clock"));
    }

    /** The trust domain that it issues for. */
    public TrustDomain trustDomain() {
        return trustDomain;
    }

    /** The authorities that verify what it issues. */
    public X509Bundle bundle() {
        try {
            return X509Bundle.of(trustDomain, List.of(root.certificate()));
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("own root refused", e);
        }
    }

    /**
     * Issues an SVID with a new key.
     *
     * @throws IllegalArgumentException if the ID is of another trust domain or has no path
     * @throws SvidRejectedException if the signing certificate has expired
     */
    public X509Svid issue(SpiffeId id) throws SvidRejectedException {
        requireNonNull(id, "id");
        if (!trustDomain.contains(id) || !id.hasPath()) {
            throw new IllegalArgumentException(
                    "id: " + id + " (expected: an ID with a path in the trust domain " + trustDomain + ")");
        }
        Instant now = clock.instant();
        Instant issuerNotAfter = root.certificate().getNotAfter().toInstant();
        if (now.isAfter(issuerNotAfter)) {
            throw new SvidRejectedException(
                    FailureReason.EXPIRED, "the root of " + trustDomain + " expired at " + issuerNotAfter);
        }
        Instant seconds = now.truncatedTo(ChronoUnit.SECONDS);
        Instant notAfter = seconds.plus(SVID_TTL);
        KeyPair keys = KeyType.EC_P256.generate();
        X509Certificate leaf = Certificates.leaf(
                root,
                id,
                List.of(),
                keys.getPublic(),
                new Certificates.Validity(
                        seconds.minus(BACKDATE), notAfter.isAfter(issuerNotAfter) ? issuerNotAfter : notAfter));
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(leaf);
        chain.addAll(root.chainBelowRoot());
        return X509Svid.of(chain, keys.getPrivate(), clock);
    }

    Clock clock() {
        return clock;
    }
}
