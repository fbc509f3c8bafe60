package dev.mtls.it.resumption;

import dev.mtls.jetty.MtlsJetty;
import java.io.IOException;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty's HTTP client. */
final class JettyCalling implements Calling {
    private final HttpClient http;
    private final String uri;

    JettyCalling(Side side, int port, Sightings seen) throws Exception {
        http = side instanceof OurSide ? MtlsJetty.client(((OurSide) side).client()) : plain(side);
        uri = "https://localhost:" + port + "/";
        http.start();
    }

    private static HttpClient plain(Side side) {
        SslContextFactory.Client ssl = new SslContextFactory.Client();
        ssl.setSslContext(side.context());
        ClientConnector connector = new ClientConnector();
        connector.setSslContextFactory(ssl);
        return new HttpClient(new HttpClientTransportOverHTTP(connector));
    }

    @Override
    public void call() throws Exception {
        ContentResponse response = http.GET(uri);
        if (!response.getContentAsString().equals("ok")) {
            throw new IOException("the server answered: " + response);
        }
    }

    @Override
    public void close() throws Exception {
        http.stop();
    }
}
