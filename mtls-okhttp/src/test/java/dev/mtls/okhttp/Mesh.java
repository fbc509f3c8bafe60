package dev.mtls.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.MtlsFailure;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/** Identities of one trust domain, servers and clients with them. Closes them all. */
final class Mesh implements AutoCloseable {
    static final TrustDomain TD = TrustDomain.parse("test");
    static final SpiffeId CLIENT = SpiffeId.parse("spiffe://test/client");
    static final SpiffeId SERVER = SpiffeId.parse("spiffe://test/server");
    static final SpiffeId OTHER = SpiffeId.parse("spiffe://test/other");

    private final CertificateAuthority ca = CertificateAuthority.create(TD, Clock.systemUTC());
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final TlsProvider provider;
    private final String protocol;

    Mesh(TlsProvider provider, String protocol) {
        this.provider = provider;
        this.protocol = protocol;
    }

    Mesh() {
        this(TlsProvider.JDK, "TLSv1.3");
    }

    CertificateAuthority ca() {
        return ca;
    }

    X509Update update(SpiffeId id) throws Exception {
        return X509Update.of(ca.issue(id), X509BundleSet.of(ca.bundle()));
    }

    InMemorySource source(SpiffeId id) throws Exception {
        return InMemorySource.of(update(id), Clock.systemUTC());
    }

    Mtls mtls(SpiffeId id) throws Exception {
        return mtls(source(id));
    }

    Mtls mtls(InMemorySource source) throws Exception {
        return opened(Mtls.builder(source)
                .provider(provider)
                .profile(TlsProfile.november2026().onlyProtocols(protocol))
                .build());
    }

    MtlsClient client(PeerPolicy policy) throws Exception {
        return mtls(CLIENT).client(policy);
    }

    MockWebServer server(SpiffeId id, Protocol... protocols) throws Exception {
        return server(mtls(id), protocols);
    }

    MockWebServer server(Mtls mtls, Protocol... protocols) throws Exception {
        MockWebServer server = new MockWebServer();
        server.useHttps(mtls.server(PeerPolicy.trustDomain(TD)).sslContext().getSocketFactory());
        if (protocols.length > 0) {
            server.setProtocols(List.of(protocols));
        }
        server.start();
        return opened(server);
    }

    /** A client without retries, so that every failure shows. */
    OkHttpClient http(MtlsClient client) {
        return http(new OkHttpClient.Builder(), client);
    }

    OkHttpClient http(OkHttpClient.Builder builder, MtlsClient client) {
        OkHttpClient http = MtlsOkHttp.configure(builder, client)
                .retryOnConnectionFailure(false)
                .build();
        opened(() -> {
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
        });
        return http;
    }

    <T extends AutoCloseable> T opened(T closeable) {
        opened.add(0, closeable);
        return closeable;
    }

    /** A server that answers each request with the body "ok". */
    MockWebServer okServer(SpiffeId id, Protocol protocol) throws Exception {
        return okServer(mtls(id), protocol);
    }

    MockWebServer okServer(Mtls mtls, Protocol protocol) throws Exception {
        MockWebServer server = protocol == Protocol.HTTP_2
                ? server(mtls, Protocol.HTTP_2, Protocol.HTTP_1_1)
                : server(mtls, Protocol.HTTP_1_1);
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return new MockResponse.Builder().body("ok").build();
            }
        });
        return server;
    }

    /** Calls, expects "ok", and returns the response, closed. */
    static Response call(OkHttpClient http, Request request) throws IOException {
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.body().string()).isEqualTo("ok");
            return response;
        }
    }

    static Request get(MockWebServer server) {
        return new Request.Builder().url(server.url("/")).build();
    }

    static Optional<FailureReason> reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof MtlsFailure) {
                return Optional.of(((MtlsFailure) cause).reason());
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }
}
