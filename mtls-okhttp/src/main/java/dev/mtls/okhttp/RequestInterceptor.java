package dev.mtls.okhttp;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import java.io.IOException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Once per request, redirected ones too, before its first byte is written: judges the connection's peer afresh. */
final class RequestInterceptor implements Interceptor {
    @Override
    public Response intercept(Chain chain) throws IOException {
        Connection connection = chain.connection();
        MtlsConnection ours = connection == null
                ? null
                : MtlsConnection.find(CallConnections.session(connection)).orElse(null);
        if (ours == null) {
            throw new SSLPeerUnverifiedException("not sent: the connection is not one of mutual TLS (seen: "
                    + connection + "; expected: a client of MtlsOkHttp.configure)");
        }
        try {
            ours.check();
            checkExpected(ours, chain.request().tag(SpiffeId.class));
        } catch (PeerVerificationException e) {
            throw (IOException) new SSLPeerUnverifiedException("not sent: " + e.getMessage()).initCause(e);
        }
        return chain.proceed(chain.request());
    }

    /** The handshake has demanded it, unless the other interceptor was removed from the builder. */
    private static void checkExpected(MtlsConnection connection, @Nullable SpiffeId expected)
            throws PeerVerificationException {
        SpiffeId peer = connection.peer().id();
        if (expected != null && !expected.equals(peer)) {
            throw new PeerVerificationException(
                    FailureReason.POLICY_DENIED,
                    peer,
                    "the server is " + peer + " (expected by the call: " + expected + ")");
        }
    }
}
