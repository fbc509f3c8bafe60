package dev.mtls.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.Mtls;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.danger.Danger;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.svid.X509Svid;
import dev.mtls.testkit.EnginePair;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestClock;
import dev.mtls.testkit.TestPeer;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConnectionLifeTest {
    private static final String CLIENT = "spiffe://test/client";
    private static final String SERVER = "spiffe://test/server";
    private static final Duration LIFE = Duration.ofHours(1);

    private final TestClock clock = TestClock.atNow();
    private final TestCa ca = TestCa.root("test");
    private final List<TestPeer> peers = new ArrayList<>();

    @AfterEach
    void close() {
        peers.forEach(TestPeer::close);
    }

    private X509Svid svid(String id, Duration life) throws Exception {
        Instant now = clock.instant();
        return ca.leaf(id, spec -> spec.validity(now.minusSeconds(10), now.plus(life)))
                .svid(clock);
    }

    private TestPeer peer(String id, Duration life, UnaryOperator<Mtls.Builder> settings) throws Exception {
        TestPeer peer = new TestPeer(svid(id, life), ca, TlsProvider.JDK, "TLSv1.3", clock, settings);
        peers.add(peer);
        return peer;
    }

    private static EnginePair connect(TestPeer client, TestPeer server) throws Exception {
        SSLEngine a = client.mtls().client(PeerPolicy.id(SERVER)).sslContext().createSSLEngine("server", 443);
        SSLEngine b = server.mtls()
                .server(PeerPolicy.trustDomain("test"))
                .sslContext()
                .createSSLEngine();
        return new EnginePair(a, b).handshake();
    }

    private static MtlsConnection onlyConnection(TestPeer peer) {
        return peer.mtls().connections().iterator().next();
    }

    @Test
    void expiry_ofThePeer_cutsAtOnceAndExactly() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE.multipliedBy(2), builder -> builder);
        EnginePair pair = connect(client, server);
        // The end itself is still within the validity (RFC 5280 §4.1.2.5).
        clock.set(client.mtls().context().svid().notAfter());
        assertThat(pair.toServer("ping")).isEqualTo("ping");

        clock.advance(Duration.ofMillis(1));

        assertThatThrownBy(() -> pair.toClient("pong"))
                .isInstanceOf(SSLException.class)
                .cause()
                .isInstanceOfSatisfying(
                        PeerVerificationException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(FailureReason.EXPIRED));
        await().until(() -> server.mtls().connections().isEmpty());
        await().untilAsserted(() -> assertThat(server.events(MtlsEvent.ConnectionCut.class))
                .singleElement()
                .extracting(MtlsEvent.ConnectionCut::reason)
                .isEqualTo(FailureReason.EXPIRED));
    }

    @Test
    void cutBy_cutOrEndedOtherwise_tellsWhich() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        connect(client, server);
        MtlsConnection cut = onlyConnection(server);
        assertThat(cut.cutBy()).isEmpty();
        server.mtls().close();
        assertThat(cut.cutBy())
                .hasValueSatisfying(cause -> assertThat(cause.reason()).isEqualTo(FailureReason.SOURCE_CLOSED));

        SSLEngine alone =
                client.mtls().client(PeerPolicy.id(SERVER)).sslContext().createSSLEngine("server", 443);
        TestPeer another = peer(SERVER, LIFE, builder -> builder);
        new EnginePair(
                        alone,
                        another.mtls()
                                .server(PeerPolicy.trustDomain("test"))
                                .sslContext()
                                .createSSLEngine())
                .handshake();
        MtlsConnection ended = MtlsConnection.find(alone.getSession()).orElseThrow();
        alone.closeOutbound();
        try {
            alone.closeInbound();
        } catch (SSLException e) {
            assertThat(e).hasMessageContaining("close_notify");
        }
        assertThat(ended.state()).isEqualTo(MtlsConnection.State.CLOSED);
        assertThat(ended.cutBy()).isEmpty();
    }

    @Test
    void expiry_ofThePeer_cutsAnIdleConnectionToo() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE.multipliedBy(2), builder -> builder);
        connect(client, server);
        AtomicInteger ends = new AtomicInteger();
        onlyConnection(server).onClose(ends::incrementAndGet);

        clock.advance(LIFE.plusSeconds(1));

        await().until(() -> ends.get() == 1);
        await().untilAsserted(() -> assertThat(server.events(MtlsEvent.ConnectionCut.class))
                .singleElement()
                .extracting(MtlsEvent.ConnectionCut::reason)
                .isEqualTo(FailureReason.EXPIRED));
    }

    @Test
    void nearEnd_ofThePeer_drainsFirst() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder.unlimitedConnectionAge());
        TestPeer server = peer(SERVER, LIFE.multipliedBy(2), builder -> builder.unlimitedConnectionAge());
        EnginePair pair = connect(client, server);
        MtlsConnection connection = onlyConnection(server);
        AtomicInteger drains = new AtomicInteger();
        connection.onDrain(drains::incrementAndGet);

        clock.advance(LIFE.minusSeconds(149));

        await().until(() -> drains.get() == 1);
        assertThat(connection.state()).isEqualTo(MtlsConnection.State.DRAINING);
        assertThat(pair.toServer("still")).isEqualTo("still");

        clock.advance(Duration.ofSeconds(31));

        await().until(() -> connection.state() == MtlsConnection.State.CLOSED);
        assertThatThrownBy(() -> pair.toServer("over")).isInstanceOf(SSLException.class);
    }

    /** What the server closes while a request is on its way is lost, so that the client must be first. */
    @Test
    void nearEnd_ofWhatTheClientPresented_clientDrainsFirst() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder.unlimitedConnectionAge());
        TestPeer server = peer(SERVER, LIFE.multipliedBy(2), builder -> builder.unlimitedConnectionAge());
        connect(client, server);
        MtlsConnection atClient = onlyConnection(client);
        client.publish(svid(CLIENT, LIFE.multipliedBy(2)), X509BundleSet.of(ca.bundle()));
        clock.advance(LIFE.minusSeconds(640));
        awaitSweep(client);
        assertThat(atClient.state()).isEqualTo(MtlsConnection.State.ACTIVE);

        clock.advance(Duration.ofSeconds(200));

        await().until(() -> atClient.state() == MtlsConnection.State.DRAINING);
        assertThat(onlyConnection(server).state()).isEqualTo(MtlsConnection.State.ACTIVE);
        await().untilAsserted(() -> assertThat(client.events(MtlsEvent.ConnectionDrained.class))
                .last()
                .satisfies(event -> assertThat(event.cause()).contains("that we presented")));
    }

    /** To dial anew would not help: it would present the same identity. */
    @Test
    void nearEnd_ofWhatTheClientPresentedAndNotRenewed_clientDoesNotDrain() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder.unlimitedConnectionAge());
        TestPeer server = peer(SERVER, LIFE.multipliedBy(2), builder -> builder.unlimitedConnectionAge());
        connect(client, server);

        clock.advance(LIFE.minusSeconds(410));
        awaitSweep(client);

        assertThat(onlyConnection(client).state()).isEqualTo(MtlsConnection.State.ACTIVE);
    }

    /** Waits until what was due at the clock's present time has been done: expiry is done after drains. */
    private void awaitSweep(TestPeer peer) throws Exception {
        TestPeer other = peer(SERVER, LIFE.multipliedBy(3), builder -> builder);
        int before = peer.mtls().connections().size();
        SSLEngine engine =
                peer.mtls().client(PeerPolicy.id(SERVER)).sslContext().createSSLEngine("server", 443);
        new EnginePair(
                        engine,
                        other.mtls()
                                .server(PeerPolicy.trustDomain("test"))
                                .sslContext()
                                .createSSLEngine())
                .handshake();
        MtlsConnection.find(engine.getSession()).orElseThrow().drain("to see the next sweep");
        clock.advance(Duration.ofSeconds(30));
        await().until(() -> peer.mtls().connections().size() == before);
    }

    @Test
    void maximumAge_clientDrainsFirst() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder.maxConnectionAge(Duration.ofMinutes(10)));
        TestPeer server = peer(SERVER, LIFE, builder -> builder.maxConnectionAge(Duration.ofMinutes(10)));
        connect(client, server);

        clock.advance(Duration.ofMinutes(9));

        await().until(() -> onlyConnection(client).state() == MtlsConnection.State.DRAINING);
        assertThat(onlyConnection(server).state()).isEqualTo(MtlsConnection.State.ACTIVE);
    }

    @Test
    void maximumAge_drainsThenEnds() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder.unlimitedConnectionAge());
        TestPeer server = peer(
                SERVER,
                LIFE,
                builder -> builder.maxConnectionAge(Duration.ofMinutes(10)).drainGrace(Duration.ofSeconds(5)));
        connect(client, server);
        MtlsConnection connection = onlyConnection(server);

        clock.advance(Duration.ofMinutes(8));
        assertThat(connection.state()).isEqualTo(MtlsConnection.State.ACTIVE);
        clock.advance(Duration.ofMinutes(2));

        await().until(() -> connection.state() == MtlsConnection.State.DRAINING);
        await().untilAsserted(() -> assertThat(server.events(MtlsEvent.ConnectionDrained.class))
                .singleElement()
                .satisfies(event -> assertThat(event.cause()).contains("maximum age")));
        clock.advance(Duration.ofSeconds(6));
        await().until(() -> connection.state() == MtlsConnection.State.CLOSED);
    }

    @Test
    void outliveIdentity_whereAskedFor_keepsTheConnectionAndShowsIt() throws Exception {
        TestPeer client = peer(CLIENT, LIFE.multipliedBy(3), Danger::insecurelyOutliveIdentity);
        TestPeer server = peer(
                SERVER,
                LIFE.multipliedBy(3),
                builder -> Danger.insecurelyOutliveIdentity(builder).unlimitedConnectionAge());
        client.publish(svid(CLIENT, LIFE), X509BundleSet.of(ca.bundle()));
        EnginePair pair = connect(client, server);

        clock.advance(LIFE.plusSeconds(1));

        assertThat(pair.toServer("ping")).isEqualTo("ping");
        assertThat(server.mtls().health().connectionsOutliveIdentity()).isTrue();
    }

    @Test
    void check_afterAChange_judgesAfreshAndCuts() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        connect(client, server);
        MtlsConnection connection = onlyConnection(server);
        connection.check();
        TestCa renewed = TestCa.root("test");

        server.publish(server.mtls().context().svid(), X509BundleSet.of(renewed.bundle()));

        assertThatThrownBy(connection::check)
                .isInstanceOfSatisfying(
                        PeerVerificationException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(FailureReason.UNKNOWN_AUTHORITY));
        assertThat(connection.state()).isEqualTo(MtlsConnection.State.CLOSED);
    }

    @Test
    void revocation_ofThePeer_cuts() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        EnginePair pair = connect(client, server);

        server.publish(
                server.mtls().context().svid(),
                X509BundleSet.of(ca.bundle()),
                ca.crl(client.mtls().context().svid().leaf()));

        await().until(() -> server.mtls().connections().isEmpty());
        assertThatThrownBy(() -> pair.toServer("ping"))
                .cause()
                .isInstanceOfSatisfying(
                        PeerVerificationException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(FailureReason.REVOKED));
    }

    @Test
    void actions_registeredLate_runAtOnce() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        connect(client, server);
        MtlsConnection connection = onlyConnection(server);
        AtomicInteger ran = new AtomicInteger();
        connection.drain("test");
        connection.onDrain(ran::incrementAndGet);
        assertThat(ran).hasValue(1);

        server.mtls().close();

        connection.onClose(ran::incrementAndGet);
        assertThat(ran).hasValue(2);
    }

    @Test
    void action_thatThrows_stopsNeitherTheOthersNorTheCut() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        EnginePair pair = connect(client, server);
        AtomicInteger ran = new AtomicInteger();
        onlyConnection(server).onClose(() -> {
            throw new IllegalStateException("a broken adapter");
        });
        onlyConnection(server).onClose(ran::incrementAndGet);

        server.publish(
                server.mtls().context().svid(),
                X509BundleSet.of(TestCa.root("test").bundle()));

        await().until(() -> ran.get() == 1);
        assertThatThrownBy(() -> pair.toServer("ping")).isInstanceOf(SSLException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsProvider.class,
            names = {"JDK", "CONSCRYPT"})
    void engine_forgottenByItsFramework_takesItsConnectionWithIt(TlsProvider provider) throws Exception {
        TestPeer client = new TestPeer(svid(CLIENT, LIFE), ca, provider, "TLSv1.3", clock, builder -> builder);
        peers.add(client);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        connect(client, server);
        assertThat(client.mtls().connections()).hasSize(1);

        await().until(() -> {
            System.gc();
            return client.mtls().connections().isEmpty();
        });
    }

    @Test
    void rotation_ofOurOwn_leavesConnectionsAlone() throws Exception {
        TestPeer client = peer(CLIENT, LIFE, builder -> builder);
        TestPeer server = peer(SERVER, LIFE, builder -> builder);
        EnginePair pair = connect(client, server);

        server.publish(svid(SERVER, LIFE), X509BundleSet.of(ca.bundle()));
        client.publish(svid(CLIENT, LIFE), X509BundleSet.of(ca.bundle()));

        assertThat(pair.toServer("ping")).isEqualTo("ping");
        onlyConnection(server).check();
        assertThat(server.mtls().context().generation()).isEqualTo(2);
        assertThat(server.events(MtlsEvent.ConnectionCut.class)).isEmpty();
    }
}
