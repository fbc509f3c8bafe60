package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import java.io.IOException;
import java.net.UnknownServiceException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/** Once per call: refuses plaintext, and gives the call the sockets and the check of the server it expects. */
final class ExpectedPeer implements Interceptor {
    private final MtlsClient client;

    ExpectedPeer(MtlsClient client) {
        this.client = client;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!request.isHttps()) {
            throw new UnknownServiceException(
                    "plaintext to " + request.url().host() + ":" + request.url().port()
                            + " refused: this client speaks only mutual TLS (expected: an https:// or wss:// URL)");
        }
        SpiffeId expected = request.tag(SpiffeId.class);
        if (expected == null) {
            return chain.proceed(request);
        }
        return chain.withSslSocketFactory(new PeerSockets(client, expected), NoTrust.INSTANCE)
                .withHostnameVerifier(new PeerCheck(client, expected))
                .proceed(request);
    }
}
