package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.Reply;
import dev.mtls.testing.contract.SeenPeer;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.http2.ConnectionShutdownException;
import okio.BufferedSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client of OkHttp without retries, as the contract sees it. */
final class OkHttpContractClient implements ContractClient {
    private static final Logger log = LoggerFactory.getLogger(OkHttpContractClient.class);
    private static final long TICK_NANOS = 10_000_000;
    private static final int PATIENCE_SECONDS = 10;

    private final OkHttpClient http;
    private final HttpUrl server;
    private final Protocol protocol;

    OkHttpContractClient(MtlsClient client, int port, Protocol protocol) {
        this.http = MtlsOkHttp.configure(new OkHttpClient.Builder(), client)
                .retryOnConnectionFailure(false)
                .build();
        this.server = HttpUrl.get("https://localhost:" + port);
        this.protocol = protocol;
    }

    @Override
    public Reply call() throws IOException {
        try {
            return call(http);
        } catch (ConnectionShutdownException e) {
            // OkHttp's answer where the server's GOAWAY comes between its choice of the connection and the first byte
            // of the request:
            // nothing was sent. With retryOnConnectionFailure, its default, it dials anew by itself.
            return call(http);
        }
    }

    @Override
    public Reply callOnNewConnection() throws IOException {
        // A pool that keeps nothing.
        return call(http.newBuilder()
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MINUTES))
                .build());
    }

    private Reply call(OkHttpClient client) throws IOException {
        Request request =
                request("/call").post(RequestBody.create("ping", null)).build();
        try (Response response = client.newCall(request).execute()) {
            if (response.code() != 200 || response.protocol() != protocol) {
                throw new IOException("answered " + response + " (expected: 200 over " + protocol + ")");
            }
            return new Reply(
                    SeenPeer.of(MtlsOkHttp.peer(response)),
                    SeenPeer.parse(response.body().string()));
        }
    }

    private Request.Builder request(String path) {
        return new Request.Builder().url(server.resolve(path));
    }

    @Override
    public Exchange download() throws Exception {
        LongExchange exchange = new LongExchange();
        exchange.start(request("/download").build());
        if (!exchange.first.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            exchange.close();
            throw new IOException("the server sent nothing within " + PATIENCE_SECONDS + " s");
        }
        return exchange;
    }

    @Override
    public Exchange upload() {
        LongExchange exchange = new LongExchange();
        exchange.start(request("/upload")
                .post(new RequestBody() {
                    @Override
                    public MediaType contentType() {
                        return null;
                    }

                    @Override
                    public void writeTo(BufferedSink sink) throws IOException {
                        while (!exchange.ended()) {
                            sink.writeUtf8("tick\n").flush();
                            LockSupport.parkNanos(TICK_NANOS);
                        }
                    }
                })
                .build());
        return exchange;
    }

    @Override
    public void close() {
        http.dispatcher().cancelAll();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    private final class LongExchange implements Exchange, Callback {
        private final LongAdder downloaded = new LongAdder();
        private final CountDownLatch first = new CountDownLatch(1);
        private volatile boolean ended;
        private volatile Call call;

        void start(Request request) {
            call = http.newCall(request);
            call.enqueue(this);
        }

        @Override
        public void onResponse(Call answered, Response response) throws IOException {
            byte[] buffer = new byte[1024];
            try (InputStream in = response.body().byteStream()) {
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    downloaded.add(length);
                    first.countDown();
                }
            } finally {
                ended = true;
            }
        }

        @Override
        public void onFailure(Call failed, IOException e) {
            log.debug("An exchange of the contract's client ended", e);
            ended = true;
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
            call.cancel();
        }
    }
}
