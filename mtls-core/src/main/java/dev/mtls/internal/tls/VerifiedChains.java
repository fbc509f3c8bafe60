package dev.mtls.internal.tls;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.source.X509Context;
import dev.mtls.verify.VerifiedPeer;
import dev.mtls.verify.X509SvidVerifier;
import java.io.ByteArrayOutputStream;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot, and the chains that were found good in it. A verdict is remembered for this snapshot alone, for exactly these bytes,
 * and within the time in which no certificate of the path and no CRL ends. Refusals are not remembered, nor is what a policy said.
 */
public final class VerifiedChains {
    private static final int MAX_REMEMBERED = 1000;

    private final X509Context context;
    private final X509SvidVerifier verifier;
    private final Clock clock;
    private final Cache<ChainKey, Verdict> verdicts =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    private record Verdict(VerifiedPeer peer, Instant from, Instant until) {
        boolean holdsAt(Instant now) {
            return !now.isBefore(from) && !now.isAfter(until);
        }
    }

    /** Compares all bytes of all certificates: DER says where each ends, so that two different chains never look the same. */
    private static final class ChainKey {
        private final byte[] encoded;
        private final int hash;

        ChainKey(List<X509Certificate> chain) throws CertificateEncodingException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(2048);
            for (X509Certificate certificate : chain) {
                bytes.writeBytes(certificate.getEncoded());
            }
            encoded = bytes.toByteArray();
            hash = Arrays.hashCode(encoded);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ChainKey that && Arrays.equals(encoded, that.encoded);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** Starts with nothing remembered. */
    public VerifiedChains(X509Context context, X509SvidVerifier verifier, Clock clock) {
        this.context = context;
        this.verifier = verifier;
        this.clock = clock;
    }

    /** The snapshot. */
    public X509Context context() {
        return context;
    }

    /** Verifies the chain in this snapshot. The policy has still to be asked. */
    public VerifiedPeer verify(List<X509Certificate> chain, Role peer) throws PeerVerificationException {
        ChainKey key;
        try {
            key = new ChainKey(chain);
        } catch (CertificateEncodingException e) {
            return verifier.verifyChain(chain, context, peer);
        }
        Instant now = clock.instant();
        Verdict remembered = verdicts.getIfPresent(key);
        if (remembered != null && remembered.holdsAt(now)) {
            return remembered.peer();
        }
        VerifiedPeer verified = verifier.verifyChain(chain, context, peer);
        verdicts.put(key, new Verdict(verified, now, until(verified)));
        return verified;
    }

    private Instant until(VerifiedPeer verified) {
        Instant until = verified.validUntil();
        for (X509CRL crl : context.crls()) {
            Date nextUpdate = crl.getNextUpdate();
            if (nextUpdate != null && nextUpdate.toInstant().isBefore(until)) {
                until = nextUpdate.toInstant();
            }
        }
        return until;
    }
}
