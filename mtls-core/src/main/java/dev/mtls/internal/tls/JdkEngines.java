package dev.mtls.internal.tls;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Engines of SunJSSE, each of an {@code SSLContext} of its own. A context costs a few microseconds; and there is no other way: on the
 * server, tickets are stateless, and neither invalidating sessions nor any timeout keeps them from being resumed.
 */
final class JdkEngines implements EngineFactory {
    private final Binding binding;
    private final KeyManager[] keyManagers;

    JdkEngines(Binding binding) {
        this.binding = binding;
        this.keyManagers =
                new KeyManager[] {new SnapshotKeyManager(binding.context().svid())};
    }

    @Override
    public SSLEngine create(@Nullable String host, int port) {
        SSLContext context;
        try {
            context = SSLContext.getInstance("TLS", "SunJSSE");
            context.init(keyManagers, new TrustManager[] {SnapshotTrustManager.forOneConnection(binding)}, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK's TLS provider, SunJSSE, cannot be used: " + e.getMessage(), e);
        }
        return host == null ? context.createSSLEngine() : context.createSSLEngine(host, port);
    }

    @Override
    public Optional<String> keyExchangeGroup(SSLEngine engine) {
        return Optional.empty();
    }
}
