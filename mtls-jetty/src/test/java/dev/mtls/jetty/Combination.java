package dev.mtls.jetty;

import dev.mtls.tls.TlsProvider;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpVersion;

/** One way to speak: who brings TLS on either side, which TLS, which HTTP. */
record Combination(TlsProvider client, TlsProvider server, String tls, HttpClient.Version http) {
    static Stream<Combination> all() {
        List<Combination> all = new ArrayList<>();
        for (TlsProvider client : List.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)) {
            for (TlsProvider server : List.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)) {
                for (String tls : List.of("TLSv1.3", "TLSv1.2")) {
                    for (HttpClient.Version http : HttpClient.Version.values()) {
                        all.add(new Combination(client, server, tls, http));
                    }
                }
            }
        }
        return all.stream();
    }

    /** Each provider with itself: enough where only one side is of interest. */
    static Stream<Combination> sameProvider() {
        return all().filter(each -> each.client() == each.server());
    }

    HttpVersion jettyHttp() {
        return http == HttpClient.Version.HTTP_2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1;
    }

    @Override
    public String toString() {
        return client + " to " + server + ", " + tls + ", " + http;
    }
}
