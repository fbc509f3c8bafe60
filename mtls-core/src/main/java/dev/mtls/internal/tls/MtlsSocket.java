package dev.mtls.internal.tls;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TLS socket over one of our engines and a plain socket. */
@SuppressWarnings(
        "UnsynchronizedOverridesSynchronized") // The plain socket has locks of its own; closing must wait for none.
public final class MtlsSocket extends SSLSocket {
    private static final Logger log = LoggerFactory.getLogger(MtlsSocket.class);

    private final Endpoint endpoint;
    private final Socket plain;
    private final boolean autoClose;
    private final List<HandshakeCompletedListener> listeners = new CopyOnWriteArrayList<>();

    private volatile MtlsEngine engine;
    private volatile SocketRecords records;
    private volatile boolean closed;
    private volatile BooleanSupplier retired = () -> false;

    MtlsSocket(Endpoint endpoint, Socket plain, @Nullable String host, int port, boolean autoClose) throws IOException {
        this.endpoint = endpoint;
        this.plain = plain;
        this.autoClose = autoClose;
        this.engine = newEngine(host, port);
        this.records = new SocketRecords(engine, plain);
    }

    private MtlsEngine newEngine(@Nullable String host, int port) throws IOException {
        MtlsEngine created;
        try {
            created = endpoint.newEngine(host, port);
        } catch (IllegalArgumentException e) {
            // Clients treat a refused target as they do a refused peer.
            PeerVerificationException denied =
                    new PeerVerificationException(FailureReason.POLICY_DENIED, null, String.valueOf(e.getMessage()), e);
            throw (IOException) new SSLHandshakeException(e.getMessage()).initCause(denied);
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
        created.whenSevered(this::abort);
        return created;
    }

    /** The engine below. */
    public MtlsEngine engine() {
        return engine;
    }

    /**
     * Has the socket claim that its input is shut down, as long as the condition holds, although it can be read and written: pools of
     * connections ask for that, and nothing else, before they use one again.
     */
    public void retireWhen(BooleanSupplier condition) {
        retired = condition;
    }

    /**
     * Whether bytes from the peer have arrived that nobody has read. Where the peer owes no answer, and has answered before, that is its
     * goodbye. Never blocks; false while another thread reads.
     */
    public boolean hasUnreadInput() throws IOException {
        return records.hasUnreadInput();
    }

    /** Closes the plain socket without a goodbye, so that what waits for it wakes up. Takes no lock. */
    private void abort() {
        try {
            plain.close();
        } catch (IOException e) {
            log.debug("A socket that was cut could not be closed", e);
        }
    }

    @Override
    public void connect(SocketAddress address) throws IOException {
        connect(address, 0);
    }

    /** Connects the plain socket, and makes the engine anew, now that the peer's name is known. */
    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
        plain.connect(address, timeout);
        if (address instanceof InetSocketAddress target) {
            MtlsEngine named = newEngine(target.getHostString(), target.getPort());
            named.setSSLParameters(engine.getSSLParameters());
            engine.closeOutbound();
            engine.closeInbound();
            engine = named;
            records = new SocketRecords(named, plain);
        }
    }

    @Override
    public void startHandshake() throws IOException {
        if (records.isHandshaken()) {
            throw new javax.net.ssl.SSLException(
                    "the handshake has ended; it is not repeated on an established connection");
        }
        records.handshake();
        for (HandshakeCompletedListener listener : listeners) {
            listener.handshakeCompleted(new HandshakeCompletedEvent(this, engine.getSession()));
        }
    }

    /** The session; runs the handshake first. If that fails, the session is one without a peer, as with any TLS socket. */
    @Override
    public SSLSession getSession() {
        if (!records.isHandshaken() && !closed && plain.isConnected()) {
            try {
                startHandshake();
            } catch (IOException e) {
                // Reported where bytes are read or written, which is where it can be.
                return engine.getSession();
            }
        }
        return engine.getSession();
    }

    @Override
    public @Nullable SSLSession getHandshakeSession() {
        return engine.getHandshakeSession();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        checkOpen();
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
                checkOpen();
                return length == 0 ? 0 : records.read(bytes, offset, length);
            }

            @Override
            public int available() {
                return records.available();
            }

            @Override
            public void close() throws IOException {
                MtlsSocket.this.close();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        checkOpen();
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                java.util.Objects.checkFromIndexSize(offset, length, bytes.length);
                checkOpen();
                records.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                MtlsSocket.this.close();
            }
        };
    }

    private void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("the socket is closed");
        }
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            records.closeOutbound();
        } catch (IOException e) {
            // The peer, or a cut, was faster: there is nobody to say goodbye to.
            plain.close();
        } finally {
            closeInbound();
            if (autoClose) {
                plain.close();
            }
        }
    }

    private void closeInbound() {
        try {
            engine.closeInbound();
        } catch (IOException e) {
            // We do not wait for the peer's close_notify: nothing more is read.
            return;
        }
    }

    /** Says goodbye; reading goes on. */
    @Override
    public void shutdownOutput() throws IOException {
        checkOpen();
        records.closeOutbound();
    }

    /** Ends reading: what arrives from now on is not looked at. */
    @Override
    public void shutdownInput() throws IOException {
        checkOpen();
        closeInbound();
        plain.shutdownInput();
    }

    @Override
    public boolean isClosed() {
        return closed || plain.isClosed();
    }

    @Override
    public boolean isInputShutdown() {
        return engine.isInboundDone() || plain.isInputShutdown() || retired.getAsBoolean();
    }

    @Override
    public boolean isOutputShutdown() {
        return engine.isOutboundDone() || plain.isOutputShutdown();
    }

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
        if (!listeners.remove(listener)) {
            throw new IllegalArgumentException("listener: not registered");
        }
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return engine.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine.setEnabledProtocols(protocols);
    }

    @Override
    public SSLParameters getSSLParameters() {
        return engine.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        engine.setSSLParameters(parameters);
    }

    @Override
    public @Nullable String getApplicationProtocol() {
        return engine.getApplicationProtocol();
    }

    @Override
    public @Nullable String getHandshakeApplicationProtocol() {
        return engine.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(
            @Nullable BiFunction<SSLSocket, List<String>, String> selector) {
        engine.setHandshakeApplicationProtocolSelector(
                selector == null ? null : (engine, protocols) -> selector.apply(this, protocols));
    }

    @Override
    public void setUseClientMode(boolean client) {
        engine.setUseClientMode(client);
    }

    @Override
    public boolean getUseClientMode() {
        return engine.getUseClientMode();
    }

    /** Does nothing: a server demands a client certificate, always. */
    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return engine.getNeedClientAuth();
    }

    /** Does nothing: a server demands a client certificate, always. */
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

    // The rest is the plain socket's.

    @Override
    public void bind(SocketAddress address) throws IOException {
        plain.bind(address);
    }

    @Override
    public InetAddress getInetAddress() {
        return plain.getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return plain.getLocalAddress();
    }

    @Override
    public int getPort() {
        return plain.getPort();
    }

    @Override
    public int getLocalPort() {
        return plain.getLocalPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return plain.getRemoteSocketAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return plain.getLocalSocketAddress();
    }

    /** None: bytes that go round the streams would go round TLS. */
    @Override
    public @Nullable SocketChannel getChannel() {
        return null;
    }

    @Override
    public boolean isConnected() {
        return plain.isConnected();
    }

    @Override
    public boolean isBound() {
        return plain.isBound();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        plain.setTcpNoDelay(on);
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        return plain.getTcpNoDelay();
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        plain.setSoLinger(on, linger);
    }

    @Override
    public int getSoLinger() throws SocketException {
        return plain.getSoLinger();
    }

    /** Urgent data cannot be protected. */
    @Override
    public void sendUrgentData(int data) throws IOException {
        throw new SocketException("urgent data cannot be sent over TLS");
    }

    /** Does nothing, like urgent data itself. */
    @Override
    public void setOOBInline(boolean on) throws SocketException {
        if (on) {
            throw new SocketException("urgent data cannot be received over TLS");
        }
    }

    @Override
    public boolean getOOBInline() {
        return false;
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        plain.setSoTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return plain.getSoTimeout();
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        plain.setSendBufferSize(size);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return plain.getSendBufferSize();
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        plain.setReceiveBufferSize(size);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return plain.getReceiveBufferSize();
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        plain.setKeepAlive(on);
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        return plain.getKeepAlive();
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        plain.setTrafficClass(trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return plain.getTrafficClass();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        plain.setReuseAddress(on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return plain.getReuseAddress();
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
        plain.setPerformancePreferences(connectionTime, latency, bandwidth);
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
        plain.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return plain.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return plain.supportedOptions();
    }

    @Override
    public String toString() {
        return "MtlsSocket[" + plain + "]";
    }
}
