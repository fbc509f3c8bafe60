package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.FailureReason;
import dev.mtls.internal.tls.MtlsSocket;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Drained and cut connections, idle and busy. */
class LifeTest {
    private static final String ALL = """
            JDK, HTTP_1_1
            JDK, HTTP_2
            CONSCRYPT, HTTP_1_1
            CONSCRYPT, HTTP_2
            """;

    private Mesh mesh;
    private Mtls clientMtls;
    private MtlsClient client;
    private Mtls serverMtls;
    private MockWebServer server;
    private OkHttpClient http;
    private final CountDownLatch slowMayEnd = new CountDownLatch(1);

    private void open(TlsProvider provider, Protocol protocol) throws Exception {
        mesh = new Mesh(provider, "TLSv1.3");
        clientMtls = mesh.mtls(Mesh.CLIENT);
        client = clientMtls.client(PeerPolicy.id(Mesh.SERVER));
        serverMtls = mesh.mtls(Mesh.SERVER);
        server = mesh.okServer(serverMtls, protocol);
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
                if (request.getTarget().equals("/slow")) {
                    slowMayEnd.await();
                }
                return new MockResponse.Builder().body("ok").build();
            }
        });
        http = mesh.http(client);
    }

    @AfterEach
    void close() throws Exception {
        slowMayEnd.countDown();
        mesh.close();
    }

    private Request request(String path) {
        return new Request.Builder().url(server.url(path)).build();
    }

    private Request post() {
        return request("/").newBuilder().post(RequestBody.create("x", null)).build();
    }

    private MtlsConnection onlyConnection() {
        assertThat(clientMtls.connections()).hasSize(1);
        return clientMtls.connections().iterator().next();
    }

    private CompletableFuture<Response> slowCall() {
        CompletableFuture<Response> done = CompletableFuture.supplyAsync(() -> {
            try {
                return Mesh.call(http, request("/slow"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        int before = server.getRequestCount();
        await().until(() -> server.getRequestCount() == before + 1 || server.getRequestCount() > 0);
        return done;
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void drain_idle_closedAndNextCallOnAnother(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        Mesh.call(http, request("/"));
        MtlsConnection connection = onlyConnection();

        connection.drain("for the test");

        await().until(() -> serverMtls.connections().isEmpty());
        assertThat(connection.cutBy()).isEmpty();
        Mesh.call(http, post());
        assertThat(onlyConnection()).isNotSameAs(connection);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void drain_busy_callEndsAndOthersUseAnother(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        CompletableFuture<Response> slow = slowCall();
        MtlsConnection connection = onlyConnection();

        connection.drain("for the test");
        Mesh.call(http, post());
        Mesh.call(http, post());

        assertThat(clientMtls.connections()).hasSize(2).contains(connection);
        slowMayEnd.countDown();
        assertThat(slow.get(5, TimeUnit.SECONDS).protocol()).isEqualTo(protocol);
        await().until(() -> connection.state() == MtlsConnection.State.CLOSED);
        assertThat(connection.cutBy()).isEmpty();
        Mesh.call(http, post());
        assertThat(onlyConnection()).isNotSameAs(connection);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void cut_idleAndAllowedAgain_nextCallOnAnother(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        Mesh.call(http, request("/"));
        MtlsConnection connection = onlyConnection();

        client.replacePolicy(PeerPolicy.id(Mesh.OTHER));
        await().until(() -> connection.cutBy().isPresent());
        client.replacePolicy(PeerPolicy.id(Mesh.SERVER));

        Mesh.call(http, post());
        assertThat(onlyConnection()).isNotSameAs(connection);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void distrust_idle_nextCallRefusedBeforeAnyByte(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        Mesh.call(http, request("/"));

        // At once: the re-check of all connections may not have reached this one.
        client.replacePolicy(PeerPolicy.id(Mesh.OTHER));
        Throwable failure = catchThrowable(() -> http.newCall(post()).execute());

        assertThat(failure).isInstanceOf(IOException.class);
        assertThat(Mesh.reason(failure)).contains(FailureReason.POLICY_DENIED);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void cut_duringUpload_failsWithTheReason(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        CountDownLatch started = new CountDownLatch(1);
        RequestBody endless = new RequestBody() {
            @Override
            public MediaType contentType() {
                return null;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                while (true) {
                    sink.writeUtf8("more ");
                    sink.flush();
                    started.countDown();
                }
            }
        };
        CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() -> catchThrowable(() ->
                http.newCall(request("/").newBuilder().post(endless).build()).execute()));
        assertThat(started.await(5, TimeUnit.SECONDS)).isTrue();

        client.replacePolicy(PeerPolicy.id(Mesh.OTHER));

        assertThat(failure.get(1, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
        await().until(() -> serverMtls.connections().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void cut_whileWaitingForTheAnswer_fails(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        CompletableFuture<Response> slow = slowCall();

        client.replacePolicy(PeerPolicy.id(Mesh.OTHER));

        Throwable failure = catchThrowable(() -> slow.get(1, TimeUnit.SECONDS));
        assertThat(failure.getCause().getCause()).isInstanceOf(IOException.class);
    }

    /** The classical race of keep-alive, up to the moment of sending. */
    @ParameterizedTest
    @EnumSource(names = {"JDK", "CONSCRYPT"})
    void goodbye_ofTheServerOnAnIdleConnection_seenBeforeTheNextRequest(TlsProvider provider) throws Exception {
        open(provider, Protocol.HTTP_1_1);
        AtomicReference<MtlsSocket> socket = new AtomicReference<>();
        OkHttpClient watched = http.newBuilder()
                .addNetworkInterceptor(chain -> {
                    socket.set((MtlsSocket) chain.connection().socket());
                    return chain.proceed(chain.request());
                })
                .build();
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return new MockResponse.Builder()
                        .body("ok")
                        .onResponseEnd(new SocketEffect.CloseSocket())
                        .build();
            }
        });
        for (int i = 0; i < 20; i++) {
            Mesh.call(watched, post());
            await().pollInterval(Duration.ofMillis(1)).until(() -> socket.get().hasUnreadInput());
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void expectation_drained_nextCallOnAnother(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        Request expecting = MtlsOkHttp.expect(post(), Mesh.SERVER);
        Mesh.call(http, expecting);
        MtlsConnection connection = onlyConnection();

        connection.drain("for the test");

        Mesh.call(http, expecting);
        await().until(() -> clientMtls.connections().size() == 1);
        assertThat(onlyConnection()).isNotSameAs(connection);
    }

    @ParameterizedTest
    @CsvSource(textBlock = ALL)
    void trustOfTheServerRemoved_idle_cutAndRefused(TlsProvider provider, Protocol protocol) throws Exception {
        open(provider, protocol);
        InMemorySource source = mesh.source(Mesh.CLIENT);
        Mtls mtls = mesh.mtls(source);
        OkHttpClient calling = mesh.http(mtls.client(PeerPolicy.id(Mesh.SERVER)));
        Mesh.call(calling, post());
        Mesh stranger = mesh.opened(new Mesh(provider, "TLSv1.3"));

        source.publish(X509Update.of(
                stranger.ca().issue(Mesh.CLIENT), X509BundleSet.of(stranger.ca().bundle())));
        Throwable failure = catchThrowable(() -> calling.newCall(post()).execute());

        assertThat(Mesh.reason(failure)).contains(FailureReason.UNKNOWN_AUTHORITY);
        assertThat(server.getRequestCount()).isEqualTo(1);
        await().until(() -> mtls.connections().isEmpty());
    }
}
