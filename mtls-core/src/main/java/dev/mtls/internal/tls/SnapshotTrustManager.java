package dev.mtls.internal.tls;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Judges peers by a binding, during the handshake, so that a refused peer gets an alert. An extended trust manager: providers add
 * checks of their own, of host names too, to any other.
 */
final class SnapshotTrustManager extends X509ExtendedTrustManager {
    private final Binding binding;
    private final @Nullable AtomicBoolean asked;

    private SnapshotTrustManager(Binding binding, @Nullable AtomicBoolean asked) {
        this.binding = binding;
        this.asked = asked;
    }

    /** Refuses to be asked twice: with SunJSSE and TLS 1.2 that means that the peer renegotiates, under another name perhaps. */
    static SnapshotTrustManager forOneConnection(Binding binding) {
        return new SnapshotTrustManager(binding, new AtomicBoolean());
    }

    /** For a provider that does not renegotiate. */
    static SnapshotTrustManager forManyConnections(Binding binding) {
        return new SnapshotTrustManager(binding, null);
    }

    private void check(Role peer, X509Certificate @Nullable [] chain, @Nullable SSLEngine engine)
            throws CertificateException {
        if (peer == binding.role()) {
            throw new CertificateException("a " + peer + " was asked to judge another " + peer);
        }
        if (asked != null && asked.getAndSet(true)) {
            throw new PeerVerificationException(
                    FailureReason.RENEGOTIATION, null, "the peer tried to renegotiate an established connection");
        }
        binding.verify(chain == null ? List.of() : List.of(chain));
        if (asked == null && peer == Role.CLIENT && engine != null) {
            suppressResumption(engine);
        }
    }

    private static void suppressResumption(SSLEngine engine) {
        SSLSession session = engine.getHandshakeSession();
        if (session != null) {
            session.invalidate();
        }
    }

    @Override
    public void checkClientTrusted(
            X509Certificate @Nullable [] chain, @Nullable String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(Role.CLIENT, chain, engine);
    }

    @Override
    public void checkServerTrusted(
            X509Certificate @Nullable [] chain, @Nullable String authType, @Nullable SSLEngine engine)
            throws CertificateException {
        check(Role.SERVER, chain, engine);
    }

    @Override
    public void checkClientTrusted(
            X509Certificate @Nullable [] chain, @Nullable String authType, @Nullable Socket socket)
            throws CertificateException {
        check(Role.CLIENT, chain, null);
    }

    @Override
    public void checkServerTrusted(
            X509Certificate @Nullable [] chain, @Nullable String authType, @Nullable Socket socket)
            throws CertificateException {
        check(Role.SERVER, chain, null);
    }

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String authType)
            throws CertificateException {
        check(Role.CLIENT, chain, null);
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String authType)
            throws CertificateException {
        check(Role.SERVER, chain, null);
    }

    /** None: names of authorities in the certificate request would only tell strangers whom we trust. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
