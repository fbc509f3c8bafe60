package dev.mtls.jetty;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.identity.SpiffeId;
import dev.mtls.testing.RecordedEvents;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The workloads of a test with their servers and clients, all closed at its end. */
final class Workloads implements AutoCloseable {
    static final String SERVER = "spiffe://test/server";
    static final String CLIENT = "spiffe://test/client";
    static final String STRANGER = "spiffe://other/client";

    private final TestMesh mesh;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    Workloads(TestMesh mesh) {
        this.mesh = mesh;
    }

    /** An identity with what belongs to it. */
    record Workload(SpiffeId id, Mtls mtls, RecordedEvents events) {
        List<MtlsConnection> connectionsWith(String peer) {
            return mtls.connections().stream()
                    .filter(connection -> connection.peer().id().toString().equals(peer))
                    .toList();
        }

        /** How many handshakes have ended well. */
        int accepted() {
            return events.of(MtlsEvent.HandshakeAccepted.class).size();
        }

        MtlsConnection onlyConnection() {
            if (mtls.connections().size() != 1) {
                throw new AssertionError("one connection (seen: " + mtls.connections() + ")");
            }
            return mtls.connections().iterator().next();
        }
    }

    Workload start(String id, TlsProvider provider) throws Exception {
        return start(id, settings -> settings.provider(provider));
    }

    Workload start(String id, TlsProvider provider, String tls) throws Exception {
        return start(
                id,
                settings -> settings.provider(provider)
                        .profile(TlsProfile.november2026().onlyProtocols(tls)));
    }

    Workload start(String id, UnaryOperator<Mtls.Builder> settings) throws Exception {
        SpiffeId parsed = mesh.identity(id);
        RecordedEvents events = new RecordedEvents();
        Workload workload = new Workload(
                parsed, settings.apply(mesh.builder(parsed).addListener(events)).build(), events);
        open.push(workload.mtls());
        return workload;
    }

    /** Serves on a free port of {@code localhost}. */
    int serve(MtlsServer mtls, Handler handler) throws Exception {
        Server jetty = new Server();
        ServerConnector connector = MtlsJetty.connector(jetty, mtls);
        connector.setHost("localhost");
        jetty.addConnector(connector);
        jetty.setHandler(handler);
        open.push(jetty::stop);
        jetty.start();
        return connector.getLocalPort();
    }

    HttpClient client(MtlsClient mtls) throws Exception {
        HttpClient http = MtlsJetty.client(mtls);
        open.push(http::stop);
        http.start();
        return http;
    }

    <T extends AutoCloseable> T closing(T closeable) {
        open.push(closeable);
        return closeable;
    }

    @Override
    public void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
