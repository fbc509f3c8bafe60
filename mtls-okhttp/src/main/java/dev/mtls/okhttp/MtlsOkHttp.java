package dev.mtls.okhttp;

import static java.util.Objects.requireNonNull;

import dev.mtls.MtlsClient;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.TargetPolicies;
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
 *
 * <p>A client so configured:
 *
 * <ul>
 *   <li>presents the identity of the moment on each new connection, over HTTP/2 or HTTP/1.1, and resumes no session;
 *   <li>sends requests only to servers that the policy for their host and port allows ({@link TargetPolicies}), and of those, only to
 *       the one that the call {@linkplain #expect expects}, if it names one. Host names are not compared with certificates;
 *   <li>refuses {@code http://} and {@code ws://}, in redirects too;
 *   <li>takes no drained connection for a further request, closes it when it is idle, and lets running requests finish;
 *   <li>uses no connection whose peer would be refused now; one that is cut passes not one more byte, and the next call dials anew.
 * </ul>
 *
 * <p>A refused server fails the call with an {@code IOException} that has a {@link PeerVerificationException} among its causes.
 */
public final class MtlsOkHttp {
    private MtlsOkHttp() {}

    /**
     * Has clients that are built from here on connect with mutual TLS only.
     *
     * <p>It sets the builder's SSL socket factory, host name verifier and connection specs, follows no redirects to another scheme, and adds
     * an interceptor and a network interceptor. An SSL socket factory that was set before is replaced: that of a builder from {@code OkHttpClient.newBuilder()} looks
     * the same as one set by hand. Whoever replaces these settings afterwards, or adds certificate pins, gets an
     * {@code IllegalStateException} from each call. Connection specs may be narrowed afterwards; they never reach beyond the TLS profile.
     *
     * @return the builder
     * @throws IllegalStateException if the builder has been configured here already, or has a host name verifier or certificate pins:
     *     pins of CAs or keys do not survive the rotation of identities
     */
    public static OkHttpClient.Builder configure(OkHttpClient.Builder builder, MtlsClient client) {
        requireNonNull(builder, "builder");
        requireNonNull(client, "client");
        Conflicts.refuseSecond(builder);
        Closer closer = new Closer();
        builder.sslSocketFactory(new PeerSockets(client, null, closer), NoTrust.INSTANCE);
        Conflicts.check(builder);
        return builder.hostnameVerifier(new PeerCheck(client, null))
                .connectionSpecs(List.of(connectionSpec(client)))
                .followSslRedirects(false)
                .addInterceptor(new CallInterceptor(client, closer))
                .addNetworkInterceptor(new RequestInterceptor());
    }

    private static ConnectionSpec connectionSpec(MtlsClient client) {
        SSLParameters profile = client.sslContext().getSupportedSSLParameters();
        return new ConnectionSpec.Builder(ConnectionSpec.RESTRICTED_TLS)
                .tlsVersions(profile.getProtocols())
                .cipherSuites(profile.getCipherSuites())
                .build();
    }

    /**
     * The request, to be sent to this server only, if the client's policy allows it too. Redirects of the request expect the same server.
     *
     * <p>The same as {@code request.newBuilder().tag(SpiffeId.class, server).build()}. Calls that expect the same server share
     * connections; others do not.
     *
     * @throws IllegalArgumentException if the ID has no path
     */
    public static Request expect(Request request, SpiffeId server) {
        if (!requireNonNull(server, "server").hasPath()) {
            throw new IllegalArgumentException("server: " + server + " (expected: the ID of a workload, with a path)");
        }
        return requireNonNull(request, "request")
                .newBuilder()
                .tag(SpiffeId.class, server)
                .build();
    }

    /**
     * The server that sent the response, the last one if there were redirects.
     *
     * @throws IllegalStateException if there is none: it came from a cache or an interceptor, or from a client that was not configured
     *     here
     */
    public static PeerIdentity peer(Response response) {
        return findPeer(response)
                .orElseThrow(() -> new IllegalStateException("response: no verified server sent it (seen: "
                        + response.code() + " from " + response.request().url().host()
                        + (response.networkResponse() == null ? ", without a request over the network" : "")
                        + "; expected: from the network, by a client of MtlsOkHttp.configure)"));
    }

    /** Like {@link #peer}, but empty where that throws. */
    public static Optional<PeerIdentity> findPeer(Response response) {
        return CallInterceptor.peer(requireNonNull(response, "response"));
    }
}
