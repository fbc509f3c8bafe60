package dev.mtls.grpc;

import dev.mtls.Mtls;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.TlsProvider;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** One call with the default builders, for a class loader of its own. Says which builder it was. */
public final class RoundTrip implements Callable<String> {
    @Override
    public String call() throws Exception {
        try (TestMesh mesh = TestMesh.create("test");
                Mtls server = mtls(mesh, "spiffe://test/server");
                Mtls client = mtls(mesh, "spiffe://test/client");
                TestService service = new TestService()) {
            Server running = MtlsGrpc.server(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            server.server(PeerPolicy.trustDomain("test")))
                    .addService(service.definition())
                    .build()
                    .start();
            var builder = MtlsGrpc.channel(
                    "dns:///localhost:" + running.getPort(), client.client(PeerPolicy.trustDomain("test")));
            ManagedChannel channel = builder.build();
            try {
                Bytes.call(channel, TestService.WHO, "who?");
            } finally {
                channel.shutdownNow();
                running.shutdownNow();
                channel.awaitTermination(10, TimeUnit.SECONDS);
                running.awaitTermination(10, TimeUnit.SECONDS);
            }
            return builder.getClass().getName();
        }
    }

    private static Mtls mtls(TestMesh mesh, String id) throws Exception {
        return mesh.builder(mesh.identity(id)).provider(TlsProvider.JDK).build();
    }
}
