package dev.mtls.okhttp;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Mutual TLS for OkHttp 5.4 and later.
 *
 * <pre>{@code
 * OkHttpClient http = MtlsOkHttp.configure(new OkHttpClient.Builder(), mtls.client(policy)).build();
 * }</pre>
 */
public final class MtlsOkHttp {
    private MtlsOkHttp() {}

    /**
     * Has the client connect with mutual TLS only.
     *
     * @return the builder
     */
    public static OkHttpClient.Builder configure(OkHttpClient.Builder builder, MtlsClient client) {
        requireNonNull(builder, "builder");
        requireNonNull(client, "client");
        return builder.sslSocketFactory(new PeerSockets(client, null), NoTrust.INSTANCE)
                .hostnameVerifier(new PeerCheck(client, null))
                .connectionSpecs(List.of(connectionSpec(client)))
                .addInterceptor(new ExpectedPeer(client))
                .addNetworkInterceptor(new ConnectedPeer());
    }

    private static ConnectionSpec connectionSpec(MtlsClient client) {
        SSLParameters profile = client.sslContext().getSupportedSSLParameters();
        return new ConnectionSpec.Builder(ConnectionSpec.RESTRICTED_TLS)
                .tlsVersions(profile.getProtocols())
                .cipherSuites(profile.getCipherSuites())
                .build();
    }

    /**
     * The request, to be sent to this server only. The client's policy must allow it too.
     *
     * <p>The same as {@code request.newBuilder().tag(SpiffeId.class, server).build()}.
     */
    public static Request expect(Request request, SpiffeId server) {
        return request.newBuilder()
                .tag(SpiffeId.class, requireNonNull(server, "server"))
                .build();
    }

    /**
     * The server that sent the response.
     *
     * @throws IllegalStateException if it came from a cache, an interceptor, or a client that was not configured here
     */
    public static PeerIdentity peer(Response response) {
        return findPeer(response)
                .orElseThrow(() -> new IllegalStateException("response: it has no verified peer: " + response));
    }

    /** Like {@link #peer}, but empty where that throws. */
    public static Optional<PeerIdentity> findPeer(Response response) {
        return ConnectedPeer.find(response);
    }
}
