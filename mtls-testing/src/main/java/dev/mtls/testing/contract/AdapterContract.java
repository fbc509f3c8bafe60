package dev.mtls.testing.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.mtls.testing.RecordedEvents;
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
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestTemplate;
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
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofMillis(100);
    private static final Duration WATCH = Duration.ofMillis(250);
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

    /** One workload: an identity with what belongs to it. */
    private final class Workload {
        final SpiffeId id;
        final RecordedEvents events = new RecordedEvents();
        final Mtls mtls;

        Workload(String id, TlsMode mode, Consumer<Mtls.Builder> settings) throws Exception {
            this.id = mesh.identity(id);
            Mtls.Builder builder = mesh.builder(this.id)
                    .provider(mode.provider())
                    .profile(TlsProfile.november2026().onlyProtocols(mode.protocol()))
                    .addListener(events);
            settings.accept(builder);
            this.mtls = opened(builder.build());
        }

        Workload(String id, TlsMode mode) throws Exception {
            this(id, mode, builder -> {});
        }

        long accepted(SpiffeId peer) {
            return events.of(MtlsEvent.HandshakeAccepted.class).stream()
                    .filter(event -> event.peer().equals(peer))
                    .count();
        }

        Set<MtlsConnection> connectionsWith(SpiffeId peer) {
            return mtls.connections().stream()
                    .filter(connection -> connection.peer().id().equals(peer))
                    .collect(Collectors.toSet());
        }

        ContractClient clientOf(MtlsClient client, int port) throws Exception {
            return opened(startClient(client, port));
        }

        ContractClient clientOf(PeerPolicy policy, int port) throws Exception {
            return clientOf(mtls.client(policy), port);
        }
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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(PeerPolicy.id(client.id))));
        ContractClient calling = client.clientOf(PeerPolicy.id(server.id), listening.port());

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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());

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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(PeerPolicy.id("spiffe://test/another"), listening.port());

        assertThrows(Exception.class, calling::call);

        assertRejected(client, Role.CLIENT, server.id, FailureReason.POLICY_DENIED);
    }

    @TestTemplate
    void call_clientIsAnother_refusedByServerWithReason(TlsMode mode) throws Exception {
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(PeerPolicy.id("spiffe://test/another"))));
        ContractClient calling = client.clientOf(members(), listening.port());

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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());
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

    @TestTemplate
    void rootRotation_callsGoOn_retiredRootIsRefused(TlsMode mode) throws Exception {
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());
        calling.call();

        mesh.rotateRoot(MEMBERS);
        calling.call();
        assertEquals(seen(client), calling.callOnNewConnection().client());
        mesh.retireRoot(MEMBERS);

        assertEquals(seen(server), calling.callOnNewConnection().server());
        server.events.await(MtlsEvent.ConnectionCut.class, event -> event.reason() == FailureReason.UNKNOWN_AUTHORITY);
    }

    @TestTemplate
    void trustRemoved_nextConnectionRefusedOnEitherSide_trustedAgainAccepted(TlsMode mode) throws Exception {
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://other/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(everyone())));
        ContractClient calling = client.clientOf(everyone(), listening.port());
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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());
        calling.call();

        mesh.breakUpdate(server.id);
        mesh.breakUpdate(client.id);

        calling.call();
        assertEquals(seen(client), calling.callOnNewConnection().client());
        client.events.await(MtlsEvent.SnapshotRejected.class, event -> event.reason() == FailureReason.NO_IDENTITY);
    }

    // ---- Changes, on live connections.

    /** One end that judges two peers: a victim, which a change hits, and a bystander, which it does not. */
    private final class Scene {
        final Workload judge;
        final SpiffeId victim;
        final SpiffeId bystander;
        final Runnable denyVictim;
        final Traffic victimTraffic;
        final Traffic bystanderTraffic;

        Scene(
                Workload judge,
                SpiffeId victim,
                SpiffeId bystander,
                Runnable denyVictim,
                Traffic victimTraffic,
                Traffic bystanderTraffic) {
            this.judge = judge;
            this.victim = victim;
            this.bystander = bystander;
            this.denyVictim = denyVictim;
            this.victimTraffic = victimTraffic;
            this.bystanderTraffic = bystanderTraffic;
        }

        /** Makes the change; the victim's connections end within a second, nothing passes any more, and the bystander's live on. */
        void assertCut(FailureReason reason, Runnable change) throws Exception {
            Set<MtlsConnection> bystanders = judge.connectionsWith(bystander);
            long since = System.nanoTime();
            change.run();

            Eventually.within(
                    since,
                    LIMIT,
                    () -> "the connections with " + victim + " cut (seen: " + judge.mtls.connections() + ", "
                            + victimTraffic + ")",
                    () -> judge.connectionsWith(victim).isEmpty() && victimTraffic.ended());
            LockSupport.parkNanos(SETTLE.toNanos());
            String passed = victimTraffic.passed();
            LockSupport.parkNanos(WATCH.toNanos());
            assertEquals(passed, victimTraffic.passed(), "what has passed after the cut");
            judge.events.await(
                    MtlsEvent.ConnectionCut.class, event -> event.peer().equals(victim) && event.reason() == reason);
            assertThrows(Exception.class, victimTraffic.client()::callOnNewConnection);

            bystanderTraffic.awaitFlow();
            bystanderTraffic.client().call();
            assertFalse(bystanderTraffic.disturbed(), "an exchange of the bystander has ended");
            assertEquals(bystanders, judge.connectionsWith(bystander), "connections of the bystander");
        }
    }

    /** A server with two clients. */
    private Scene serverWithClients(TlsMode mode) throws Exception {
        Workload server = new Workload("spiffe://test/server", mode);
        Workload victim = new Workload("spiffe://other/client", mode);
        Workload bystander = new Workload("spiffe://test/client", mode);
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
        Workload client = new Workload("spiffe://test/client", mode);
        Workload victim = new Workload("spiffe://other/server", mode);
        Workload bystander = new Workload("spiffe://test/server", mode);
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
                new Workload("spiffe://test/server", mode, AdapterContract::shortAge),
                new Workload("spiffe://test/client", mode));
    }

    @TestTemplate
    void maximumAgeOnClient_connectionReplaced_noCallFails(TlsMode mode) throws Exception {
        assertReplacedAtAge(
                new Workload("spiffe://test/server", mode),
                new Workload("spiffe://test/client", mode, AdapterContract::shortAge));
    }

    private static void shortAge(Mtls.Builder settings) {
        settings.maxConnectionAge(Duration.ofMillis(500)).drainGrace(Duration.ofSeconds(5));
    }

    private void assertReplacedAtAge(Workload server, Workload client) throws Exception {
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());

        calling.call();

        int calls = whileCalling(calling, () -> {
            awaitAllReplaced(server, client);
            awaitAllReplaced(server, client);
        });

        long connections = server.accepted(client.id);
        assertTrue(calls > connections, () -> calls + " calls on " + connections + " connections: none was reused");
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
        Workload server = new Workload("spiffe://test/server", mode);
        Workload client = new Workload("spiffe://test/client", mode);
        ContractServer listening = opened(startServer(server.mtls.server(members())));
        ContractClient calling = client.clientOf(members(), listening.port());
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

    /** Calls from several threads while the action runs; fails if one call fails. Answers how many calls there were. */
    private int whileCalling(ContractClient client, Runnable action) {
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(CompletableFuture.supplyAsync(() -> callUntil(client, stop), task -> {
                Thread thread = new Thread(task, "contract-caller");
                thread.setDaemon(true);
                thread.start();
            }));
        }
        int calls = 0;
        try {
            action.run();
        } finally {
            // If a call failed, this says so, rather than that the action waited in vain.
            stop.set(true);
            for (CompletableFuture<Integer> caller : callers) {
                calls += caller.join();
            }
        }
        return calls;
    }

    private static int callUntil(ContractClient client, AtomicBoolean stop) {
        int calls = 0;
        while (!stop.get()) {
            try {
                client.call();
            } catch (Exception e) {
                throw new CompletionException("call " + (calls + 1) + " of this thread failed", e);
            }
            calls++;
        }
        return calls;
    }
}
