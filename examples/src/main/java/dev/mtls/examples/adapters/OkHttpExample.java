package dev.mtls.examples.adapters;

import dev.mtls.Mtls;
import dev.mtls.ca.CaSource;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.okhttp.MtlsOkHttp;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp calls a server that is nothing but a socket of {@code mtls.server(policy).sslContext()}, and expects it by its host. */
public final class OkHttpExample {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

    private OkHttpExample() {}

    /** Runs the example. */
    public static void main(String[] args) throws Exception {
        CertificateAuthority shop = CertificateAuthority.create(TrustDomain.parse("shop.example"));
        SpiffeId web = SpiffeId.parse("spiffe://shop.example/web");
        SpiffeId orders = SpiffeId.parse("spiffe://shop.example/orders");

        try (Mtls server = Mtls.create(CaSource.of(shop, orders));
                Mtls client = Mtls.create(CaSource.of(shop, web));
                ServerSocket listening = server.server(PeerPolicy.id(web))
                        .sslContext()
                        .getServerSocketFactory()
                        .createServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread serving = new Thread(() -> answer(listening));
            serving.setDaemon(true);
            serving.start();

            TargetPolicies servers = TargetPolicies.builder()
                    .addTarget("127.0.0.1", PeerPolicy.id(orders))
                    .build();
            OkHttpClient http = MtlsOkHttp.configure(new OkHttpClient.Builder(), client.client(servers))
                    .build();
            Request request = new Request.Builder()
                    .url("https://127.0.0.1:" + listening.getLocalPort())
                    .build();
            try (Response response = http.newCall(request).execute()) {
                System.out.println(
                        MtlsOkHttp.peer(response) + " says " + response.body().string());
            }
        }
    }

    private static void answer(ServerSocket listening) {
        try (Socket socket = listening.accept()) {
            socket.getInputStream().read(new byte[4096]);
            socket.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            System.err.println("server: " + e);
        }
    }
}
