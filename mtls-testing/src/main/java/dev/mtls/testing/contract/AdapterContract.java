package dev.mtls.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.svid.X509Svid;
import dev.mtls.testing.LeakCheck;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import java.security.Provider;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every adapter keeps, as tests. An adapter's test extends it and overrides {@link #startServer}, {@link #startClient}, or both;
 * the side that is not overridden is a plain socket that speaks HTTP/1.1.
 *
 * <pre>{@code
 * class OkHttpContractTest extends AdapterContract {
 *     @Override
 *     protected ContractClient startClient(MtlsClient client, int port) {
 *         return new OkHttpContractClient(client, port);
 *     }
 * }
 * }</pre>
 *
 * <p>A server over HTTP answers {@code POST /call} with the {@linkplain SeenPeer#toString() client it sees}, {@code GET /download} with
 * an endless body, and reads and counts the body of {@code POST /upload}; see {@link ContractClient}.
 *
 * <p>Each test runs with the JDK's TLS provider and with Conscrypt, which must be there, over TLS 1.3 and TLS 1.2. After each one the
 * JVM's security providers must be those before it, and {@link LeakCheck} holds: {@link ContractServer#close} and {@link
 * ContractClient#close} end the threads of the framework that are no daemons.
 */
@ExtendWith({LeakCheck.class, TlsModes.class})
public abstract class AdapterContract {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String MEMBERS = "test";
    private static final String OTHERS = "other";
    private static final int CALLERS = 3;

    @RegisterExtension
    private final TestMesh mesh = TestMesh.create(MEMBERS, OTHERS);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private List<Provider> providersBefore = List.of();

    /** For subclasses. */
    protected AdapterContract() {}

    /** Starts a server on a free port of {@code localhost}. Unless overridden, one on plain sockets. */
    protected ContractServer startServer(MtlsServer server) throws Exception {
        return new PlainServer(server).start();
    }

    /** Makes a client that calls {@code localhost} at the port. Unless overridden, one on plain sockets. */
    protected ContractClient startClient(MtlsClient client, int port) throws Exception {
        return new PlainClient(client, port);
    }

    @BeforeEach
    void rememberProviders() {
        providersBefore = List.of(Security.getProviders());
    }

    @AfterEach
    void closeAllAndCompareProviders() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        assertEquals(providersBefore, List.of(Security.getProviders()), "the JVM's security providers");
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.push(closeable);
        return closeable;
    }

    private Workload workload(String id, TlsMode mode) throws Exception {
        return workload(id, mode, builder -> {});
    }

    private Workload workload(String id, TlsMode mode, Consumer<Mtls.Builder> settings) throws Exception {
        SpiffeId parsed = mesh.identity(id);
        Mtls.Builder builder = mesh.builder(parsed)
                .provider(mode.provider())
                .profile(TlsProfile.november2026().onlyProtocols(mode.protocol()));
        settings.accept(builder);
        return opened(new Workload(parsed, builder));
    }

    private ContractClient client(Workload of, PeerPolicy policy, ContractServer server) throws Exception {
        return opened(startClient(of.mtls.client(policy), server.port()));
    }

    private static PeerPolicy members() {
        return PeerPolicy.trustDomain(MEMBERS);
    }

    private static PeerPolicy everyone() {
        return PeerPolicy.anyOf(members(), PeerPolicy.trustDomain(OTHERS));
    }

    // ---- Who is who.

    @TestTemplate
    void call_bothAllowed_bothSeeEachOther(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(PeerPolicy.id(client.id))));
        ContractClient calling = client(client, PeerPolicy.id(server.id), listening);

        Reply reply = calling.call();

        assertEquals(seen(server), reply.server(), "the server, as the client sees it");
        assertEquals(seen(client), reply.client(), "the client, as the server sees it");
        MtlsEvent.HandshakeAccepted accepted =
                server.events.await(MtlsEvent.HandshakeAccepted.class, event -> event.role() == Role.SERVER);
        assertEquals(mode.protocol(), accepted.protocol());
        assertEquals(mode.provider(), client.mtls.health().provider().provider());
    }

    private SeenPeer seen(Workload workload) {
        return new SeenPeer(workload.id, mesh.svid(workload.id).leaf().getSerialNumber());
    }

    @TestTemplate
    void call_severalTimes_connectionReused(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);

        for (int i = 0; i < 5; i++) {
            calling.call();
        }

        mesh.rotate(server.id);
        // Events come in order: all handshakes before this one.
        server.events.await(MtlsEvent.SnapshotPublished.class, event -> event.generation() == 2);
        assertEquals(1, server.accepted(client.id), "connections");
    }

    @TestTemplate
    void call_serverIsAnother_refusedByClientWithReason(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, PeerPolicy.id("spiffe://test/another"), listening);

        assertThrows(Exception.class, calling::call);

        assertRejected(client, Role.CLIENT, server.id, FailureReason.POLICY_DENIED);
    }

    @TestTemplate
    void call_clientIsAnother_refusedByServerWithReason(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(PeerPolicy.id("spiffe://test/another"))));
        ContractClient calling = client(client, members(), listening);

        assertThrows(Exception.class, calling::call);

        assertRejected(server, Role.SERVER, client.id, FailureReason.POLICY_DENIED);
    }

    private static void assertRejected(Workload by, Role role, SpiffeId peer, FailureReason reason)
            throws InterruptedException {
        MtlsEvent.HandshakeRejected rejected = by.events.await(
                MtlsEvent.HandshakeRejected.class,
                event -> event.role() == role && event.claimedPeer().equals(Optional.of(peer)));
        assertEquals(by.id, rejected.self());
        assertEquals(reason, rejected.reason());
    }

    // ---- Changes, on new connections.

    @TestTemplate
    void rotation_everyNextConnectionShowsNewSerials(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);
        Reply last = calling.call();

        for (int i = 0; i < 5; i++) {
            mesh.rotate(server.id);
            mesh.rotate(client.id);
            Reply warm = calling.call();
            Reply fresh = calling.callOnNewConnection();

            assertEquals(server.id, warm.server().id());
            assertEquals(seen(server), fresh.server(), "the server, as the client sees it");
            assertEquals(seen(client), fresh.client(), "the client, as the server sees it");
            assertNotEquals(last, fresh);
            last = fresh;
        }
    }

    @Test
    @Tag("slow")
    @Timeout(120)
    void rotation_tenTimesPerSecondUnderLoad_jdk_noCallFails() throws Exception {
        assertRotatesUnderLoad(new TlsMode(TlsProvider.JDK, "TLSv1.3"));
    }

    @Test
    @Tag("slow")
    @Timeout(120)
    void rotation_tenTimesPerSecondUnderLoad_conscrypt_noCallFails() throws Exception {
        assertRotatesUnderLoad(new TlsMode(TlsProvider.CONSCRYPT, "TLSv1.3"));
    }

    private void assertRotatesUnderLoad(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        RotationLoad load = new RotationLoad(client(client, members(), listening));

        load.run(Duration.ofSeconds(30), Duration.ofMillis(100), () -> {
            mesh.rotate(server.id);
            mesh.rotate(client.id);
        });

        System.out.println("Ten rotations per second, " + mode + ": " + load);
        assertEquals(List.of(), load.failures(), "failed calls");
        for (Workload workload : List.of(server, client)) {
            assertEquals(List.of(), workload.events.of(MtlsEvent.HandshakeRejected.class), "failed handshakes");
            assertEquals(List.of(), workload.events.of(MtlsEvent.ConnectionCut.class), "cut connections");
        }
        assertTrue(load.freshCalls() >= 600, "at least 20 calls per second on new connections: " + load);
        assertTrue(load.warmCalls() > 0, "calls on warm connections: " + load);
        assertTrue(load.serverSerials() >= 250 && load.clientSerials() >= 250, "at least 250 serials each: " + load);
    }

    @TestTemplate
    void rootRotation_callsGoOn_nothingOutlivesTheRetiredRoot(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);
        calling.call();
        Set<MtlsConnection> ofOldRoot = server.connectionsWith(client.id);

        mesh.rotateRoot(MEMBERS);
        calling.call();
        assertEquals(seen(client), calling.callOnNewConnection().client());
        mesh.retireRoot(MEMBERS);

        assertEquals(seen(server), calling.callOnNewConnection().server());
        Eventually.within(
                PATIENCE,
                () -> "the end of " + ofOldRoot + " (seen: " + server.mtls.connections() + ")",
                () -> Collections.disjoint(ofOldRoot, server.connectionsWith(client.id)));
    }

    @TestTemplate
    void trustRemoved_nextConnectionRefusedOnEitherSide_trustedAgainAccepted(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://other/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(everyone())));
        ContractClient calling = client(client, everyone(), listening);
        calling.callOnNewConnection();

        mesh.distrust(OTHERS);
        assertThrows(Exception.class, calling::callOnNewConnection);
        assertRejected(server, Role.SERVER, client.id, FailureReason.NO_BUNDLE);

        mesh.trust(OTHERS);
        calling.callOnNewConnection();
        mesh.distrust(MEMBERS);
        assertThrows(Exception.class, calling::callOnNewConnection);
        assertRejected(client, Role.CLIENT, server.id, FailureReason.NO_BUNDLE);
    }

    @TestTemplate
    void badUpdate_lastGoodIdentityServesOn(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);
        calling.call();

        mesh.breakUpdate(server.id);
        mesh.breakUpdate(client.id);

        calling.call();
        assertEquals(seen(client), calling.callOnNewConnection().client());
        client.events.await(MtlsEvent.SnapshotRejected.class, event -> event.reason() == FailureReason.NO_IDENTITY);
    }

    // ---- Changes, on live connections.

    /** A server with two clients. */
    private Scene serverWithClients(TlsMode mode) throws Exception {
        Workload server = workload("spiffe://test/server", mode);
        Workload victim = workload("spiffe://other/client", mode);
        Workload bystander = workload("spiffe://test/client", mode);
        MtlsServer accepting = server.mtls.server(everyone());
        ContractServer listening = opened(startServer(accepting));
        return new Scene(
                server,
                victim.id,
                bystander.id,
                () -> accepting.replacePolicy(members()),
                traffic(victim, victim.mtls.client(members()), listening),
                traffic(bystander, bystander.mtls.client(members()), listening));
    }

    /** A client with two servers. */
    private Scene clientWithServers(TlsMode mode) throws Exception {
        Workload client = workload("spiffe://test/client", mode);
        Workload victim = workload("spiffe://other/server", mode);
        Workload bystander = workload("spiffe://test/server", mode);
        MtlsClient calling = client.mtls.client(everyone());
        ContractServer victimListening = opened(startServer(victim.mtls.server(members())));
        ContractServer bystanderListening = opened(startServer(bystander.mtls.server(members())));
        return new Scene(
                client,
                victim.id,
                bystander.id,
                () -> calling.replacePolicy(members()),
                traffic(client, calling, victimListening),
                traffic(client, calling, bystanderListening));
    }

    private Traffic traffic(Workload client, MtlsClient calling, ContractServer listening) throws Exception {
        ContractClient idle = opened(startClient(calling, listening.port()));
        ContractClient busy = opened(startClient(calling, listening.port()));
        return new Traffic(idle, busy, listening, client.id);
    }

    @TestTemplate
    void trustRemoved_serverCutsLiveConnectionsOfThatTrustDomainAlone(TlsMode mode) throws Exception {
        serverWithClients(mode).assertCut(FailureReason.NO_BUNDLE, () -> mesh.distrust(OTHERS));
    }

    @TestTemplate
    void trustRemoved_clientCutsLiveConnectionsOfThatTrustDomainAlone(TlsMode mode) throws Exception {
        clientWithServers(mode).assertCut(FailureReason.NO_BUNDLE, () -> mesh.distrust(OTHERS));
    }

    @TestTemplate
    void policyNarrowed_serverCutsLiveConnectionsThatItDenies(TlsMode mode) throws Exception {
        Scene scene = serverWithClients(mode);
        scene.assertCut(FailureReason.POLICY_DENIED, scene.denyVictim);
    }

    @TestTemplate
    void policyNarrowed_clientCutsLiveConnectionsThatItDenies(TlsMode mode) throws Exception {
        Scene scene = clientWithServers(mode);
        scene.assertCut(FailureReason.POLICY_DENIED, scene.denyVictim);
    }

    @TestTemplate
    void svidRevoked_serverCutsLiveConnectionsMadeWithIt(TlsMode mode) throws Exception {
        Scene scene = serverWithClients(mode);
        scene.assertCut(FailureReason.REVOKED, () -> mesh.revoke(scene.victim));
    }

    @TestTemplate
    void peerExpired_serverCutsLiveConnections(TlsMode mode) throws Exception {
        Scene scene = aged(() -> serverWithClients(mode), "spiffe://other/client");
        scene.assertCut(FailureReason.EXPIRED, () -> mesh.clock().advance(Duration.ofMinutes(31)));
    }

    @TestTemplate
    void peerExpired_clientCutsLiveConnections(TlsMode mode) throws Exception {
        Scene scene = aged(() -> clientWithServers(mode), "spiffe://other/server");
        scene.assertCut(FailureReason.EXPIRED, () -> mesh.clock().advance(Duration.ofMinutes(31)));
    }

    private interface SceneMaker {
        Scene make() throws Exception;
    }

    /** A scene whose victim has half of its hour behind it; the others are new. */
    private Scene aged(SceneMaker maker, String victim) throws Exception {
        mesh.identity(victim);
        mesh.clock().advance(Duration.ofMinutes(30));
        return maker.make();
    }

    @Test
    void peerExpired_realShortLivedCertificate_serverCutsLiveConnections() throws Exception {
        X509Svid ending = mesh.expire(mesh.identity("spiffe://other/client"), Duration.ofSeconds(3));
        Scene scene = serverWithClients(new TlsMode(TlsProvider.JDK, "TLSv1.3"));

        LockSupport.parkNanos(
                Duration.between(mesh.clock().instant(), ending.notAfter()).toNanos());

        scene.assertCut(FailureReason.EXPIRED, () -> {});
    }

    // ---- Drains.

    @TestTemplate
    void maximumAgeOnServer_connectionReplaced_noCallFails(TlsMode mode) throws Exception {
        assertReplacedAtAge(
                workload("spiffe://test/server", mode, AdapterContract::shortAge),
                workload("spiffe://test/client", mode));
    }

    @TestTemplate
    void maximumAgeOnClient_connectionReplaced_noCallFails(TlsMode mode) throws Exception {
        assertReplacedAtAge(
                workload("spiffe://test/server", mode),
                workload("spiffe://test/client", mode, AdapterContract::shortAge));
    }

    private static void shortAge(Mtls.Builder settings) {
        settings.maxConnectionAge(Duration.ofMillis(500)).drainGrace(Duration.ofSeconds(5));
    }

    private void assertReplacedAtAge(Workload server, Workload client) throws Exception {
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);
        calling.call();

        whileCalling(calling, () -> {
            awaitAllReplaced(server, client);
            awaitAllReplaced(server, client);
        });
    }

    @TestTemplate
    void clientIdentityNearsItsEnd_connectionReplaced_noCallFails(TlsMode mode) throws Exception {
        assertReplacedNearTheEnd(mode, "spiffe://test/client");
    }

    @TestTemplate
    void serverIdentityNearsItsEnd_connectionReplaced_noCallFails(TlsMode mode) throws Exception {
        assertReplacedNearTheEnd(mode, "spiffe://test/server");
    }

    private void assertReplacedNearTheEnd(TlsMode mode, String ending) throws Exception {
        SpiffeId endingId = mesh.identity(ending);
        mesh.clock().advance(Duration.ofMinutes(30));
        Workload server = workload("spiffe://test/server", mode);
        Workload client = workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client(client, members(), listening);
        calling.call();
        mesh.rotate(endingId);
        Reply before = calling.call();

        whileCalling(calling, () -> {
            // The drain begins two and a half minutes before the end at the latest.
            mesh.clock().advance(Duration.ofMinutes(28));
            awaitAllReplaced(server, client);
        });
        mesh.clock().advance(Duration.ofMinutes(3));
        Reply after = calling.call();

        assertNotEquals(before, after);
        assertEquals(new Reply(seen(server), seen(client)), after);
    }

    /** Waits until none of the connections that live now lives any more. */
    private static void awaitAllReplaced(Workload server, Workload client) {
        Set<MtlsConnection> old = server.connectionsWith(client.id);
        Eventually.within(
                PATIENCE,
                () -> "all of these replaced: " + old + " (seen: " + server.mtls.connections() + ")",
                () -> Collections.disjoint(old, server.connectionsWith(client.id)));
    }

    /** Calls from several threads while the action runs; fails if one call fails. */
    private static void whileCalling(ContractClient client, Runnable action) {
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(CompletableFuture.runAsync(() -> callUntil(client, stop), task -> {
                Thread thread = new Thread(task, "contract-caller");
                thread.setDaemon(true);
                thread.start();
            }));
        }
        try {
            action.run();
        } finally {
            // If a call failed, this says so, rather than that the action waited in vain.
            stop.set(true);
            callers.forEach(CompletableFuture::join);
        }
    }

    private static void callUntil(ContractClient client, AtomicBoolean stop) {
        for (int calls = 1; !stop.get(); calls++) {
            try {
                client.call();
            } catch (Exception e) {
                throw new CompletionException("call " + calls + " of this thread failed", e);
            }
        }
    }
}
