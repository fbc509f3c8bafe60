package dev.mtls.it.resumption;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;

/** A client on sockets of the {@code SSLContext}, with as much HTTP/1.1 as the servers need. */
final class RawCalling implements Calling {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private final Side side;
    private final int port;
    private final Sightings seen;

    RawCalling(Side side, int port, Sightings seen) {
        this.side = side;
        this.port = port;
        this.seen = seen;
    }

    @Override
    public void call() throws IOException {
        // With host and port, by which clients look for a session to resume.
        try (SSLSocket socket = (SSLSocket) side.context().getSocketFactory().createSocket("localhost", port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            if (!answer.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("the server answered: " + answer);
            }
            seen.add(socket.getSession(), socket.getLocalPort());
        }
    }

    @Override
    public void close() {}
}
