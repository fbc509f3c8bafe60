package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import dev.mtls.internal.tls.MtlsSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Objects;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the TLS sockets of one client and expected server. Part of the key of OkHttp's pool: connections to another expected server
 * are not shared, and those to the same one are.
 */
final class PeerSockets extends SSLSocketFactory {
    private final MtlsClient client;
    private final @Nullable SpiffeId expected;
    private final SSLSocketFactory sockets;
    private final Closer closer;

    PeerSockets(MtlsClient client, @Nullable SpiffeId expected, Closer closer) {
        this.client = client;
        this.expected = expected;
        this.sockets = (expected == null ? client : client.expecting(expected))
                .sslContext()
                .getSocketFactory();
        this.closer = closer;
    }

    /** Whether these are sockets of this client, which expect no server in particular. */
    static boolean are(@Nullable SSLSocketFactory sockets, MtlsClient client) {
        return sockets instanceof PeerSockets ours && ours.client == client && ours.expected == null;
    }

    /** The one that OkHttp calls. */
    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
        MtlsSocket created = (MtlsSocket) sockets.createSocket(socket, host, port, autoClose);
        PooledConnection.watch(created, closer);
        return created;
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return sockets.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return sockets.getSupportedCipherSuites();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PeerSockets that && client == that.client && Objects.equals(expected, that.expected);
    }

    @Override
    public int hashCode() {
        return Objects.hash(System.identityHashCode(client), expected);
    }

    @Override
    public String toString() {
        return "PeerSockets[" + (expected == null ? "any allowed server" : expected) + "]";
    }
}
