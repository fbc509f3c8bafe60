package dev.mtls.testing.contract;

import dev.mtls.MtlsServer;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server on plain sockets that speaks just enough HTTP/1.1 for a client's contract. Not final for the contract's own tests. */
class PlainServer implements ContractServer {
    private static final Logger log = LoggerFactory.getLogger(PlainServer.class);
    private static final long TICK_NANOS = 10_000_000;
    private static final int BACKLOG = 50;

    private final SSLServerSocket listening;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "contract-server");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<SpiffeId, LongAdder> uploaded = new ConcurrentHashMap<>();
    private volatile boolean closed;

    PlainServer(MtlsServer mtls) throws IOException {
        listening = (SSLServerSocket) mtls.sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    }

    PlainServer start() {
        threads.execute(this::accept);
        return this;
    }

    private void accept() {
        while (!closed) {
            try {
                SSLSocket socket = (SSLSocket) listening.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                if (!closed) {
                    log.warn("The contract's server could not accept a connection", e);
                }
            }
        }
    }

    private void serve(SSLSocket socket) {
        open.add(socket);
        try (socket) {
            socket.startHandshake();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean more = !closed;
            while (more) {
                Optional<HttpHead> request = HttpHead.read(in);
                more = request.isPresent() && answer(request.get(), in, socket);
            }
        } catch (IOException e) {
            // A peer was refused, a connection cut, or the client is gone: what the tests provoke.
            log.debug("A connection of the contract's server ended", e);
        } finally {
            open.remove(socket);
        }
    }

    private boolean answer(HttpHead request, InputStream in, SSLSocket socket) throws IOException {
        OutputStream out = socket.getOutputStream();
        PeerIdentity peer = PeerIdentity.of(socket.getSession());
        if (request.startLine().contains(" /download ")) {
            download(out);
            return false;
        }
        if (request.startLine().contains(" /upload ")) {
            upload(in, uploaded.computeIfAbsent(peer.id(), id -> new LongAdder()));
            return false;
        }
        in.skipNBytes(request.contentLength());
        boolean last = isLast(socket);
        byte[] body = SeenPeer.of(peer).toString().getBytes(StandardCharsets.US_ASCII);
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + body.length + "\r\n"
                + (last ? "Connection: close\r\n" : "") + "\r\n";
        out.write(HttpHead.message(head, body));
        out.flush();
        return !last;
    }

    boolean isLast(SSLSocket socket) {
        return MtlsConnection.find(socket.getSession())
                .map(connection -> connection.state() != MtlsConnection.State.ACTIVE)
                .orElse(true);
    }

    private void download(OutputStream out) throws IOException {
        out.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        byte[] chunk = "5\r\ntick\n\r\n".getBytes(StandardCharsets.US_ASCII);
        while (!closed) {
            out.write(chunk);
            out.flush();
            LockSupport.parkNanos(TICK_NANOS);
        }
    }

    private static void upload(InputStream in, LongAdder arrived) throws IOException {
        byte[] buffer = new byte[1024];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            arrived.add(length);
        }
    }

    @Override
    public int port() {
        return listening.getLocalPort();
    }

    @Override
    public long uploaded(SpiffeId client) {
        LongAdder arrived = uploaded.get(client);
        return arrived == null ? 0 : arrived.sum();
    }

    @Override
    public void close() {
        closed = true;
        closeQuietly(listening);
        open.forEach(PlainServer::closeQuietly);
        threads.shutdownNow();
    }

    static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            log.debug("A socket of the contract did not close well", e);
        }
    }
}
