package dev.mtls.testing.contract;

import dev.mtls.tls.TlsProvider;

/**
 * What each test of {@link AdapterContract} is run with.
 *
 * @param provider the TLS implementation, on both sides
 * @param protocol {@code TLSv1.3} or {@code TLSv1.2}
 */
record TlsMode(TlsProvider provider, String protocol) {
    @Override
    public String toString() {
        return provider + ", " + protocol;
    }
}
