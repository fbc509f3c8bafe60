package dev.mtls.it.resumption;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server on sockets of the {@code SSLContext}, with as much HTTP/1.1 as the clients need. It closes the connection after each call. */
final class RawServing implements Serving {
    private static final Logger log = LoggerFactory.getLogger(RawServing.class);
    private static final int PATIENCE_MILLIS = 30_000;

    private final Side side;
    private final Sightings seen;
    private final SSLServerSocket listening;

    RawServing(Side side, Sightings seen) throws IOException {
        this.side = side;
        this.seen = seen;
        listening = (SSLServerSocket)
                side.context().getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "raw-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (!listening.isClosed()) {
            try (SSLSocket socket = (SSLSocket) listening.accept()) {
                socket.setSoTimeout(PATIENCE_MILLIS);
                side.prepare(socket);
                answer(socket);
            } catch (IOException e) {
                log.debug("A connection ended: one of the sides refused the other, or the server was closed", e);
            }
        }
    }

    private void answer(SSLSocket socket) throws IOException {
        readHead(socket.getInputStream());
        seen.add(socket.getSession(), socket.getPort());
        socket.getOutputStream()
                .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static void readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the client ended within the head: " + head);
            }
            head.append((char) next);
        }
    }

    @Override
    public int port() {
        return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
