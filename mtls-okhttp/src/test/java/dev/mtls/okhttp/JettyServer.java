package dev.mtls.okhttp;

import dev.mtls.MtlsServer;
import dev.mtls.identity.SpiffeId;
import dev.mtls.jetty.MtlsJetty;
import dev.mtls.testing.contract.ContractServer;
import dev.mtls.testing.contract.SeenPeer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server over HTTP/2 that does what the contract asks for. */
final class JettyServer implements ContractServer {
    private static final Logger log = LoggerFactory.getLogger(JettyServer.class);
    private static final long TICK_NANOS = 10_000_000;

    private final Server jetty = new Server();
    private final ServerConnector connector;
    private final Map<SpiffeId, LongAdder> uploaded = new ConcurrentHashMap<>();
    private volatile boolean closed;

    JettyServer(MtlsServer mtls) throws Exception {
        connector = MtlsJetty.connector(jetty, mtls);
        connector.setHost("localhost");
        jetty.addConnector(connector);
        jetty.setHandler(new Calls());
        jetty.start();
    }

    private final class Calls extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            switch (Request.getPathInContext(request)) {
                case "/call":
                    Content.Source.consumeAll(request);
                    Content.Sink.write(
                            response, true, SeenPeer.of(MtlsJetty.peer(request)).toString(), callback);
                    return true;
                case "/download":
                    download(response);
                    callback.succeeded();
                    return true;
                case "/upload":
                    upload(
                            Content.Source.asInputStream(request),
                            uploaded.computeIfAbsent(MtlsJetty.peer(request).id(), id -> new LongAdder()));
                    callback.succeeded();
                    return true;
                default:
                    return false;
            }
        }
    }

    private void download(Response response) throws IOException {
        try (OutputStream out = Content.Sink.asOutputStream(response)) {
            while (!closed) {
                out.write("tick\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                LockSupport.parkNanos(TICK_NANOS);
            }
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
        return connector.getLocalPort();
    }

    @Override
    public long uploaded(SpiffeId client) {
        LongAdder arrived = uploaded.get(client);
        return arrived == null ? 0 : arrived.sum();
    }

    @Override
    public void close() {
        closed = true;
        try {
            jetty.stop();
        } catch (Exception e) {
            log.warn("The contract's server did not stop well", e);
        }
    }
}
