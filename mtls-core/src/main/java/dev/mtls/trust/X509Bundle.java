package dev.mtls.trust;

import static java.util.Objects.requireNonNull;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.internal.pem.Certificates;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The X.509 authorities of one trust domain: the certificates that its workloads' chains must lead to.
 *
 * <p>Authorities may be roots or intermediates; each is a CA certificate. Expired ones are kept, since a bundle holds old and new
 * authorities during a rotation, but no chain is accepted through them. A bundle without authorities is legal and means that the
 * trust domain is not trusted (Trust Domain and Bundle §4.1.3).
 *
 * <p>Immutable and safe for use by several threads. Two bundles are equal if trust domain and authorities are.
 */
public final class X509Bundle {
    /** The most authorities of a bundle. */
    public static final int MAX_AUTHORITIES = 1000;

    private final TrustDomain trustDomain;
    private final List<X509Certificate> authorities;

    private X509Bundle(TrustDomain trustDomain, List<X509Certificate> authorities) {
        this.trustDomain = trustDomain;
        this.authorities = authorities;
    }

    /**
     * Makes a bundle of certificates; duplicates count once.
     *
     * @throws SvidRejectedException if a certificate is not a CA certificate, or there are more than {@link #MAX_AUTHORITIES}
     */
    public static X509Bundle of(TrustDomain trustDomain, Collection<X509Certificate> authorities)
            throws SvidRejectedException {
        requireNonNull(trustDomain, "trustDomain");
        Set<X509Certificate> canonical = new LinkedHashSet<>();
        for (X509Certificate authority : requireNonNull(authorities, "authorities")) {
            canonical.add(canonical(trustDomain, authority));
        }
        List<X509Certificate> distinct = List.copyOf(canonical);
        if (distinct.size() > MAX_AUTHORITIES) {
            throw new SvidRejectedException(
                    FailureReason.CHAIN_TOO_LARGE,
                    "the bundle of " + trustDomain + " has " + distinct.size() + " authorities (expected: at most "
                            + MAX_AUTHORITIES + ")");
        }
        for (X509Certificate authority : distinct) {
            checkMaySign(trustDomain, authority);
        }
        return new X509Bundle(trustDomain, distinct);
    }

    /**
     * Reads a bundle from bytes.
     *
     * @param bytes certificates as PEM or concatenated DER; no bytes at all are an empty bundle
     * @throws SvidRejectedException if the bytes cannot be parsed, or as in {@link #of}
     */
    public static X509Bundle parse(TrustDomain trustDomain, byte[] bytes) throws SvidRejectedException {
        requireNonNull(trustDomain, "trustDomain");
        return of(trustDomain, Certificates.parse(requireNonNull(bytes, "bytes"), "bundle of " + trustDomain));
    }

    private static X509Certificate canonical(TrustDomain trustDomain, X509Certificate authority)
            throws SvidRejectedException {
        try {
            return Certificates.canonical(authority);
        } catch (CertificateException e) {
            throw new SvidRejectedException(
                    FailureReason.MALFORMED_CERTIFICATE,
                    "the bundle of " + trustDomain + ": a certificate cannot be parsed",
                    e);
        }
    }

    private static void checkMaySign(TrustDomain trustDomain, X509Certificate authority) throws SvidRejectedException {
        boolean @Nullable [] usage = authority.getKeyUsage();
        if (authority.getBasicConstraints() == -1 || (usage != null && !usage[5])) {
            throw new SvidRejectedException(
                    FailureReason.AUTHORITY_NOT_CA,
                    "the bundle of " + trustDomain + ": certificate "
                            + authority.getSerialNumber().toString(16)
                            + " may not sign certificates (expected: authorities, cA=true and keyCertSign); is it a leaf?");
        }
    }

    /** The trust domain that the authorities vouch for. */
    public TrustDomain trustDomain() {
        return trustDomain;
    }

    /** The authorities, in the order given. */
    public List<X509Certificate> authorities() {
        return authorities;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof X509Bundle that
                && trustDomain.equals(that.trustDomain)
                && authorities.equals(that.authorities);
    }

    @Override
    public int hashCode() {
        return 31 * trustDomain.hashCode() + authorities.hashCode();
    }

    @Override
    public String toString() {
        return "X509Bundle[" + trustDomain + ", " + authorities.size() + " authorities]";
    }
}
