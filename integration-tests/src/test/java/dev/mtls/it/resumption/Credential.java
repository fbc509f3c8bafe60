package dev.mtls.it.resumption;

import dev.mtls.failure.SvidRejectedException;
import dev.mtls.svid.X509Svid;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** A chain with its key, as a foreign program holds them. An {@link X509Svid} does not give its key away. */
record Credential(List<X509Certificate> chain, PrivateKey key) {
    X509Svid svid() {
        try {
            return X509Svid.of(chain, key, Clock.systemUTC());
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("an SVID of the authority was refused", e);
        }
    }

    BigInteger serial() {
        return chain.get(0).getSerialNumber();
    }

    Instant notAfter() {
        return chain.get(0).getNotAfter().toInstant();
    }
}
