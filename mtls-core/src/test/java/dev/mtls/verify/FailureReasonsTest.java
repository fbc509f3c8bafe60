package dev.mtls.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testkit.TestCa;
import dev.mtls.testkit.TestCa.KeyType;
import dev.mtls.testkit.TestCa.Leaf;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reason that the verifier can give, given: the smallest thing wrong with a peer that is otherwise right. */
class FailureReasonsTest {
    private static final String ID = "spiffe://a.test/api";
    private static final PeerPolicy POLICY = PeerPolicy.id(ID);
    private static final TestCa CA = TestCa.root("a.test");
    private static final Judge JUDGE = Judge.of(CA);

    /** A peer, a snapshot to judge it by, and what must come of it. */
    private record Refusal(FailureReason reason, String what, Supplier<Peer> peer) {
        @Override
        public String toString() {
            return reason + ": " + what;
        }
    }

    private record Peer(Judge judge, List<X509Certificate> chain) {}

    private static Peer peer(Leaf leaf) {
        return new Peer(JUDGE, leaf.chain());
    }

    private static Peer peer(Judge judge, Leaf leaf) {
        return new Peer(judge, leaf.chain());
    }

    static Stream<Refusal> refusals() {
        return Stream.of(
                new Refusal(FailureReason.NO_CERTIFICATE, "no chain", () -> new Peer(JUDGE, List.of())),
                new Refusal(
                        FailureReason.MALFORMED_CERTIFICATE, "truncated", () -> new Peer(JUDGE, List.of(truncated()))),
                new Refusal(
                        FailureReason.MALFORMED_CERTIFICATE,
                        "extended key usage that is no sequence",
                        () -> peer(CA.leaf(
                                ID,
                                spec -> spec.extendedKeyUsage()
                                        .extension("2.5.29.37", false, new byte[] {0x05, 0x00})))),
                new Refusal(
                        FailureReason.MALFORMED_CERTIFICATE,
                        "extended key usage that lists nothing",
                        () -> peer(CA.leaf(
                                ID,
                                spec -> spec.extendedKeyUsage()
                                        .extension("2.5.29.37", false, new byte[] {0x30, 0x00})))),
                new Refusal(FailureReason.NO_URI_SAN, "no SAN", () -> peer(CA.leaf(ID, TestCa.Spec::uris))),
                new Refusal(
                        FailureReason.NO_URI_SAN,
                        "a DNS SAN only",
                        () -> peer(CA.leaf(ID, spec -> spec.uris().dns("a.test")))),
                new Refusal(
                        FailureReason.MULTIPLE_URI_SANS,
                        "two IDs",
                        () -> peer(CA.leaf(ID, spec -> spec.uris(ID, "spiffe://a.test/db")))),
                new Refusal(
                        FailureReason.MULTIPLE_URI_SANS,
                        "an ID and another URI",
                        () -> peer(CA.leaf(ID, spec -> spec.uris("https://a.test/", ID)))),
                new Refusal(
                        FailureReason.MALFORMED_SPIFFE_ID,
                        "another scheme",
                        () -> peer(CA.leaf(ID, spec -> spec.uris("https://a.test/api")))),
                new Refusal(
                        FailureReason.MALFORMED_SPIFFE_ID,
                        "a host that the JDK cannot parse",
                        () -> peer(CA.leaf(
                                ID,
                                spec -> spec.subject("CN=a").sanCritical(false).uris("spiffe://a.test./api")))),
                new Refusal(
                        FailureReason.MALFORMED_SPIFFE_ID,
                        "a space",
                        () -> peer(CA.leaf(
                                ID,
                                spec -> spec.subject("CN=a").sanCritical(false).uris("spiffe://a.test/a pi")))),
                new Refusal(
                        FailureReason.ID_WITHOUT_PATH,
                        "the trust domain itself",
                        () -> peer(CA.leaf(ID, spec -> spec.uris("spiffe://a.test")))),
                new Refusal(FailureReason.LEAF_IS_CA, "cA=true", () -> peer(CA.leaf(ID, spec -> spec.ca(true)))),
                new Refusal(
                        FailureReason.LEAF_WITHOUT_KEY_USAGE, "none", () -> peer(CA.leaf(ID, TestCa.Spec::noKeyUsage))),
                new Refusal(
                        FailureReason.LEAF_WITHOUT_DIGITAL_SIGNATURE,
                        "keyEncipherment only",
                        () -> peer(CA.leaf(ID, spec -> spec.keyUsage(KeyUsage.keyEncipherment)))),
                new Refusal(
                        FailureReason.LEAF_MAY_SIGN_CERTIFICATES,
                        "keyCertSign",
                        () -> peer(
                                CA.leaf(ID, spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign)))),
                new Refusal(
                        FailureReason.LEAF_MAY_SIGN_CERTIFICATES,
                        "cRLSign",
                        () -> peer(CA.leaf(ID, spec -> spec.keyUsage(KeyUsage.digitalSignature | KeyUsage.cRLSign)))),
                new Refusal(
                        FailureReason.LEAF_EXTENDED_KEY_USAGE,
                        "clientAuth only",
                        () -> peer(CA.leaf(ID, spec -> spec.extendedKeyUsage("1.3.6.1.5.5.7.3.2")))),
                new Refusal(
                        FailureReason.LEAF_EXTENDED_KEY_USAGE,
                        "code signing",
                        () -> peer(CA.leaf(ID, spec -> spec.extendedKeyUsage("1.3.6.1.5.5.7.3.3")))),
                new Refusal(
                        FailureReason.INTERMEDIATE_NOT_CA,
                        "cA=false",
                        () -> peer(CA.intermediate(spec -> spec.ca(false)).leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_NOT_CA,
                        "no basic constraints",
                        () -> peer(
                                CA.intermediate(TestCa.Spec::noBasicConstraints).leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_NOT_CA,
                        "no keyCertSign",
                        () -> peer(CA.intermediate(spec -> spec.keyUsage(KeyUsage.cRLSign))
                                .leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_NOT_CA,
                        "no key usage",
                        () -> peer(CA.intermediate(TestCa.Spec::noKeyUsage).leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        "a path",
                        () -> peer(CA.intermediate(spec -> spec.uris("spiffe://a.test/ca"))
                                .leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        "another trust domain",
                        () -> peer(CA.intermediate(spec -> spec.uris("spiffe://b.test"))
                                .leaf(ID))),
                new Refusal(
                        FailureReason.INTERMEDIATE_SPIFFE_ID,
                        "an upper-case scheme hides nothing",
                        () -> peer(CA.intermediate(spec -> spec.uris("SPIFFE://b.test"))
                                .leaf(ID))),
                new Refusal(FailureReason.INTERMEDIATE_SPIFFE_ID, "another trust domain, of the authority", () -> {
                    TestCa authority = TestCa.root("a.test", spec -> spec.uris("spiffe://b.test"));
                    return peer(Judge.of(authority), authority.leaf(ID));
                }),
                new Refusal(
                        FailureReason.EXPIRED,
                        "the leaf",
                        () -> peer(
                                CA.leaf(ID, spec -> spec.notAfter(Instant.now().minusSeconds(5))))),
                new Refusal(
                        FailureReason.NOT_YET_VALID,
                        "the leaf",
                        () -> peer(
                                CA.leaf(ID, spec -> spec.notBefore(Instant.now().plusSeconds(300))))),
                new Refusal(
                        FailureReason.CHAIN_TOO_LARGE,
                        "eleven certificates",
                        () -> new Peer(
                                JUDGE, Collections.nCopies(11, CA.leaf(ID).certificate()))),
                new Refusal(
                        FailureReason.UNSUPPORTED_ALGORITHM,
                        "RSA of 1024 bits",
                        () -> peer(CA.leaf(ID, spec -> spec.keyType(KeyType.RSA_1024)))),
                new Refusal(
                        FailureReason.NO_BUNDLE,
                        "another trust domain",
                        () -> peer(CA.leaf(ID, spec -> spec.uris("spiffe://b.test/api")))),
                new Refusal(
                        FailureReason.UNKNOWN_AUTHORITY,
                        "another root of the same name",
                        () -> peer(TestCa.root("a.test").leaf(ID))),
                new Refusal(
                        FailureReason.UNKNOWN_AUTHORITY,
                        "a spoilt signature",
                        () -> peer(CA.leaf(ID, TestCa.Spec::breakSignature))),
                new Refusal(
                        FailureReason.NAME_CONSTRAINTS,
                        "another host",
                        () -> peer(CA.intermediate(spec -> spec.permittedUris("b.test"))
                                .leaf(ID))),
                new Refusal(
                        FailureReason.INVALID_PATH,
                        "one intermediate too many",
                        () -> peer(CA.intermediate(spec -> spec.pathLength(0))
                                .intermediate()
                                .leaf(ID))),
                new Refusal(FailureReason.REVOKED, "the leaf", () -> {
                    Leaf leaf = CA.leaf(ID);
                    return peer(Judge.of(List.of(CA.crl(leaf.certificate())), CA.bundle()), leaf);
                }),
                new Refusal(
                        FailureReason.REVOCATION_UNKNOWN,
                        "a stale CRL",
                        () -> peer(
                                Judge.of(
                                        List.of(CA.crl(spec ->
                                                spec.nextUpdate(Instant.now().minusSeconds(1)))),
                                        CA.bundle()),
                                CA.leaf(ID))),
                new Refusal(FailureReason.POLICY_DENIED, "another ID", () -> peer(CA.leaf("spiffe://a.test/other"))));
    }

    private static X509Certificate truncated() {
        X509Certificate certificate = CA.leaf(ID).certificate();
        try {
            byte[] der = certificate.getEncoded();
            return new ForeignCertificate(certificate, java.util.Arrays.copyOf(der, der.length / 2));
        } catch (CertificateEncodingException e) {
            throw new AssertionError(e);
        }
    }

    private static PeerVerificationException refusal(Refusal expected, Role role) {
        Peer peer = expected.peer().get();
        return catchThrowableOfType(
                PeerVerificationException.class,
                () -> peer.judge().verifier().verify(peer.chain(), peer.judge().context(), POLICY, role));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void verify_oneThingWrong_isRefusedWithItsReason(Refusal expected) {
        PeerVerificationException refusal = refusal(expected, Role.CLIENT);
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(expected.reason());
        assertThat(refusal.getMessage())
                .startsWith("client ")
                .contains("refused (" + expected.reason().label() + "): ");
    }

    @Test
    void refusals_together_haveEveryReasonThatTheVerifierCanGive() {
        // Those of a peer and its certificates, but for two that come of the connection.
        Set<FailureReason> expected = EnumSet.range(FailureReason.NO_CERTIFICATE, FailureReason.RENEGOTIATION);
        expected.removeAll(EnumSet.of(FailureReason.HANDSHAKE_FAILED, FailureReason.RENEGOTIATION));
        Set<FailureReason> seen = EnumSet.noneOf(FailureReason.class);
        refusals().forEach(each -> seen.add(refusal(each, Role.SERVER).reason()));
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void verify_nothingWrong_provesTheId() throws Exception {
        VerifiedPeer peer = JUDGE.verifier().verify(CA.leaf(ID).chain(), JUDGE.context(), POLICY, Role.SERVER);
        assertThat(peer.id()).hasToString(ID);
        assertThat(peer.authority()).isEqualTo(CA.certificate());
    }

    @Test
    void refusal_idReadButNotProven_isNamedAsAClaim() {
        PeerVerificationException refusal =
                JUDGE.refuses(TestCa.root("a.test").leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
        assertThat(refusal.claimedId()).hasValueSatisfying(id -> assertThat(id).hasToString(ID));
        assertThat(refusal.getMessage()).contains(ID, "1 authorities of a.test");
    }

    @Test
    void refusal_noIdRead_claimsNone() {
        assertThat(JUDGE.refuses(CA.leaf(ID, TestCa.Spec::uris), FailureReason.NO_URI_SAN)
                        .claimedId())
                .isEqualTo(Optional.empty());
    }

    @Test
    void refusal_namesOfThePeersMaking_areShortenedAndPrintable() {
        String evil = "CN=x\\0a2026-01-01 INFO all is well " + "y".repeat(5000);
        TestCa unknown = TestCa.root("a.test", spec -> spec.subject(evil));
        PeerVerificationException refusal = JUDGE.refuses(unknown.leaf(ID), FailureReason.UNKNOWN_AUTHORITY);
        assertThat(refusal.getMessage()).doesNotContain("\n").hasSizeLessThan(1200);
    }

    @Test
    void verify_certificateObjectOfAnotherMaker_isJudgedByItsBytes() throws Exception {
        // What the object answers is right, what it encodes to is not.
        X509Certificate good = CA.leaf(ID).certificate();
        X509Certificate bad = TestCa.root("a.test").leaf(ID).certificate();
        JUDGE.refuses(List.of(new ForeignCertificate(good, bad.getEncoded())), FailureReason.UNKNOWN_AUTHORITY);
        assertThat(JUDGE.accepts(List.of(new ForeignCertificate(bad, good.getEncoded())))
                        .leaf())
                .isEqualTo(good);
    }
}
