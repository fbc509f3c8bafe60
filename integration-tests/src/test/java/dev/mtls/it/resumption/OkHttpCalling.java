package dev.mtls.it.resumption;

import dev.mtls.okhttp.MtlsOkHttp;
import java.io.IOException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp. */
final class OkHttpCalling implements Calling {
    private final OkHttpClient http;
    private final Request request;

    OkHttpCalling(Side side, int port, Sightings seen) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder().retryOnConnectionFailure(false);
        if (side instanceof OurSide) {
            MtlsOkHttp.configure(builder, ((OurSide) side).client());
        } else {
            builder.sslSocketFactory(side.context().getSocketFactory(), ((PlainSide) side).trust())
                    .hostnameVerifier((host, session) -> true);
        }
        http = builder.build();
        request = new Request.Builder().url("https://localhost:" + port + "/").build();
    }

    @Override
    public void call() throws IOException {
        try (Response response = http.newCall(request).execute()) {
            if (!response.body().string().equals("ok")) {
                throw new IOException("the server answered: " + response);
            }
        }
    }

    @Override
    public void close() {
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }
}
