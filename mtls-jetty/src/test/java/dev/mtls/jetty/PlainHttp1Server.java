package dev.mtls.jetty;

import dev.mtls.MtlsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves one connection at a time, on plain sockets, and answers in a way of its own. */
final class PlainHttp1Server implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PlainHttp1Server.class);

    /** Answers a request whose head has been read. */
    interface Answer {
        void to(SSLSocket socket) throws IOException;
    }

    private final SSLServerSocket listening;
    private final SSLParameters parameters;
    private final Answer answer;
    private final AtomicReference<String> chosen = new AtomicReference<>();

    private PlainHttp1Server(SSLServerSocket listening, SSLParameters parameters, Answer answer) {
        this.listening = listening;
        this.parameters = parameters;
        this.answer = answer;
    }

    /** Knows this protocol of ALPN, or none if it is empty. */
    static PlainHttp1Server start(MtlsServer mtls, String protocol) throws IOException {
        return start(mtls, protocol, socket -> {
            OutputStream out = socket.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        });
    }

    static PlainHttp1Server start(MtlsServer mtls, String protocol, Answer answer) throws IOException {
        SSLServerSocket listening = (SSLServerSocket)
                mtls.sslContext().getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SSLParameters parameters = new SSLParameters();
        parameters.setApplicationProtocols(protocol.isEmpty() ? new String[0] : new String[] {protocol});
        PlainHttp1Server server = new PlainHttp1Server(listening, parameters, answer);
        Thread thread = new Thread(server::serve, "plain-http1");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private void serve() {
        while (!listening.isClosed()) {
            try (SSLSocket socket = (SSLSocket) listening.accept()) {
                SSLParameters applied = socket.getSSLParameters();
                applied.setApplicationProtocols(parameters.getApplicationProtocols());
                socket.setSSLParameters(applied);
                socket.startHandshake();
                chosen.set(socket.getApplicationProtocol());
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (line.isEmpty()) {
                        answer.to(socket);
                    }
                }
            } catch (IOException e) {
                log.debug("A connection ended", e);
            }
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    /** The protocol of the last handshake. */
    String chosen() {
        return chosen.get();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
