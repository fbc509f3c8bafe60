package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import java.util.List;
import javax.net.ssl.HostnameVerifier;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionSpec;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;

/** Finds settings that contradict mutual TLS: in the builder before, and in each call what was changed since. */
final class Conflicts {
    private Conflicts() {}

    static void refuseSecond(OkHttpClient.Builder builder) {
        if (builder.interceptors().stream().anyMatch(CallInterceptor.class::isInstance)) {
            throw new IllegalStateException(
                    "builder: configured for mutual TLS already (expected: once; start from a builder that was not)");
        }
    }

    /** A builder shows its settings only in what it builds, which is cheap once it has a socket factory. */
    static void check(OkHttpClient.Builder builder) {
        OkHttpClient client = builder.build();
        if (!client.hostnameVerifier().equals(defaultVerifier())) {
            throw new IllegalStateException("builder: has the hostname verifier " + client.hostnameVerifier()
                    + " (expected: none; the PeerPolicy says which servers are allowed)");
        }
        refusePins(client.certificatePinner());
    }

    private static HostnameVerifier defaultVerifier() {
        // Without TLS, so that the JDK's trust store is not read.
        return new OkHttpClient.Builder()
                .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT))
                .build()
                .hostnameVerifier();
    }

    static void check(Interceptor.Chain chain, MtlsClient client) {
        boolean replaced = !PeerSockets.are(chain.getSslSocketFactoryOrNull(), client)
                || !new PeerCheck(client, null).equals(chain.getHostnameVerifier());
        if (replaced) {
            throw new IllegalStateException("the SSL socket factory or the hostname verifier was replaced (seen: "
                    + chain.getSslSocketFactoryOrNull() + " and " + chain.getHostnameVerifier()
                    + "; expected: those that MtlsOkHttp.configure set)");
        }
        refusePins(chain.getCertificatePinner());
    }

    private static void refusePins(CertificatePinner pinner) {
        if (!pinner.getPins().isEmpty()) {
            throw new IllegalStateException("certificate pins: for "
                    + pinner.getPins().stream()
                            .map(CertificatePinner.Pin::getPattern)
                            .distinct()
                            .toList()
                    + " (expected: none; certificates rotate, and the PeerPolicy says which servers are allowed)");
        }
    }
}
