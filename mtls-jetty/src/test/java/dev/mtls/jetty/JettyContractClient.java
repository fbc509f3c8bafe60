package dev.mtls.jetty;

import dev.mtls.MtlsClient;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.Reply;
import dev.mtls.testing.contract.SeenPeer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.client.AsyncRequestContent;
import org.eclipse.jetty.client.BufferingResponseListener;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Jetty client that does what the contract asks for. */
final class JettyContractClient implements ContractClient {
    private static final Logger log = LoggerFactory.getLogger(JettyContractClient.class);
    private static final int PATIENCE_SECONDS = 10;
    private static final long TICK_NANOS = 10_000_000;

    private final HttpClient http;
    private final HttpVersion version;
    private final String base;

    JettyContractClient(MtlsClient mtls, int port, HttpVersion version) throws Exception {
        this.http = MtlsJetty.client(mtls);
        this.version = version;
        this.base = "https://localhost:" + port;
        http.start();
    }

    private Request call(String path) {
        return http.newRequest(base + path).version(version).timeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Request post() {
        return call("/call").method("POST").body(new StringRequestContent("ping"));
    }

    @Override
    public Reply call() throws Exception {
        ContentResponse response = post().send();
        return reply(response, response.getContentAsString());
    }

    @Override
    public Reply callOnNewConnection() throws Exception {
        Request request = post();
        Promise.Completable<Connection> connecting = new Promise.Completable<>();
        http.resolveDestination(request).newConnection(connecting);
        Connection connection = connecting.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        try {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            connection.send(request, new BufferingResponseListener() {
                @Override
                public void onComplete(Result result) {
                    if (result.isFailed()) {
                        reply.completeExceptionally(result.getFailure());
                    } else {
                        reply.complete(reply(result.getResponse(), getContentAsString()));
                    }
                }
            });
            return reply.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            connection.close();
        }
    }

    private static Reply reply(Response response, String content) {
        return new Reply(SeenPeer.of(MtlsJetty.responder(response)), SeenPeer.parse(content));
    }

    @Override
    public Exchange download() throws Exception {
        LongExchange exchange =
                new LongExchange(http.newRequest(base + "/download").version(version));
        exchange.request
                .onResponseContent((response, content) -> exchange.arrived(content.remaining()))
                .send(result -> exchange.ended = true);
        if (!exchange.first.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            exchange.close();
            throw new IOException("the server sent nothing within " + PATIENCE_SECONDS + " s");
        }
        return exchange;
    }

    @Override
    public Exchange upload() throws Exception {
        AsyncRequestContent content = new AsyncRequestContent();
        LongExchange exchange = new LongExchange(http.newRequest(base + "/upload")
                .version(version)
                .method("POST")
                .body(content));
        exchange.request.send(result -> exchange.ended = true);
        Thread thread = new Thread(() -> upload(content, exchange), "contract-client");
        thread.setDaemon(true);
        thread.start();
        return exchange;
    }

    private static void upload(AsyncRequestContent content, LongExchange exchange) {
        while (!exchange.ended) {
            Callback.Completable written = new Callback.Completable();
            content.write(ByteBuffer.wrap("tick\n".getBytes(StandardCharsets.US_ASCII)), written);
            try {
                written.get();
            } catch (InterruptedException | ExecutionException e) {
                log.debug("An upload of the contract's client ended", e);
                return;
            }
            LockSupport.parkNanos(TICK_NANOS);
        }
    }

    private static final class LongExchange implements Exchange {
        private final Request request;
        private final LongAdder downloaded = new LongAdder();
        private final CountDownLatch first = new CountDownLatch(1);
        private volatile boolean ended;

        LongExchange(Request request) {
            this.request = request;
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
            request.abort(new IOException("closed by the test"));
        }
    }

    @Override
    public void close() {
        try {
            http.stop();
        } catch (Exception e) {
            log.warn("The contract's client did not stop well", e);
        }
    }
}
