package dev.mtls.okhttp;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What OkHttp asks for beside a socket factory, and gets its authorities from at one moment for good. The sockets verify the peer
 * themselves, by the bundles of the moment; this trusts nobody, should it be asked.
 */
final class NoTrust implements X509TrustManager {
    static final NoTrust INSTANCE = new NoTrust();

    private NoTrust() {}

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] chain, @Nullable String authType)
            throws CertificateException {
        throw refusal();
    }

    @Override
    public void checkServerTrusted(X509Certificate @Nullable [] chain, @Nullable String authType)
            throws CertificateException {
        throw refusal();
    }

    private static CertificateException refusal() {
        return new CertificateException(
                "this trust manager trusts nobody: peers are verified by the sockets of dev.mtls (expected: only those are used)");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
