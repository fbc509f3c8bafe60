package dev.mtls.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.Mtls;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.ClientCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MtlsGrpcTest {
    private final Identities identities = new Identities();

    @ParameterizedTest
    @CsvSource({"JDK, TLSv1.3", "JDK, TLSv1.2", "CONSCRYPT, TLSv1.3", "CONSCRYPT, TLSv1.2"})
    void call_bothAllowed_answered(TlsProvider provider, String protocol) throws Exception {
        try (Mtls a = Mtls.builder(identities.source(Identities.CLIENT))
                        .provider(provider)
                        .profile(TlsProfile.november2026().onlyProtocols(protocol))
                        .build();
                Mtls b = Mtls.builder(identities.source(Identities.SERVER))
                        .provider(provider)
                        .build()) {
            Server server = MtlsGrpc.server(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            b.server(PeerPolicy.id(Identities.CLIENT)))
                    .addService(Bytes.service())
                    .build()
                    .start();
            ManagedChannel channel = MtlsGrpc.channel(Bytes.target(server), a.client(PeerPolicy.id(Identities.SERVER)))
                    .disableRetry()
                    .build();
            byte[] answer =
                    ClientCalls.blockingUnaryCall(channel, Bytes.ECHO, CallOptions.DEFAULT, "x".getBytes(UTF_8));
            assertThat(answer).asString().isEqualTo("x");
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
