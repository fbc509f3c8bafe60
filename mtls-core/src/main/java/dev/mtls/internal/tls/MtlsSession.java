package dev.mtls.internal.tls;

import static java.util.Objects.requireNonNull;

import dev.mtls.tls.PeerIdentity;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionBindingEvent;
import javax.net.ssl.SSLSessionBindingListener;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * The session of one connection. It belongs to the connection, not to a cache: its values are its own, it has no context, and it knows
 * the peer's identity.
 */
public final class MtlsSession extends ExtendedSSLSession {
    private final MtlsEngine engine;
    private final Supplier<@Nullable SSLSession> provider;
    private final Map<String, Object> values = new ConcurrentHashMap<>();

    MtlsSession(MtlsEngine engine, Supplier<@Nullable SSLSession> provider) {
        this.engine = engine;
        this.provider = provider;
    }

    private SSLSession session() {
        return requireNonNull(provider.get(), "session");
    }

    /** The peer, once the handshake has ended well. */
    public Optional<PeerIdentity> peer() {
        return Optional.ofNullable(engine.peer());
    }

    /** What the owner of the connection attached to it, once the handshake has ended well. */
    public Optional<Object> attachment() {
        return Optional.ofNullable(engine.attachment());
    }

    /**
     * The names that the client asked for. Empty on a server of Conscrypt if the name is no host name for the JDK, such as a sidecar's
     * {@code outbound_.8080_._.foo.ns.svc.cluster.local}: Conscrypt throws there.
     */
    @Override
    public List<SNIServerName> getRequestedServerNames() {
        SSLSession session = session();
        if (!(session instanceof ExtendedSSLSession extended)) {
            return List.of();
        }
        try {
            return extended.getRequestedServerNames();
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            return List.of();
        }
    }

    @Override
    public List<byte[]> getStatusResponses() {
        SSLSession session = session();
        return session instanceof ExtendedSSLSession extended ? extended.getStatusResponses() : List.of();
    }

    @Override
    public String[] getLocalSupportedSignatureAlgorithms() {
        SSLSession session = session();
        return session instanceof ExtendedSSLSession extended
                ? extended.getLocalSupportedSignatureAlgorithms()
                : new String[0];
    }

    @Override
    public String[] getPeerSupportedSignatureAlgorithms() {
        SSLSession session = session();
        return session instanceof ExtendedSSLSession extended
                ? extended.getPeerSupportedSignatureAlgorithms()
                : new String[0];
    }

    @Override
    public byte[] getId() {
        return session().getId();
    }

    @Override
    public @Nullable SSLSessionContext getSessionContext() {
        return null;
    }

    @Override
    public long getCreationTime() {
        return session().getCreationTime();
    }

    @Override
    public long getLastAccessedTime() {
        return session().getLastAccessedTime();
    }

    @Override
    public void invalidate() {
        session().invalidate();
    }

    @Override
    public boolean isValid() {
        return session().isValid();
    }

    @Override
    public void putValue(String name, Object value) {
        Object before = values.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
        if (value instanceof SSLSessionBindingListener listener) {
            listener.valueBound(new SSLSessionBindingEvent(this, name));
        }
        unbound(name, before);
    }

    @Override
    public @Nullable Object getValue(String name) {
        return values.get(requireNonNull(name, "name"));
    }

    @Override
    public void removeValue(String name) {
        unbound(name, values.remove(requireNonNull(name, "name")));
    }

    private void unbound(String name, @Nullable Object value) {
        if (value instanceof SSLSessionBindingListener listener) {
            listener.valueUnbound(new SSLSessionBindingEvent(this, name));
        }
    }

    @Override
    public String[] getValueNames() {
        return values.keySet().toArray(String[]::new);
    }

    @Override
    public Certificate[] getPeerCertificates() throws SSLPeerUnverifiedException {
        return session().getPeerCertificates();
    }

    @Override
    public Certificate @Nullable [] getLocalCertificates() {
        return session().getLocalCertificates();
    }

    @Override
    public Principal getPeerPrincipal() throws SSLPeerUnverifiedException {
        return session().getPeerPrincipal();
    }

    @Override
    public @Nullable Principal getLocalPrincipal() {
        return session().getLocalPrincipal();
    }

    @Override
    public String getCipherSuite() {
        return session().getCipherSuite();
    }

    @Override
    public String getProtocol() {
        return session().getProtocol();
    }

    @Override
    public @Nullable String getPeerHost() {
        return engine.getPeerHost();
    }

    @Override
    public int getPeerPort() {
        return engine.getPeerPort();
    }

    @Override
    public int getPacketBufferSize() {
        return session().getPacketBufferSize();
    }

    @Override
    public int getApplicationBufferSize() {
        return session().getApplicationBufferSize();
    }
}
