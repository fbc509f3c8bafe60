package dev.mtls.internal.tls;

import java.security.KeyManagementException;
import java.security.Provider;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** The {@code SSLContext} to give to frameworks: each engine and socket it makes is bound to the identity and trust of that moment. */
final class DelegatingSslContext extends SSLContext {
    DelegatingSslContext(Endpoint endpoint) {
        super(new Spi(endpoint), new MtlsProvider(), "TLS");
    }

    /** Names the origin of the context. It offers no algorithm and is installed nowhere. */
    private static final class MtlsProvider extends Provider {
        private static final long serialVersionUID = 1L;

        MtlsProvider() {
            super("dev.mtls", "1", "TLS contexts with rotating identities; offers no algorithms");
        }
    }

    private static final class Spi extends SSLContextSpi {
        private final Endpoint endpoint;

        Spi(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected void engineInit(
                KeyManager @Nullable [] keyManagers,
                TrustManager @Nullable [] trustManagers,
                @Nullable SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException(
                    "this SSLContext has its identity and trust from an X509Source and cannot be initialised with others");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new MtlsSocketFactory(endpoint);
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return new MtlsServerSocketFactory(endpoint);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return endpoint.newEngine(null, -1);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(@Nullable String host, int port) {
            return endpoint.newEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return NoSessionContext.INSTANCE;
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return NoSessionContext.INSTANCE;
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            SSLParameters parameters = new SSLParameters(
                    endpoint.profile().cipherSuites().toArray(String[]::new),
                    endpoint.profile().protocols().toArray(String[]::new));
            parameters.setNeedClientAuth(endpoint.role() == dev.mtls.identity.Role.SERVER);
            return parameters;
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return engineGetDefaultSSLParameters();
        }
    }
}
