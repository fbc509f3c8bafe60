package dev.mtls.internal.tls;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.failure.SourceUnavailableException;
import dev.mtls.identity.Role;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.verify.VerifiedPeer;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The engine that frameworks are given, around a provider's engine.
 *
 * <p>It guarantees, whatever the framework does: the role is fixed; a server demands a client certificate; parameters stay within the
 * profile; no application byte passes before the chain that the session reports has been verified, in the trust manager or here; and
 * none passes, in either direction, once it is {@linkplain #sever severed} or the peer's identity has ended.
 *
 * <p>As any engine, it may be wrapped by one thread and unwrapped by another. {@link #sever} may be called by any thread and takes no
 * lock of ours.
 */
public final class MtlsEngine extends SSLEngine {
    private final Endpoint endpoint;
    private final Binding binding;
    private final ConnectionObserver observer;
    private final Clock clock;
    private final SSLEngine provider;
    private final MtlsSession session;
    private final Instant startedAt;

    private volatile @Nullable PeerIdentity peer;
    private volatile @Nullable Object attachment;
    private volatile long validUntilMillis = Long.MAX_VALUE;
    private volatile @Nullable PeerVerificationException severedBy;
    private volatile @Nullable Runnable whenSevered;
    private volatile boolean failed;
    private volatile boolean outboundRefused;
    private volatile boolean inboundEnded;
    private volatile boolean outboundEnded;

    MtlsEngine(
            Endpoint endpoint,
            Binding binding,
            @Nullable String host,
            int port,
            ConnectionObserver observer,
            Clock clock) {
        super(host, port);
        this.endpoint = endpoint;
        this.binding = binding;
        this.observer = observer;
        this.clock = clock;
        this.provider = binding.newEngine(host, port);
        this.session = new MtlsSession(this, provider::getSession);
        this.startedAt = clock.instant();
    }

    /** The client or server that the engine belongs to. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** What the handshake is bound to. */
    public Binding binding() {
        return binding;
    }

    /** When the engine was made. */
    public Instant startedAt() {
        return startedAt;
    }

    /** The peer, or null before the handshake has ended well. */
    public @Nullable PeerIdentity peer() {
        return peer;
    }

    /** What the observer attached when the handshake had ended well. */
    public @Nullable Object attachment() {
        return attachment;
    }

    /** The key exchange group of the finished handshake, where the provider tells. */
    public Optional<String> keyExchangeGroup() {
        return peer == null ? Optional.empty() : binding.engines().keyExchangeGroup(provider);
    }

    /**
     * Ends the connection at once: from now on {@code wrap} and {@code unwrap} throw. They throw rather than report a close, so that no
     * framework takes the end for the regular end of a message. But {@code wrap} throws only once and then reports a close: Netty flushes
     * again when a flush has failed, and would do so for ever. The first call decides the cause.
     */
    public void sever(PeerVerificationException cause) {
        if (severedBy == null) {
            severedBy = cause;
        }
        Runnable action = whenSevered;
        if (action != null) {
            action.run();
        }
        closeProvider();
    }

    /** Has the action run when the engine is severed: it closes what is below the engine. */
    void whenSevered(Runnable action) {
        whenSevered = action;
    }

    /** Lets the connection live beyond the end of the peer's identity. */
    public void liveBeyondValidity() {
        validUntilMillis = Long.MAX_VALUE;
    }

    /** Throws if the connection has been severed or the peer's identity has ended. */
    void checkOpen() throws SSLException {
        admit();
    }

    /** Frees what the provider holds outside the heap. */
    private void closeProvider() {
        try {
            provider.closeOutbound();
            provider.closeInbound();
        } catch (SSLException e) {
            // The peer has not said goodbye, which is the case in every cut.
            return;
        }
    }

    /** Throws if no byte may pass. */
    private void admit() throws SSLException {
        SSLException end = end();
        if (end != null) {
            throw end;
        }
    }

    /** The same for a byte that would go out; see {@link #sever} for why it matters that this has happened. */
    private void admitOutbound() throws SSLException {
        try {
            admit();
        } catch (SSLException e) {
            outboundRefused = true;
            throw e;
        }
    }

    private @Nullable SSLException end() {
        PeerVerificationException cause = severedBy;
        if (cause == null && clock.millis() > validUntilMillis) {
            PeerIdentity expired = peer;
            cause = new PeerVerificationException(
                    FailureReason.EXPIRED,
                    expired == null ? null : expired.id(),
                    "connection cut: the identity of " + expired + " ended at "
                            + Instant.ofEpochMilli(validUntilMillis));
            sever(cause);
            observer.expired(this, cause);
        }
        if (cause != null) {
            return new SSLException(cause.getMessage(), cause);
        }
        if (peer == null && clock.instant().isAfter(binding.context().svid().notAfter())) {
            outboundRefused = true;
            return fail(
                    new SSLHandshakeException("our own identity has expired"),
                    new SourceUnavailableException(
                            FailureReason.EXPIRED,
                            "our own identity " + binding.context().svid().id() + " expired at "
                                    + binding.context().svid().notAfter()
                                    + " and its source has not renewed it; see the health of the source"));
        }
        return null;
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer destination)
            throws SSLException {
        if (outboundRefused) {
            return new SSLEngineResult(SSLEngineResult.Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
        }
        admitOutbound();
        SSLEngineResult result;
        try {
            result = provider.wrap(sources, offset, length, destination);
        } catch (SSLException e) {
            throw failed(e);
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            outboundEnded = true;
        }
        return checked(result, result.bytesConsumed());
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] destinations, int offset, int length)
            throws SSLException {
        admit();
        SSLEngineResult result;
        try {
            result = provider.unwrap(source, destinations, offset, length);
        } catch (SSLException e) {
            throw failed(e);
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            inboundEnded = true;
        }
        return checked(result, result.bytesProduced());
    }

    /** The one place that turns a finished handshake into an established connection. */
    private SSLEngineResult checked(SSLEngineResult result, int applicationBytes) throws SSLException {
        if (peer == null && (result.getHandshakeStatus() == HandshakeStatus.FINISHED || applicationBytes > 0)) {
            establish();
            admit();
        }
        noteEnd();
        return result;
    }

    /**
     * Verifies the chain that the session reports, although the trust manager has done so in every full handshake: should a provider
     * ever resume a session, or forget to ask, this is where it fails. The verdict of the trust manager is remembered, so that it costs
     * next to nothing.
     */
    private void establish() throws SSLException {
        VerifiedPeer verified;
        try {
            verified = binding.verify(presentedChain());
        } catch (PeerVerificationException e) {
            throw fail(new SSLHandshakeException(e.getMessage()), e);
        }
        validUntilMillis = verified.validUntil().toEpochMilli();
        peer = new PeerIdentity(verified, binding.context().generation());
        attachment = observer.established(this);
    }

    /** The chain that the peer presented, leaf first; empty if there is none. */
    public List<X509Certificate> presentedChain() {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            for (Certificate certificate : provider.getSession().getPeerCertificates()) {
                chain.add((X509Certificate) certificate);
            }
        } catch (SSLPeerUnverifiedException e) {
            // No certificate: the verifier says so.
            return List.of();
        }
        return chain;
    }

    private SSLException failed(SSLException e) {
        if (peer == null && !failed) {
            failed = true;
            observer.rejected(this, e);
        }
        return e;
    }

    private SSLException fail(SSLException e, Exception cause) {
        e.initCause(cause);
        closeProvider();
        return failed(e);
    }

    /** Both directions have ended when the framework says so, or the provider: each may know what the other does not. */
    private void noteEnd() {
        if ((inboundEnded || outboundEnded)
                && (inboundEnded || provider.isInboundDone())
                && (outboundEnded || provider.isOutboundDone())) {
            observer.closed(this);
        }
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
        return provider.getDelegatedTask();
    }

    /**
     * Says that nothing more will come.
     *
     * @throws SSLException if the peer of an established connection has not said so itself: what came may be a part of what it sent.
     *     Frameworks rely on that, and Conscrypt leaves it out.
     */
    @Override
    public void closeInbound() throws SSLException {
        boolean truncated = peer != null && !inboundEnded && severedBy == null;
        try {
            provider.closeInbound();
        } finally {
            inboundEnded = true;
            noteEnd();
        }
        if (truncated) {
            throw new SSLException("closing inbound before the peer's close_notify has come");
        }
    }

    @Override
    public boolean isInboundDone() {
        return severedBy != null || provider.isInboundDone();
    }

    @Override
    public void closeOutbound() {
        provider.closeOutbound();
        outboundEnded = true;
        noteEnd();
    }

    @Override
    public boolean isOutboundDone() {
        return severedBy != null || provider.isOutboundDone();
    }

    @Override
    public SSLSession getSession() {
        return session;
    }

    @Override
    public @Nullable SSLSession getHandshakeSession() {
        return provider.getHandshakeSession() == null ? null : new MtlsSession(this, provider::getHandshakeSession);
    }

    /** Starts the handshake. A second one, which TLS 1.2 knows as renegotiation, is refused. */
    @Override
    public void beginHandshake() throws SSLException {
        if (peer != null) {
            throw new SSLException("the handshake has ended; it is not repeated on an established connection");
        }
        admitOutbound();
        provider.beginHandshake();
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return outboundRefused ? HandshakeStatus.NOT_HANDSHAKING : provider.getHandshakeStatus();
    }

    /**
     * The role was fixed when the engine was made.
     *
     * @throws IllegalArgumentException if the other role is asked for
     */
    @Override
    public void setUseClientMode(boolean client) {
        if (client != getUseClientMode()) {
            throw new IllegalArgumentException("the engine comes from a " + binding.role()
                    + " context and cannot become a " + binding.role().peer() + "'s");
        }
    }

    @Override
    public boolean getUseClientMode() {
        return binding.role() == Role.CLIENT;
    }

    /** Does nothing: a server demands a client certificate, always. Frameworks call this with false as a matter of routine. */
    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return binding.role() == Role.SERVER;
    }

    /** Does nothing, like {@link #setNeedClientAuth}. */
    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    /** Does nothing: every connection has a session of its own. */
    @Override
    public void setEnableSessionCreation(boolean enable) {}

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return binding.profile().cipherSuites().toArray(String[]::new);
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return provider.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        provider.setEnabledCipherSuites(
                ProfileCeiling.within("cipher suite", suites, binding.profile().cipherSuites()));
    }

    @Override
    public String[] getSupportedProtocols() {
        return binding.profile().protocols().toArray(String[]::new);
    }

    @Override
    public String[] getEnabledProtocols() {
        return provider.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        provider.setEnabledProtocols(
                ProfileCeiling.within("protocol", protocols, binding.profile().protocols()));
    }

    @Override
    public SSLParameters getSSLParameters() {
        return provider.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        ProfileCeiling.apply(parameters, binding.profile(), provider, binding.role());
    }

    @Override
    public @Nullable String getApplicationProtocol() {
        String protocol = provider.getApplicationProtocol();
        // Conscrypt says null for none, which is to mean that the handshake has not come to it.
        return protocol == null && peer != null ? "" : protocol;
    }

    @Override
    public @Nullable String getHandshakeApplicationProtocol() {
        return provider.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(
            @Nullable BiFunction<SSLEngine, List<String>, String> selector) {
        provider.setHandshakeApplicationProtocolSelector(
                selector == null ? null : (engine, protocols) -> selector.apply(this, protocols));
    }

    @Override
    public @Nullable BiFunction<SSLEngine, List<String>, String> getHandshakeApplicationProtocolSelector() {
        return provider.getHandshakeApplicationProtocolSelector();
    }
}
