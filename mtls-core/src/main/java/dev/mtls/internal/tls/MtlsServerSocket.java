package dev.mtls.internal.tls;

import dev.mtls.identity.Role;
import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

/** A server socket whose every accepted connection is bound to the identity and trust of that moment. */
final class MtlsServerSocket extends SSLServerSocket {
    private final Endpoint endpoint;
    private volatile SSLParameters parameters;

    MtlsServerSocket(Endpoint endpoint) throws IOException {
        this.endpoint = endpoint;
        if (endpoint.role() != Role.SERVER) {
            throw new IOException("a client's SSLContext makes no server sockets; use that of a server");
        }
        parameters = new SSLParameters(getSupportedCipherSuites(), getSupportedProtocols());
        parameters.setNeedClientAuth(true);
    }

    @Override
    public Socket accept() throws IOException {
        Socket plain = new Socket();
        implAccept(plain);
        try {
            MtlsSocket socket = new MtlsSocket(endpoint, plain, null, -1, true);
            socket.setSSLParameters(parameters);
            return socket;
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return endpoint.profile().cipherSuites().toArray(String[]::new);
    }

    @Override
    public String[] getSupportedProtocols() {
        return endpoint.profile().protocols().toArray(String[]::new);
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return parameters.getCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        parameters.setCipherSuites(
                ProfileCeiling.within("cipher suite", suites, endpoint.profile().cipherSuites()));
    }

    @Override
    public String[] getEnabledProtocols() {
        return parameters.getProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        parameters.setProtocols(
                ProfileCeiling.within("protocol", protocols, endpoint.profile().protocols()));
    }

    @Override
    public SSLParameters getSSLParameters() {
        return parameters;
    }

    @Override
    public void setSSLParameters(SSLParameters wanted) {
        if (wanted.getProtocols() != null) {
            setEnabledProtocols(wanted.getProtocols());
        }
        if (wanted.getCipherSuites() != null) {
            setEnabledCipherSuites(wanted.getCipherSuites());
        }
        parameters = wanted;
    }

    /** Does nothing: a client certificate is demanded, always. */
    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return true;
    }

    /** Does nothing: a client certificate is demanded, always. */
    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    /**
     * A server's socket stays a server's.
     *
     * @throws IllegalArgumentException if the client's role is asked for
     */
    @Override
    public void setUseClientMode(boolean client) {
        if (client) {
            throw new IllegalArgumentException(
                    "the socket comes from a server's context and cannot accept connections as a client");
        }
    }

    @Override
    public boolean getUseClientMode() {
        return false;
    }

    /** Does nothing: every connection has a session of its own. */
    @Override
    public void setEnableSessionCreation(boolean enable) {}

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }
}
