package dev.mtls.it.resumption;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;

/**
 * A plain context whose engines and sockets, the provider's own, are limited to one TLS version, demand a client certificate, and, with
 * Conscrypt, use session tickets, without which it resumes nothing in TLS 1.3.
 */
final class PlainContext extends SSLContext {
    private final Preparation preparation;

    PlainContext(SSLContext plain, String protocol, boolean server) {
        this(plain, new Preparation(protocol, server));
    }

    private PlainContext(SSLContext plain, Preparation preparation) {
        super(new Spi(plain, preparation), plain.getProvider(), "TLS");
        this.preparation = preparation;
    }

    void prepare(SSLSocket accepted) {
        preparation.prepare(accepted);
    }

    private record Preparation(String protocol, boolean server) {
        SSLEngine prepare(SSLEngine engine) {
            if (Conscrypt.isConscrypt(engine)) {
                Conscrypt.setUseSessionTickets(engine, true);
            }
            engine.setEnabledProtocols(new String[] {protocol});
            if (server) {
                engine.setUseClientMode(false);
                engine.setNeedClientAuth(true);
            }
            return engine;
        }

        Socket prepare(Socket created) {
            SSLSocket socket = (SSLSocket) created;
            if (Conscrypt.isConscrypt(socket)) {
                Conscrypt.setUseSessionTickets(socket, true);
            }
            socket.setEnabledProtocols(new String[] {protocol});
            if (server) {
                socket.setUseClientMode(false);
                socket.setNeedClientAuth(true);
            }
            return socket;
        }

        SSLParameters prepare(SSLParameters parameters) {
            parameters.setProtocols(new String[] {protocol});
            parameters.setNeedClientAuth(server);
            return parameters;
        }
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext plain;
        private final Preparation preparation;

        Spi(SSLContext plain, Preparation preparation) {
            this.plain = plain;
            this.preparation = preparation;
        }

        @Override
        protected void engineInit(KeyManager[] keyManagers, TrustManager[] trustManagers, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("initialised already");
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return preparation.prepare(plain.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return preparation.prepare(plain.createSSLEngine(host, port));
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Sockets(plain.getSocketFactory(), preparation);
        }

        /** Its sockets are to be prepared when they have been accepted. */
        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return plain.getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return plain.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return plain.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return preparation.prepare(plain.getDefaultSSLParameters());
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return preparation.prepare(plain.getSupportedSSLParameters());
        }
    }

    private static final class Sockets extends SSLSocketFactory {
        private final SSLSocketFactory plain;
        private final Preparation preparation;

        Sockets(SSLSocketFactory plain, Preparation preparation) {
            this.plain = plain;
            this.preparation = preparation;
        }

        @Override
        public Socket createSocket() throws IOException {
            return preparation.prepare(plain.createSocket());
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            return preparation.prepare(plain.createSocket(socket, host, port, autoClose));
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return preparation.prepare(plain.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return preparation.prepare(plain.createSocket(host, port, local, localPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return preparation.prepare(plain.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return preparation.prepare(plain.createSocket(host, port, local, localPort));
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return plain.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return plain.getSupportedCipherSuites();
        }
    }
}
