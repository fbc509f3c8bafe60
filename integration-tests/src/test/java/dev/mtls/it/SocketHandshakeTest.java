package dev.mtls.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.Mtls;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.tls.PeerIdentity;
import dev.mtls.tls.TlsProfile;
import dev.mtls.tls.TlsProvider;
import dev.mtls.trust.X509BundleSet;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plain sockets of the delegating context, against each other. */
class SocketHandshakeTest {
    private static final TrustDomain TD = TrustDomain.parse("test");
    private static final SpiffeId CLIENT = SpiffeId.parse("spiffe://test/client");
    private static final SpiffeId SERVER = SpiffeId.parse("spiffe://test/server");

    private final CertificateAuthority ca = CertificateAuthority.create(TD, Clock.systemUTC());

    private Mtls mtls(SpiffeId id, TlsProvider provider, String protocol) throws Exception {
        InMemorySource source =
                InMemorySource.of(X509Update.of(ca.issue(id), X509BundleSet.of(ca.bundle())), Clock.systemUTC());
        return Mtls.builder(source)
                .provider(provider)
                .profile(TlsProfile.november2026().onlyProtocols(protocol))
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "JDK, JDK, TLSv1.3",
        "JDK, JDK, TLSv1.2",
        "JDK, CONSCRYPT, TLSv1.3",
        "JDK, CONSCRYPT, TLSv1.2",
        "CONSCRYPT, JDK, TLSv1.3",
        "CONSCRYPT, JDK, TLSv1.2",
        "CONSCRYPT, CONSCRYPT, TLSv1.3",
        "CONSCRYPT, CONSCRYPT, TLSv1.2"
    })
    void handshake_bothAllowed_bothSeeEachOther(TlsProvider client, TlsProvider server, String protocol)
            throws Exception {
        try (Mtls a = mtls(CLIENT, client, protocol);
                Mtls b = mtls(SERVER, server, protocol);
                SSLServerSocket listening = (SSLServerSocket) b.server(PeerPolicy.id(CLIENT))
                        .sslContext()
                        .getServerSocketFactory()
                        .createServerSocket(0)) {
            CompletableFuture<PeerIdentity> seen = CompletableFuture.supplyAsync(() -> echo(listening));
            try (SSLSocket socket = (SSLSocket) a.client(PeerPolicy.id(SERVER))
                    .sslContext()
                    .getSocketFactory()
                    .createSocket("localhost", listening.getLocalPort())) {
                socket.getOutputStream().write("ping".getBytes());
                assertThat(new String(socket.getInputStream().readNBytes(4))).isEqualTo("ping");
                assertThat(PeerIdentity.of(socket.getSession()).id()).isEqualTo(SERVER);
                assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
                assertThat(a.connections()).hasSize(1);
            }
            assertThat(seen.get(5, TimeUnit.SECONDS).id()).isEqualTo(CLIENT);
        }
    }

    @ParameterizedTest
    @CsvSource({"JDK, TLSv1.3", "JDK, TLSv1.2", "CONSCRYPT, TLSv1.3", "CONSCRYPT, TLSv1.2"})
    void handshake_serverIsAnother_refused(TlsProvider provider, String protocol) throws Exception {
        try (Mtls a = mtls(CLIENT, provider, protocol);
                Mtls b = mtls(SERVER, provider, protocol);
                SSLServerSocket listening = (SSLServerSocket) b.server(PeerPolicy.id(CLIENT))
                        .sslContext()
                        .getServerSocketFactory()
                        .createServerSocket(0)) {
            CompletableFuture.supplyAsync(() -> echo(listening));
            try (SSLSocket socket = (SSLSocket) a.client(PeerPolicy.id("spiffe://test/another"))
                    .sslContext()
                    .getSocketFactory()
                    .createSocket("localhost", listening.getLocalPort())) {
                assertThatThrownBy(socket::startHandshake)
                        .hasRootCauseInstanceOf(PeerVerificationException.class)
                        .rootCause()
                        .extracting(e -> ((PeerVerificationException) e).reason())
                        .isEqualTo(FailureReason.POLICY_DENIED);
            }
        }
    }

    private static PeerIdentity echo(SSLServerSocket listening) {
        try (SSLSocket socket = (SSLSocket) listening.accept()) {
            byte[] bytes = socket.getInputStream().readNBytes(4);
            socket.getOutputStream().write(bytes);
            return PeerIdentity.of(socket.getSession());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
