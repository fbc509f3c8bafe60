package dev.mtls.internal.tls;

import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/**
 * Engines of Conscrypt, all of one {@code SSLContext}: each context holds native memory until a finalizer runs. With TLS 1.3 nothing
 * is resumed, since tickets are off. With TLS 1.2 the server's trust manager invalidates the session, and a client finds none, since
 * its sessions are filed under host and port and each connection has a port of its own here.
 */
final class ConscryptEngines implements EngineFactory {
    private static final String NO_HOST = "";

    private final SSLContext context;
    private final AtomicInteger sessionKeys = new AtomicInteger();

    ConscryptEngines(Binding binding) {
        try {
            context = SSLContext.getInstance("TLS", ConscryptLibrary.provider());
            context.init(
                    new KeyManager[] {new SnapshotKeyManager(binding.context().svid())},
                    new TrustManager[] {SnapshotTrustManager.forManyConnections(binding)},
                    null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Conscrypt cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public SSLEngine create(@Nullable String host, int port) {
        return context.createSSLEngine(host == null ? NO_HOST : host, sessionKeys.incrementAndGet());
    }

    @Override
    public Optional<String> keyExchangeGroup(SSLEngine engine) {
        return Optional.ofNullable(Conscrypt.getGroupName(engine));
    }
}
