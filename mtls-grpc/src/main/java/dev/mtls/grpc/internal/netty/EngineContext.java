package dev.mtls.grpc.internal.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.JdkAlpnApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * Netty's view of our {@code SSLContext}. Unlike {@code JdkSslContext} it makes no engine of its own accord, and sets nothing on the
 * engines that they do not have already; the wrapper around them is how {@code SslHandler} learns the protocol negotiated by ALPN.
 */
final class EngineContext extends SslContext {
    @SuppressWarnings("deprecation") // Netty has no other way to the wrapper.
    private static final JdkAlpnApplicationProtocolNegotiator HTTP_2 = new JdkAlpnApplicationProtocolNegotiator("h2");

    private final SSLContext context;
    private final boolean client;

    EngineContext(SSLContext context, boolean client) {
        this.context = context;
        this.client = client;
    }

    @Override
    public boolean isClient() {
        return client;
    }

    @Override
    public List<String> cipherSuites() {
        return List.of(context.getDefaultSSLParameters().getCipherSuites());
    }

    @Override
    @SuppressWarnings("deprecation")
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return HTTP_2;
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        return wrapped(context.createSSLEngine());
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
        return wrapped(context.createSSLEngine(peerHost, peerPort));
    }

    @SuppressWarnings("deprecation")
    private SSLEngine wrapped(SSLEngine engine) {
        return HTTP_2.wrapperFactory().wrapSslEngine(engine, HTTP_2, !client);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return client ? context.getClientSessionContext() : context.getServerSessionContext();
    }
}
