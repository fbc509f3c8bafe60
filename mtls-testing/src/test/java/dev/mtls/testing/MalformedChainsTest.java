package dev.mtls.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.Mtls;
import dev.mtls.danger.Danger;
import dev.mtls.event.MtlsEvent;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.identity.SpiffeId;
import dev.mtls.tls.TlsProvider;
import dev.mtls.verify.X509SvidVerifier;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MalformedChainsTest {
    @RegisterExtension
    static final TestMesh mesh = TestMesh.create("test");

    private static final MalformedChains MALFORMED = MalformedChains.mint(mesh.clock());
    /** What a TLS implementation refuses by itself, before it asks us. */
    private static final Set<String> REFUSED_BY_PROVIDER =
            Set.of("JDK: a chain that is too long", "CONSCRYPT: a leaf without digitalSignature");

    private static final SpiffeId ID = mesh.identity("spiffe://test/a");

    static {
        MALFORMED.bundles().bundles().forEach(mesh::trust);
    }

    static List<MalformedChain> all() {
        return MALFORMED.all();
    }

    static Stream<Arguments> allWithEachProvider() {
        return all().stream()
                .flatMap(chain -> Stream.of(TlsProvider.JDK, TlsProvider.CONSCRYPT)
                        .map(provider -> Arguments.of(chain, provider)));
    }

    @Test
    void all_haveNamesOfTheirOwn_andCoverWhatVerifiersRefuse() {
        assertThat(all()).extracting(MalformedChain::name).doesNotHaveDuplicates();
        Set<FailureReason> covered = EnumSet.noneOf(FailureReason.class);
        all().forEach(chain -> covered.add(chain.expected()));
        // From the first reason of certificates to the last one of peers' paths.
        Set<FailureReason> ofChains = EnumSet.range(FailureReason.NO_CERTIFICATE, FailureReason.INVALID_PATH);
        // A certificate that is none, or cannot be parsed, is no chain to hand out.
        ofChains.removeAll(EnumSet.of(FailureReason.NO_CERTIFICATE, FailureReason.MALFORMED_CERTIFICATE));
        assertThat(covered).isEqualTo(ofChains);
    }

    @ParameterizedTest
    @MethodSource("all")
    void verify_malformed_refusedInEitherRole(MalformedChain chain) {
        X509SvidVerifier verifier = X509SvidVerifier.create(mesh.clock());
        for (Role role : Role.values()) {
            assertThatThrownBy(() -> verifier.verify(
                            chain.chain(),
                            mesh.source(ID).state().context().orElseThrow(),
                            Danger.insecurelyAnyone(),
                            role))
                    .isInstanceOfSatisfying(
                            PeerVerificationException.class,
                            e -> assertThat(e.reason()).isEqualTo(chain.expected()));
        }
    }

    @Test
    void verify_nothingWrong_accepted() {
        assertThatCode(() -> X509SvidVerifier.create(mesh.clock())
                        .verify(
                                List.of(MALFORMED.wellFormed().certificate()),
                                mesh.source(ID).state().context().orElseThrow(),
                                Danger.insecurelyAnyone(),
                                Role.CLIENT))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("allWithEachProvider")
    void server_malformedClient_refusedWithReason(MalformedChain chain, TlsProvider provider) throws Exception {
        RecordedEvents events = new RecordedEvents();
        try (Mtls mtls = mesh.builder(ID).provider(provider).addListener(events).build()) {
            SSLContext server = mtls.server(Danger.insecurelyAnyone()).sslContext();

            assertThat(pingPong(chain.insecureSslContext(), server)).isFalse();

            assertRejected(events, Role.SERVER, chain, provider);
        }
    }

    @ParameterizedTest
    @MethodSource("allWithEachProvider")
    void client_malformedServer_refusedWithReason(MalformedChain chain, TlsProvider provider) throws Exception {
        RecordedEvents events = new RecordedEvents();
        try (Mtls mtls = mesh.builder(ID).provider(provider).addListener(events).build()) {
            SSLContext client = mtls.client(Danger.insecurelyAnyone()).sslContext();

            assertThat(pingPong(client, chain.insecureSslContext())).isFalse();

            assertRejected(events, Role.CLIENT, chain, provider);
        }
    }

    @Test
    void handshake_nothingWrong_accepted() throws Exception {
        CertificateDraft.Minted good = MALFORMED.wellFormed();
        SSLContext context = new MalformedChain(
                        "nothing is wrong", FailureReason.HANDSHAKE_FAILED, List.of(good.certificate()), good.key())
                .insecureSslContext();
        try (Mtls mtls = mesh.builder(ID).build()) {
            assertThat(pingPong(context, mtls.server(Danger.insecurelyAnyone()).sslContext()))
                    .isTrue();
            assertThat(pingPong(mtls.client(Danger.insecurelyAnyone()).sslContext(), context))
                    .isTrue();
        }
    }

    private static void assertRejected(RecordedEvents events, Role role, MalformedChain chain, TlsProvider provider)
            throws Exception {
        MtlsEvent.HandshakeRejected rejected =
                events.await(MtlsEvent.HandshakeRejected.class, event -> event.role() == role);
        boolean byProvider = REFUSED_BY_PROVIDER.contains(provider + ": " + chain.name());
        assertThat(rejected.reason())
                .as(rejected.message())
                .isEqualTo(byProvider ? FailureReason.HANDSHAKE_FAILED : chain.expected());
    }

    /** Whether a byte got through, there and back. */
    private static boolean pingPong(SSLContext client, SSLContext server) throws Exception {
        try (SSLServerSocket listening =
                (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0)) {
            listening.setNeedClientAuth(true);
            CompletableFuture<Boolean> answered = CompletableFuture.supplyAsync(() -> answer(listening));
            boolean heard;
            try (SSLSocket socket =
                    (SSLSocket) client.getSocketFactory().createSocket("localhost", listening.getLocalPort())) {
                socket.getOutputStream().write('?');
                heard = socket.getInputStream().read() == '!';
            } catch (IOException e) {
                heard = false;
            }
            assertThat(answered.get(10, TimeUnit.SECONDS)).isEqualTo(heard);
            return heard;
        }
    }

    private static boolean answer(SSLServerSocket listening) {
        try (SSLSocket socket = (SSLSocket) listening.accept()) {
            if (socket.getInputStream().read() != '?') {
                return false;
            }
            socket.getOutputStream().write('!');
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
