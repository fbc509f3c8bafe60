package dev.mtls.testing.contract;

import dev.mtls.MtlsClient;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.tls.PeerIdentity;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client on plain sockets that speaks just enough HTTP/1.1 for a server's contract. Not final for the contract's own tests. */
class PlainClient implements ContractClient {
    private static final Logger log = LoggerFactory.getLogger(PlainClient.class);
    private static final long TICK_NANOS = 10_000_000;
    private static final int FIRST_PIECE_SECONDS = 10;

    private final MtlsClient mtls;
    private final int port;
    private final ConcurrentLinkedDeque<Wire> idle = new ConcurrentLinkedDeque<>();
    private final Set<Wire> open = ConcurrentHashMap.newKeySet();

    PlainClient(MtlsClient mtls, int port) {
        this.mtls = mtls;
        this.port = port;
    }

    /** One connection. */
    private record Wire(SSLSocket socket, InputStream in) {
        void send(String head, byte[] body) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(HttpHead.message(head, body));
            out.flush();
        }
    }

    private Wire connect() throws IOException {
        SSLSocket socket = (SSLSocket) mtls.sslContext().getSocketFactory().createSocket("localhost", port);
        Wire wire = new Wire(socket, new BufferedInputStream(socket.getInputStream()));
        open.add(wire);
        try {
            socket.startHandshake();
            return wire;
        } catch (IOException e) {
            close(wire);
            throw e;
        }
    }

    private void close(Wire wire) {
        open.remove(wire);
        PlainServer.closeQuietly(wire.socket());
    }

    @Override
    public Reply call() throws IOException {
        Wire wire = idle.pollFirst();
        while (wire != null && !takesRequests(wire.socket())) {
            close(wire);
            wire = idle.pollFirst();
        }
        return callOn(wire == null ? connect() : wire);
    }

    boolean takesRequests(SSLSocket socket) {
        return MtlsConnection.find(socket.getSession())
                .map(connection -> connection.state() == MtlsConnection.State.ACTIVE)
                .orElse(false);
    }

    @Override
    public Reply callOnNewConnection() throws IOException {
        return callOn(connect());
    }

    private Reply callOn(Wire wire) throws IOException {
        boolean reusable = false;
        try {
            wire.send(
                    "POST /call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n",
                    new byte[] {'p', 'i', 'n', 'g'});
            HttpHead head = HttpHead.read(wire.in()).orElseThrow(() -> new EOFException("the server sent no answer"));
            byte[] body = wire.in().readNBytes(head.contentLength());
            reusable = !head.closes();
            return new Reply(
                    SeenPeer.of(PeerIdentity.of(wire.socket().getSession())),
                    SeenPeer.parse(new String(body, StandardCharsets.US_ASCII)));
        } finally {
            if (reusable) {
                idle.addFirst(wire);
            } else {
                close(wire);
            }
        }
    }

    @Override
    public Exchange download() throws Exception {
        Wire wire = connect();
        wire.send("GET /download HTTP/1.1\r\nHost: localhost\r\n\r\n", new byte[0]);
        LongExchange exchange = new LongExchange(wire);
        exchange.start(() -> {
            byte[] buffer = new byte[1024];
            for (int length = wire.in().read(buffer);
                    length >= 0;
                    length = wire.in().read(buffer)) {
                exchange.arrived(length);
            }
        });
        if (!exchange.first.await(FIRST_PIECE_SECONDS, TimeUnit.SECONDS)) {
            exchange.close();
            throw new IOException("the server sent nothing within " + FIRST_PIECE_SECONDS + " s");
        }
        return exchange;
    }

    @Override
    public Exchange upload() throws IOException {
        Wire wire = connect();
        wire.send("POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", new byte[0]);
        LongExchange exchange = new LongExchange(wire);
        byte[] chunk = "5\r\ntick\n\r\n".getBytes(StandardCharsets.US_ASCII);
        exchange.start(() -> {
            while (!exchange.ended()) {
                wire.send("", chunk);
                LockSupport.parkNanos(TICK_NANOS);
            }
        });
        return exchange;
    }

    @Override
    public void close() {
        open.forEach(this::close);
    }

    @FunctionalInterface
    private interface Transfer {
        void run() throws IOException;
    }

    private final class LongExchange implements Exchange {
        private final Wire wire;
        private final LongAdder downloaded = new LongAdder();
        private final CountDownLatch first = new CountDownLatch(1);
        private volatile boolean ended;

        LongExchange(Wire wire) {
            this.wire = wire;
        }

        void start(Transfer transfer) {
            Thread thread = new Thread(() -> run(transfer), "contract-client");
            thread.setDaemon(true);
            thread.start();
        }

        private void run(Transfer transfer) {
            try {
                transfer.run();
            } catch (IOException e) {
                log.debug("An exchange of the contract's client ended", e);
            } finally {
                close();
            }
        }

        void arrived(int length) {
            downloaded.add(length);
            first.countDown();
        }

        @Override
        public long downloaded() {
            return downloaded.sum();
        }

        @Override
        public boolean ended() {
            return ended;
        }

        @Override
        public void close() {
            ended = true;
            PlainClient.this.close(wire);
        }
    }
}
