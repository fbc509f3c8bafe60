package dev.mtls.it.resumption;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The JDK's HTTP client, which takes an {@code SSLContext}. */
final class JdkHttpCalling implements Calling {
    private final HttpClient http;
    private final HttpRequest request;

    JdkHttpCalling(Side side, int port, Sightings seen) {
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(side.context())
                .build();
        request = HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/"))
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    @Override
    public void call() throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (!response.body().equals("ok")) {
            throw new IOException("the server answered: " + response);
        }
    }

    /** Nothing: on JDK 17 it cannot be closed. */
    @Override
    public void close() {}
}
