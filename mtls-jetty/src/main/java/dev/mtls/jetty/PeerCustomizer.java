package dev.mtls.jetty;

import dev.mtls.failure.PeerVerificationException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;

/**
 * Sees each request before any handler: judges its client afresh, and says who it is. Host names are not compared with the certificate,
 * which has none: Jetty's default would answer each request with {@code 400 Invalid SNI}.
 */
final class PeerCustomizer extends SecureRequestCustomizer {
    private static final boolean SNI_HOST_CHECK = false;

    PeerCustomizer() {
        super(SNI_HOST_CHECK);
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        EndPoint.SslSessionData tls = endPoint.getSslSessionData();
        ServerConnection connection =
                tls == null ? null : ServerConnection.of(tls.sslSession()).orElse(null);
        if (connection == null) {
            throw new HttpException.RuntimeException(
                    HttpStatus.FORBIDDEN_403, "the connection is not one of the mTLS connector");
        }
        try {
            connection.requestBegins();
        } catch (PeerVerificationException e) {
            // The connection has been cut: this answer does not leave, and the handlers are not asked.
            throw new HttpException.RuntimeException(HttpStatus.FORBIDDEN_403, e.getMessage(), e);
        }
        request.addHttpStreamWrapper(stream -> new PeerStream(stream, connection));
        request.setAttribute(MtlsJetty.PEER, connection.peer());
        Request.setAuthenticationState(request, connection.authentication());
        return super.customize(request, responseHeaders);
    }
}
