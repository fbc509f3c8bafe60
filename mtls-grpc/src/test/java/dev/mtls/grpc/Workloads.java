package dev.mtls.grpc;

import dev.mtls.Mtls;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.TestMesh;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Identities, servers and channels of one test, closed after it, the last first. */
final class Workloads implements AfterEachCallback {
    final SpiffeId client;
    final SpiffeId server;
    final SpiffeId stranger;
    final TestMesh mesh = TestMesh.create("test", "other");
    final TestService service = new TestService();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    Workloads() {
        client = mesh.identity("spiffe://test/client");
        server = mesh.identity("spiffe://test/server");
        stranger = mesh.identity("spiffe://other/client");
    }

    static PeerPolicy everyone() {
        return PeerPolicy.anyOf(PeerPolicy.trustDomain("test"), PeerPolicy.trustDomain("other"));
    }

    Mtls mtls(SpiffeId id) throws Exception {
        return mtls(id, builder -> builder);
    }

    Mtls mtls(SpiffeId id, UnaryOperator<Mtls.Builder> settings) throws Exception {
        return opened(settings.apply(mesh.builder(id)).build());
    }

    <T extends AutoCloseable> T opened(T closeable) {
        open.push(closeable);
        return closeable;
    }

    Server started(Server server) throws Exception {
        server.start();
        opened(() -> {
            server.shutdownNow();
            server.awaitTermination(10, TimeUnit.SECONDS);
        });
        return server;
    }

    ManagedChannel opened(ManagedChannel channel) {
        opened(() -> {
            channel.shutdownNow();
            channel.awaitTermination(10, TimeUnit.SECONDS);
        });
        return channel;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        service.close();
        mesh.close();
    }
}
