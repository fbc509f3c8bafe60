package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.Reply;
import dev.mtls.testing.contract.SeenPeer;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** The client over HTTP/1.1, calling a server on plain sockets. */
class OkHttpContractTest extends AdapterContract {
    @Override
    protected ContractClient startClient(MtlsClient client, int port) {
        return new OkHttpContractClient(client, port);
    }

    private static final class OkHttpContractClient implements ContractClient {
        private static final byte[] PING = {'p', 'i', 'n', 'g'};

        private final String url;
        private final OkHttpClient warm;
        private final OkHttpClient fresh;
        private final Set<LongCall> running = ConcurrentHashMap.newKeySet();

        OkHttpContractClient(MtlsClient client, int port) {
            url = "https://localhost:" + port;
            warm = MtlsOkHttp.configure(new OkHttpClient.Builder(), client)
                    .retryOnConnectionFailure(false)
                    .fastFallback(false)
                    .readTimeout(0, TimeUnit.SECONDS)
                    .build();
            fresh = warm.newBuilder()
                    .connectionPool(new ConnectionPool(0, 1, TimeUnit.NANOSECONDS))
                    .build();
        }

        @Override
        public Reply call() throws IOException {
            return call(warm);
        }

        @Override
        public Reply callOnNewConnection() throws IOException {
            return call(fresh);
        }

        private Reply call(OkHttpClient http) throws IOException {
            Request request = new Request.Builder()
                    .url(url + "/call")
                    .post(RequestBody.create(PING))
                    .build();
            try (Response response = http.newCall(request).execute()) {
                return new Reply(
                        SeenPeer.of(MtlsOkHttp.peer(response)),
                        SeenPeer.parse(response.body().string()));
            }
        }

        @Override
        public Exchange download() throws Exception {
            LongCall exchange =
                    new LongCall(new Request.Builder().url(url + "/download").build());
            exchange.start();
            if (!exchange.first.await(10, TimeUnit.SECONDS)) {
                exchange.close();
                throw new IOException("the server sent nothing within 10 s");
            }
            return exchange;
        }

        @Override
        public Exchange upload() {
            Ticks ticks = new Ticks();
            LongCall exchange = new LongCall(
                    new Request.Builder().url(url + "/upload").post(ticks).build());
            ticks.exchange = exchange;
            exchange.start();
            return exchange;
        }

        @Override
        public void close() {
            running.forEach(LongCall::close);
            warm.dispatcher().executorService().shutdown();
            warm.connectionPool().evictAll();
        }

        private final class LongCall implements Exchange {
            private final Call call;
            private final LongAdder downloaded = new LongAdder();
            private final CountDownLatch first = new CountDownLatch(1);
            private volatile boolean ended;

            LongCall(Request request) {
                call = fresh.newCall(request);
                running.add(this);
            }

            void start() {
                Thread thread = new Thread(this::run, "contract-okhttp");
                thread.setDaemon(true);
                thread.start();
            }

            private void run() {
                byte[] buffer = new byte[1024];
                try (Response response = call.execute()) {
                    for (int length = response.body().source().read(buffer);
                            length >= 0;
                            length = response.body().source().read(buffer)) {
                        downloaded.add(length);
                        first.countDown();
                    }
                } catch (IOException e) {
                    first.countDown();
                } finally {
                    ended = true;
                    running.remove(this);
                }
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

        /** A body without an end. */
        private static final class Ticks extends RequestBody {
            private volatile @Nullable LongCall exchange;

            @Override
            public @Nullable MediaType contentType() {
                return null;
            }

            @Override
            public boolean isOneShot() {
                return true;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                LongCall of = exchange;
                while (of != null && !of.ended()) {
                    sink.writeUtf8("tick\n");
                    sink.flush();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            }
        }
    }
}
