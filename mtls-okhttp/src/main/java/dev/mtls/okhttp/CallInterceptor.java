package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.PeerIdentity;
import java.io.IOException;
import java.net.UnknownServiceException;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import okhttp3.Handshake;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Once per call, web sockets included: refuses plaintext; gives the call the sockets and the check of the server that it expects; and
 * puts the verified server into the response.
 */
final class CallInterceptor implements Interceptor {
    private final MtlsClient client;
    private final Closer closer;

    CallInterceptor(MtlsClient client, Closer closer) {
        this.client = client;
        this.closer = closer;
    }

    /** Known to this class alone, so that a response cannot claim a peer by accident. */
    private record Sender(PeerIdentity peer) {}

    static Optional<PeerIdentity> peer(Response response) {
        return Optional.ofNullable(response.request().tag(Sender.class)).map(Sender::peer);
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        refusePlaintext(request.url(), "");
        Conflicts.check(chain, client);
        SpiffeId expected = request.tag(SpiffeId.class);
        CallConnections connections = CallConnections.of(chain.call());
        Response response = chain.withSslSocketFactory(new PeerSockets(client, expected, closer), NoTrust.INSTANCE)
                .withHostnameVerifier(new PeerCheck(client, expected))
                .proceed(request);
        refuseRedirectToPlaintext(chain, response);
        return withPeer(response, connections.lastPeer());
    }

    private static void refusePlaintext(HttpUrl url, String what) throws UnknownServiceException {
        if (!url.isHttps()) {
            throw new UnknownServiceException("plaintext to " + url.host() + ":" + url.port() + " refused" + what
                    + ": this client speaks mutual TLS only (expected: a URL with https or wss)");
        }
    }

    /** OkHttp follows no redirect to another scheme here; nor should the caller by hand, who might take it for an answer. */
    private static void refuseRedirectToPlaintext(Chain chain, Response response) throws UnknownServiceException {
        String location = response.header("Location");
        if (!chain.getFollowRedirects() || !response.isRedirect() || location == null) {
            return;
        }
        HttpUrl target = response.request().url().resolve(location);
        if (target != null && !target.isHttps()) {
            response.close();
            refusePlaintext(target, ", to which " + response.request().url().host() + " redirects");
        }
    }

    private static Response withPeer(Response response, @Nullable PeerIdentity peer) {
        if (peer == null || response.networkResponse() == null) {
            return response;
        }
        Request request = response.request()
                .newBuilder()
                .tag(Sender.class, new Sender(peer))
                .build();
        return response.newBuilder()
                .request(request)
                .handshake(withCertificates(response.handshake(), peer))
                .build();
    }

    /** OkHttp looks for the authorities of a chain among those it saw when the client was built, and leaves out what it does not find. */
    private static @Nullable Handshake withCertificates(@Nullable Handshake handshake, PeerIdentity peer) {
        return handshake == null
                ? null
                : Handshake.get(
                        handshake.tlsVersion(),
                        handshake.cipherSuite(),
                        List.<Certificate>copyOf(peer.path()),
                        handshake.localCertificates());
    }
}
