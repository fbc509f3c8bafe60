package dev.mtls.okhttp;

import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.tls.PeerIdentity;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** Once per request, before its first byte is written: judges the connection's peer afresh; afterwards attaches it to the response. */
final class ConnectedPeer implements Interceptor {
    /** Known to this module alone, so that nobody else sets it. */
    private record Tag(PeerIdentity peer) {}

    static Optional<PeerIdentity> find(Response response) {
        Response network = response.networkResponse();
        Tag tag = network == null ? null : network.request().tag(Tag.class);
        return Optional.ofNullable(tag).map(Tag::peer);
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        MtlsConnection connection = connection(chain.connection());
        try {
            connection.check();
        } catch (PeerVerificationException e) {
            throw (IOException) new SSLPeerUnverifiedException(e.getMessage()).initCause(e);
        }
        return chain.proceed(chain.request()
                .newBuilder()
                .tag(Tag.class, new Tag(connection.peer()))
                .build());
    }

    private static MtlsConnection connection(@Nullable Connection connection) throws IOException {
        if (connection != null && connection.socket() instanceof SSLSocket socket) {
            Optional<MtlsConnection> ours = MtlsConnection.find(socket.getSession());
            if (ours.isPresent()) {
                return ours.get();
            }
        }
        throw new SSLPeerUnverifiedException(
                "the connection is not one of this library; the request was not sent (seen: " + connection + ")");
    }
}
