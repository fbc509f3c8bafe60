package dev.mtls.examples.quickstart;

import dev.mtls.identity.SpiffeId;
import dev.mtls.okhttp.MtlsOkHttp;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.PeerIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Calls an {@link HttpServer} over OkHttp, on warm connections and on new ones, without retries. */
final class HttpLink implements Link {
    private final Workload from;
    private final String url;
    private final OkHttpClient warm;
    private final OkHttpClient fresh;

    HttpLink(Workload from, SpiffeId server, int port, Ledger ledger) {
        this.from = from;
        this.url = "https://127.0.0.1:" + port + "/";
        this.warm = MtlsOkHttp.configure(new OkHttpClient.Builder(), from.mtls().client(PeerPolicy.id(server)))
                .retryOnConnectionFailure(false)
                .eventListener(new Failures(from, ledger))
                .build();
        this.fresh = warm.newBuilder()
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.NANOSECONDS))
                .build();
    }

    @Override
    public PeerIdentity call(boolean newConnection, @Nullable String body) throws IOException {
        Request.Builder request = new Request.Builder().url(url);
        if (body != null) {
            request.post(RequestBody.create(body.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
        try (Response response =
                (newConnection ? fresh : warm).newCall(request.build()).execute()) {
            String expected = "hello " + from.id() + " " + (body == null ? "" : body);
            if (response.code() != 200 || !response.body().string().equals(expected)) {
                throw new IOException("unexpected answer: " + response);
            }
            return MtlsOkHttp.peer(response);
        }
    }

    @Override
    public String toString() {
        return from.id() + " over OkHttp";
    }

    @Override
    public void close() {
        warm.dispatcher().executorService().shutdown();
        warm.connectionPool().evictAll();
    }

    /** Hears of failures that a retry would hide. */
    private static final class Failures extends EventListener {
        private final Workload from;
        private final Ledger ledger;

        Failures(Workload from, Ledger ledger) {
            this.from = from;
            this.ledger = ledger;
        }

        @Override
        public void connectFailed(
                Call call, InetSocketAddress address, Proxy proxy, @Nullable Protocol protocol, IOException e) {
            ledger.failed(from.id() + ": connect: " + e);
        }

        @Override
        public void requestFailed(Call call, IOException e) {
            ledger.failed(from.id() + ": request: " + e);
        }

        @Override
        public void responseFailed(Call call, IOException e) {
            ledger.failed(from.id() + ": response: " + e);
        }
    }
}
