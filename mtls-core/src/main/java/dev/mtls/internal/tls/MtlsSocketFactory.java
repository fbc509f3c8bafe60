package dev.mtls.internal.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Makes sockets of one endpoint. On a server's endpoint they take the server's side of a connection that has been accepted. */
final class MtlsSocketFactory extends SSLSocketFactory {
    private final Endpoint endpoint;

    MtlsSocketFactory(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public Socket createSocket() throws IOException {
        return new MtlsSocket(endpoint, new Socket(), null, -1, true);
    }

    @Override
    public Socket createSocket(Socket socket, @Nullable String host, int port, boolean autoClose) throws IOException {
        if (!socket.isConnected()) {
            throw new IOException("the socket to layer TLS over is not connected");
        }
        return new MtlsSocket(endpoint, socket, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connect(host, new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(host, new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connect(host.getHostName(), new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(
                host.getHostName(), new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    private Socket connect(String host, InetSocketAddress address, @Nullable InetSocketAddress local)
            throws IOException {
        Socket socket = new Socket();
        try {
            if (local != null) {
                socket.bind(local);
            }
            socket.connect(address);
            return new MtlsSocket(endpoint, socket, host, address.getPort(), true);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return endpoint.profile().cipherSuites().toArray(String[]::new);
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return getDefaultCipherSuites();
    }
}
