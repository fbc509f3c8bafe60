package dev.mtls.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.Mtls;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.source.InMemorySource;
import dev.mtls.source.X509Update;
import dev.mtls.testkit.ClientHello;
import dev.mtls.testkit.TestCa;
import dev.mtls.trust.X509BundleSet;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes over the wire, for each provider: a change of it is a change of the profile, which gets a new date. */
class TlsProfileTest {
    private static final List<String> TLS_1_3_SUITES = List.of("1301", "1302", "1303");
    private static final List<String> TLS_1_2_SUITES = List.of("c02b", "c02c", "cca9", "c02f", "c030", "cca8");
    private static final String RENEGOTIATION_INFO = "00ff";

    private final TestCa ca = TestCa.root("test");

    private ClientHello hello(TlsProvider provider, TlsProfile profile) throws Exception {
        InMemorySource source = InMemorySource.of(
                X509Update.of(ca.leaf("spiffe://test/a").svid(Clock.systemUTC()), X509BundleSet.of(ca.bundle())),
                Clock.systemUTC());
        try (Mtls mtls =
                Mtls.builder(source).provider(provider).profile(profile).build()) {
            SSLEngine engine =
                    mtls.client(PeerPolicy.trustDomain("test")).sslContext().createSSLEngine("server.example", 443);
            engine.beginHandshake();
            ByteBuffer sent = ByteBuffer.allocate(32 * 1024);
            engine.wrap(ByteBuffer.allocate(0), sent);
            return ClientHello.parse(sent.flip());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsProvider.class,
            names = {"JDK", "CONSCRYPT"})
    void clientHello_offersTheProfileAndNothingElse(TlsProvider provider) throws Exception {
        ClientHello hello = hello(provider, TlsProfile.november2026());

        assertThat(hello.cipherSuites())
                .filteredOn(suite -> !suite.equals(RENEGOTIATION_INFO))
                .containsExactlyInAnyOrderElementsOf(
                        java.util.stream.Stream.concat(TLS_1_3_SUITES.stream(), TLS_1_2_SUITES.stream())
                                .toList());
        assertThat(hello.versions()).containsExactly("0304", "0303");
    }

    @Test
    void clientHello_ofConscrypt_prefersTheHybridGroup() throws Exception {
        assertThat(hello(TlsProvider.CONSCRYPT, TlsProfile.november2026()).groups())
                .containsExactly("11ec", "001d", "0017", "0018");
    }

    @Test
    void clientHello_ofTheJdk_offersTheGroupsOfTheProfileWhereItsApiKnowsThem() throws Exception {
        List<String> groups = hello(TlsProvider.JDK, TlsProfile.november2026()).groups();

        if (Runtime.version().feature() >= 20) {
            assertThat(groups).filteredOn(group -> !group.equals("11ec")).containsExactly("001d", "0017", "0018");
        } else {
            assertThat(groups).startsWith("001d", "0017", "0018");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TlsProvider.class,
            names = {"JDK", "CONSCRYPT"})
    void onlyProtocols_narrowed_offersNoOther(TlsProvider provider) throws Exception {
        TlsProfile onlyNewest = TlsProfile.november2026().onlyProtocols("TLSv1.3");

        assertThat(hello(provider, onlyNewest).versions()).containsExactly("0304");
    }

    @Test
    void profile_namesAreThoseOfItsDate() {
        TlsProfile profile = TlsProfile.november2026();

        assertThat(profile.name()).isEqualTo("2026-11");
        assertThat(profile.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(profile.namedGroups()).containsExactly("X25519MLKEM768", "x25519", "secp256r1", "secp384r1");
        assertThat(profile.cipherSuites())
                .containsExactly(
                        "TLS_AES_128_GCM_SHA256",
                        "TLS_AES_256_GCM_SHA384",
                        "TLS_CHACHA20_POLY1305_SHA256",
                        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
    }

    @Test
    void onlyProtocols_unknownName_refused() {
        assertThatThrownBy(() -> TlsProfile.november2026().onlyProtocols("TLSv1.4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TLSv1.4")
                .hasMessageContaining("TLSv1.3");
    }
}
