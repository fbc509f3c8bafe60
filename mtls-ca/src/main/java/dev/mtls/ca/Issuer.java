package dev.mtls.ca;

import java.math.BigInteger;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A signer and what it issued that is revoked since. Immutable.
 *
 * @param renewAt when another one is to take its place; never for one at the top
 * @param revoked the serial numbers, and since when
 * @param crl says so; null if there is none, or none yet that does
 */
record Issuer(
        Signer signer,
        Instant renewAt,
        SortedMap<BigInteger, Date> revoked,
        @Nullable X509CRL crl) {
    Issuer {
        revoked = Collections.unmodifiableSortedMap(new TreeMap<>(revoked));
    }

    static Issuer of(Signer signer, Instant renewAt) {
        return new Issuer(signer, renewAt, Collections.emptySortedMap(), null);
    }

    /** Revoking twice keeps the first date. */
    Issuer withRevoked(BigInteger serial, Date since) {
        SortedMap<BigInteger, Date> more = new TreeMap<>(revoked);
        more.putIfAbsent(serial, since);
        return new Issuer(signer, renewAt, more, null);
    }

    Issuer withCrl(X509CRL newCrl) {
        return new Issuer(signer, renewAt, revoked, newCrl);
    }
}
