package dev.mtls.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "keys are saved with POSIX permissions only")
class CacertsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TrustDomain TRUST_DOMAIN = TrustDomain.parse("example.org");
    private static final SpiffeId ID = TRUST_DOMAIN.id("a");

    @TempDir
    Path temporary;

    private final MutableClock clock = new MutableClock(START);
    private final CertificateAuthority root = CertificateAuthority.create(TRUST_DOMAIN, clock);
    private CertificateAuthority intermediate;
    private Path directory;

    @BeforeEach
    void intermediate() throws Exception {
        intermediate = root.intermediate(IntermediateOptions.named("cluster 1").withPathLength(1));
        directory = temporary.resolve("cacerts");
    }

    private CertificateAuthority load() throws SvidRejectedException {
        return CertificateAuthority.builder(TRUST_DOMAIN).clock(clock).load(directory);
    }

    private void assertRejected(FailureReason reason, String... facts) {
        assertThatExceptionOfType(SvidRejectedException.class)
                .isThrownBy(this::load)
                .satisfies(e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(List.of(facts))
                            .allSatisfy(fact -> assertThat(e.getMessage()).contains(fact));
                });
    }

    private void write(String file, String label, byte[]... ders) throws IOException {
        Files.write(directory.resolve(file), PemFiles.encode(label, List.of(ders)));
    }

    @Test
    void save_intermediate_istiosLayout() throws Exception {
        intermediate.save(directory);

        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("root-cert.pem", "cert-chain.pem", "ca-cert.pem", "ca-key.pem");
        }
        assertThat(certificates("root-cert.pem")).containsExactly(root.certificate());
        assertThat(certificates("cert-chain.pem")).containsExactly(intermediate.certificate(), root.certificate());
        assertThat(certificates("ca-cert.pem")).containsExactly(intermediate.certificate());
        assertThat(directory.resolve("ca-key.pem")).content().startsWith("-----BEGIN PRIVATE KEY-----\n");
    }

    private List<X509Certificate> certificates(String file) throws Exception {
        return PemFiles.certificates(Files.readAllBytes(directory.resolve(file)), Path.of(file));
    }

    @Test
    void save_anyAuthority_keyReadableByOwnerAlone() throws Exception {
        root.save(directory);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca-key.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void save_overReadableKeyFile_replacedByOneForOwnerAlone() throws Exception {
        Files.createDirectory(directory);
        Path key = Files.writeString(directory.resolve("ca-key.pem"), "old");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-rw-rw-"));

        root.save(directory);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(load().certificate()).isEqualTo(root.certificate());
    }

    @Test
    void save_fileSystemWithoutPermissions_refusedAndNoKeyWritten() throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(temporary.resolve("a.zip"), Map.of("create", "true"))) {
            Path inside = Files.createDirectory(zip.getPath("/cacerts"));

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> root.save(inside))
                    .withMessageContaining("POSIX");
            try (var files = Files.list(inside)) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void save_directoryIsAFile_failsWithoutLeftovers() throws Exception {
        Files.writeString(directory, "in the way");

        assertThatExceptionOfType(IOException.class).isThrownBy(() -> root.save(directory));
        try (var files = Files.list(temporary)) {
            assertThat(files).containsExactly(directory);
        }
    }

    @Test
    void save_rootPrepared_refused() {
        root.prepareRoot();

        assertThatIllegalStateException()
                .isThrownBy(() -> root.save(directory))
                .withMessageContaining("activate it first");
        assertThat(directory).doesNotExist();
    }

    @Test
    void load_root_issuesUnderTheSameRoot() throws Exception {
        root.save(directory);

        CertificateAuthority loaded = load();

        assertThat(loaded.certificate()).isEqualTo(root.certificate());
        assertThat(loaded.rotation()).isEqualTo(RootRotation.NONE);
        Paths.validate(loaded.issue(ID), root.bundle(), START);
    }

    @Test
    void load_rootYoungerThanBackdate_notBeforeCutToIt() throws Exception {
        root.save(directory);
        CertificateAuthority loaded = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .backdate(Duration.ofHours(1))
                .load(directory);

        assertThat(loaded.issue(ID).notBefore()).isEqualTo(START.minusSeconds(10));
    }

    @Test
    void load_root_canRotate() throws Exception {
        root.save(directory);
        CertificateAuthority loaded = load();

        loaded.prepareRoot();
        loaded.activateRoot();

        assertThat(loaded.bundle().authorities()).hasSize(2).contains(root.certificate());
    }

    @Test
    void load_rootActivated_canRetire() throws Exception {
        root.prepareRoot();
        root.activateRoot();
        root.save(directory);

        CertificateAuthority loaded = load();

        assertThat(loaded.rotation()).isEqualTo(RootRotation.ACTIVATED);
        assertThat(loaded.bundle()).isEqualTo(root.bundle());
        loaded.retireRoot();
        assertThat(loaded.bundle().authorities()).containsExactly(root.certificate());
    }

    @Test
    void load_intermediate_issuesButCannotRotate() throws Exception {
        intermediate.save(directory);
        CertificateAuthority loaded = load();

        X509Svid svid = loaded.issue(ID);

        assertThat(svid.chain()).containsExactly(svid.leaf(), intermediate.certificate());
        Paths.validate(svid, root.bundle(), START);
        assertThatIllegalStateException()
                .isThrownBy(loaded::prepareRoot)
                .withMessageContaining("only an intermediate's");
    }

    @Test
    void load_intermediateWithPathLength_intermediatesBelow() throws Exception {
        intermediate.save(directory);

        CertificateAuthority below = load().intermediate(IntermediateOptions.named("below"));

        Paths.validate(below.issue(ID), root.bundle(), START);
        assertThat(below.issue(ID).chain()).hasSize(3);
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void load_keyOfAnyType_issues(KeyType keyType) throws Exception {
        root.intermediate(IntermediateOptions.named("typed").withKeyType(keyType))
                .save(directory);

        Paths.validate(load().issue(ID), root.bundle(), START);
    }

    @Test
    void load_keyAsSec1WithCurveParameters_accepted() throws Exception {
        intermediate.save(directory);
        PrivateKeyInfo key = savedKey();
        String parameters = Base64.getEncoder()
                .encodeToString(key.getPrivateKeyAlgorithm()
                        .getParameters()
                        .toASN1Primitive()
                        .getEncoded());
        String sec1 =
                new String(PemFiles.encode("EC PRIVATE KEY", List.of(sec1WithCurve(key))), StandardCharsets.US_ASCII);
        Files.writeString(
                directory.resolve("ca-key.pem"),
                "-----BEGIN EC PARAMETERS-----\n" + parameters + "\n-----END EC PARAMETERS-----\n" + sec1);

        Paths.validate(load().issue(ID), root.bundle(), START);
    }

    private static byte[] sec1WithCurve(PrivateKeyInfo key) throws IOException {
        var ec = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(key.parsePrivateKey());
        return new org.bouncycastle.asn1.sec.ECPrivateKey(
                        256, ec.getKey(), key.getPrivateKeyAlgorithm().getParameters())
                .getEncoded();
    }

    private PrivateKeyInfo savedKey() {
        return PrivateKeyInfo.getInstance(intermediate
                .hierarchy()
                .state()
                .signer(intermediate.node())
                .key()
                .getEncoded());
    }

    @Test
    void load_rsaKeyAsPkcs1_accepted() throws Exception {
        CertificateAuthority rsa = CertificateAuthority.builder(TRUST_DOMAIN)
                .clock(clock)
                .keyType(KeyType.RSA_2048)
                .build();
        rsa.save(directory);
        PrivateKeyInfo key = PrivateKeyInfo.getInstance(
                rsa.hierarchy().state().signer(rsa.node()).key().getEncoded());
        write(
                "ca-key.pem",
                "RSA PRIVATE KEY",
                key.parsePrivateKey().toASN1Primitive().getEncoded());

        Paths.validate(load().issue(ID), rsa.bundle(), START);
    }

    @Test
    void load_chainInAnyOrder_accepted() throws Exception {
        CertificateAuthority lower = intermediate.intermediate(IntermediateOptions.named("lower"));
        lower.save(directory);
        write(
                "cert-chain.pem",
                "CERTIFICATE",
                root.certificate().getEncoded(),
                intermediate.certificate().getEncoded(),
                lower.certificate().getEncoded());

        X509Svid svid = load().issue(ID);

        assertThat(svid.chain()).containsExactly(svid.leaf(), lower.certificate(), intermediate.certificate());
    }

    @Test
    void load_chainEmptyBelowRoot_accepted() throws Exception {
        intermediate.save(directory);
        Files.writeString(directory.resolve("cert-chain.pem"), "");

        Paths.validate(load().issue(ID), root.bundle(), START);
    }

    @ParameterizedTest
    @ValueSource(strings = {"root-cert.pem", "cert-chain.pem", "ca-cert.pem", "ca-key.pem"})
    void load_fileMissing_rejectedWithItsName(String file) throws Exception {
        intermediate.save(directory);
        Files.delete(directory.resolve(file));

        assertRejected(FailureReason.UNREADABLE_FILE, file, "no such file");
    }

    @Test
    void load_fileIsADirectory_rejectedWithItsName() throws Exception {
        intermediate.save(directory);
        Files.delete(directory.resolve("ca-cert.pem"));
        Files.createDirectory(directory.resolve("ca-cert.pem"));

        assertRejected(FailureReason.UNREADABLE_FILE, "ca-cert.pem");
    }

    @Test
    void load_fileTooLarge_rejected() throws Exception {
        intermediate.save(directory);
        Files.write(directory.resolve("root-cert.pem"), new byte[(1 << 20) + 1]);

        assertRejected(FailureReason.UNREADABLE_FILE, "root-cert.pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"root-cert.pem", "cert-chain.pem", "ca-cert.pem"})
    void load_certificateGarbled_rejectedWithItsName(String file) throws Exception {
        intermediate.save(directory);
        write(file, "CERTIFICATE", new byte[] {1, 2, 3});

        assertRejected(FailureReason.MALFORMED_CERTIFICATE, file);
    }

    @Test
    void load_twoSigningCertificates_rejected() throws Exception {
        intermediate.save(directory);
        write(
                "ca-cert.pem",
                "CERTIFICATE",
                intermediate.certificate().getEncoded(),
                root.certificate().getEncoded());

        assertRejected(FailureReason.NO_CERTIFICATE, "ca-cert.pem", "2 certificates (expected: one)");
    }

    @Test
    void load_keyOfAnotherAuthority_rejected() throws Exception {
        intermediate.save(directory);
        write(
                "ca-key.pem",
                "PRIVATE KEY",
                KeyType.EC_P256.generate().getPrivate().getEncoded());

        assertRejected(FailureReason.KEY_MISMATCH, "ca-key.pem", "ca-cert.pem");
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyType.class,
            names = {"EC_P384", "RSA_2048", "ED25519"})
    void load_keyOfAnotherKind_rejected(KeyType keyType) throws Exception {
        intermediate.save(directory);
        write("ca-key.pem", "PRIVATE KEY", keyType.generate().getPrivate().getEncoded());

        assertRejected(FailureReason.KEY_MISMATCH, "ca-key.pem");
    }

    @Test
    void load_keyGarbled_rejectedWithoutQuotingIt() throws Exception {
        intermediate.save(directory);
        String secret =
                Base64.getEncoder().encodeToString("a secret that is not a key".getBytes(StandardCharsets.US_ASCII));
        for (String label : List.of("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY")) {
            Files.writeString(
                    directory.resolve("ca-key.pem"),
                    "-----BEGIN " + label + "-----\n" + secret + "\n-----END " + label + "-----\n");

            assertThatExceptionOfType(SvidRejectedException.class)
                    .isThrownBy(this::load)
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_PRIVATE_KEY))
                    .withMessageContaining("ca-key.pem")
                    .withNoCause()
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain(secret));
        }
    }

    @Test
    void load_noKey_rejected() throws Exception {
        intermediate.save(directory);
        Files.copy(
                directory.resolve("ca-cert.pem"),
                directory.resolve("ca-key.pem"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertRejected(FailureReason.NO_PRIVATE_KEY, "ca-key.pem");
    }

    @Test
    void load_twoKeys_rejected() throws Exception {
        intermediate.save(directory);
        byte[] key = savedKey().getEncoded();
        write("ca-key.pem", "PRIVATE KEY", key, key);

        assertRejected(FailureReason.MALFORMED_PRIVATE_KEY, "more than one");
    }

    @Test
    void load_encryptedKey_rejected() throws Exception {
        intermediate.save(directory);
        var encrypted = new org.bouncycastle.pkcs.jcajce.JcaPKCS8EncryptedPrivateKeyInfoBuilder(
                        KeyType.EC_P256.generate().getPrivate())
                .build(new org.bouncycastle.pkcs.bc.BcPKCS12PBEOutputEncryptorBuilder(
                                org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.pbeWithSHAAnd3_KeyTripleDES_CBC,
                                org.bouncycastle.crypto.modes.CBCBlockCipher.newInstance(
                                        new org.bouncycastle.crypto.engines.DESedeEngine()))
                        .build("x".toCharArray()));
        write("ca-key.pem", "ENCRYPTED PRIVATE KEY", encrypted.getEncoded());

        assertRejected(FailureReason.MALFORMED_PRIVATE_KEY, "encrypted");
    }

    @Test
    void load_keyEncryptedTheOldWay_rejected() throws Exception {
        intermediate.save(directory);
        Files.writeString(directory.resolve("ca-key.pem"), """
                -----BEGIN EC PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF

                AAAA
                -----END EC PRIVATE KEY-----
                """);

        assertRejected(FailureReason.MALFORMED_PRIVATE_KEY, "encrypted");
    }

    @Test
    void load_criticalExtensionThatNobodyKnows_rejected() throws Exception {
        CacertsWriter.save(
                directory,
                handMade(
                        root,
                        builder -> builder.addExtension(
                                new ASN1ObjectIdentifier("1.3.6.1.4.1.55555.1"), true, DERNull.INSTANCE)),
                List.of(root.certificate()),
                List.of());

        assertRejected(FailureReason.INVALID_PATH);
    }

    @Test
    void load_nameConstraintAboveTrustDomainWithUnderscore_rejected() throws Exception {
        TrustDomain underscore = TrustDomain.parse("prod_1");
        CertificateAuthority top = CertificateAuthority.create(underscore, clock);
        GeneralName host = new GeneralName(GeneralName.uniformResourceIdentifier, "example.org");
        NameConstraints constraints = new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(host)}, null);
        Signer upper = handMade(top, builder -> builder.addExtension(Extension.nameConstraints, true, constraints));
        Signer lower = new Certificates(underscore)
                .intermediate(
                        upper,
                        IntermediateOptions.named("lower"),
                        Validity.of(START, Duration.ZERO, Duration.ofHours(1)));
        CacertsWriter.save(directory, lower, List.of(top.certificate()), List.of());

        assertThatExceptionOfType(SvidRejectedException.class)
                .isThrownBy(() ->
                        CertificateAuthority.builder(underscore).clock(clock).load(directory))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(FailureReason.INVALID_PATH));
    }

    @Test
    void load_rootOfAnotherAuthority_rejected() throws Exception {
        intermediate.save(directory);
        CertificateAuthority other = CertificateAuthority.create(TRUST_DOMAIN, clock);
        write("root-cert.pem", "CERTIFICATE", other.certificate().getEncoded());

        assertRejected(FailureReason.UNKNOWN_AUTHORITY, "root-cert.pem", "cert-chain.pem");
    }

    @Test
    void load_intermediateMissingFromChain_rejected() throws Exception {
        intermediate.intermediate(IntermediateOptions.named("lower")).save(directory);
        write("cert-chain.pem", "CERTIFICATE", root.certificate().getEncoded());

        assertRejected(FailureReason.UNKNOWN_AUTHORITY);
    }

    @Test
    void load_leafAsSigningCertificate_rejected() throws Exception {
        root.save(directory);
        KeyPair keys = KeyType.EC_P256.generate();
        Signer signer = root.hierarchy().state().signer(root.node());
        X509Certificate leaf = new Certificates(TRUST_DOMAIN)
                .leaf(
                        signer,
                        SvidRequest.of(ID),
                        keys.getPublic(),
                        Validity.of(START, Duration.ZERO, Duration.ofHours(1)));
        write("ca-cert.pem", "CERTIFICATE", leaf.getEncoded());
        write("ca-key.pem", "PRIVATE KEY", keys.getPrivate().getEncoded());

        assertRejected(FailureReason.INTERMEDIATE_NOT_CA);
    }

    @Test
    void load_leafAsRoot_rejected() throws Exception {
        root.save(directory);
        write("root-cert.pem", "CERTIFICATE", root.issue(ID).leaf().getEncoded());

        assertRejected(FailureReason.AUTHORITY_NOT_CA);
    }

    @Test
    void load_ofAnotherTrustDomain_rejected() throws Exception {
        CertificateAuthority.create(TrustDomain.parse("other"), clock).save(directory);

        assertRejected(FailureReason.INTERMEDIATE_SPIFFE_ID, "spiffe://example.org");
    }

    @Test
    void load_expired_rejected() throws Exception {
        intermediate.save(directory);
        clock.advance(Duration.ofDays(3650));

        assertRejected(FailureReason.EXPIRED);
    }

    @Test
    void load_notYetValid_rejected() throws Exception {
        intermediate.save(directory);
        clock.advance(Duration.ofDays(-1));

        assertRejected(FailureReason.NOT_YET_VALID);
    }

    @Test
    void load_pathLongerThanAllowed_rejected() throws Exception {
        Signer tooDeep = new Certificates(TRUST_DOMAIN)
                .intermediate(
                        signer(intermediate.intermediate(IntermediateOptions.named("last"))),
                        IntermediateOptions.named("too deep"),
                        Validity.of(START, Duration.ZERO, Duration.ofHours(1)));
        CacertsWriter.save(directory, tooDeep, List.of(root.certificate()), List.of());

        assertRejected(FailureReason.INVALID_PATH);
    }

    private static Signer signer(CertificateAuthority authority) {
        return authority.hierarchy().state().signer(authority.node());
    }

    @Test
    void load_unsupportedKey_rejected() throws Exception {
        root.save(directory);
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        X509Certificate weak = new Certificates(TRUST_DOMAIN)
                .leaf(
                        signer(root),
                        SvidRequest.of(ID),
                        rsa.generateKeyPair().getPublic(),
                        Validity.of(START, Duration.ZERO, Duration.ofHours(1)));
        write("ca-cert.pem", "CERTIFICATE", weak.getEncoded());

        assertRejected(FailureReason.UNSUPPORTED_ALGORITHM, "ca-cert.pem");
    }

    @Test
    void saveAndLoad_somethingRevoked_staysRevokedAndNumbersGoOn() throws Exception {
        X509Svid revoked = root.issue(ID);
        root.revoke(revoked);
        root.save(directory);

        CertificateAuthority loaded = load();

        assertThat(loaded.crls()).isNotEmpty();
        assertThatExceptionOfType(CertPathValidatorException.class)
                .isThrownBy(() -> Paths.validate(revoked.chain(), loaded.bundle(), START, loaded.crls()));
        assertThat(number(ofIssuer(loaded.crls(), root))).isGreaterThan(number(ofIssuer(root.crls(), root)));
    }

    private static X509CRL ofIssuer(List<X509CRL> crls, CertificateAuthority issuer) {
        return crls.stream()
                .filter(crl ->
                        crl.getIssuerX500Principal().equals(issuer.certificate().getSubjectX500Principal()))
                .findFirst()
                .orElseThrow();
    }

    private static BigInteger number(X509CRL crl) {
        byte[] value = crl.getExtensionValue("2.5.29.20");
        return new BigInteger(1, java.util.Arrays.copyOfRange(value, 4, value.length));
    }

    @Test
    void load_crlsOfOthers_publishedAsTheyAre() throws Exception {
        intermediate.revoke(BigInteger.TEN);
        X509CRL ofRoot = ofIssuer(root.crls(), root);
        intermediate.save(directory);

        CertificateAuthority loaded = load();

        assertThat(loaded.crls()).hasSize(2).contains(ofRoot);
        assertThat(ofIssuer(loaded.crls(), intermediate).getRevokedCertificate(BigInteger.TEN))
                .isNotNull();
    }

    @Test
    void save_nothingRevoked_olderCrlRemoved() throws Exception {
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("ca-crl.pem"), "of another authority");

        root.save(directory);

        assertThat(directory.resolve("ca-crl.pem")).doesNotExist();
    }

    @Test
    void load_crlGarbled_rejected() throws Exception {
        root.save(directory);
        write("ca-crl.pem", "X509 CRL", new byte[] {1, 2, 3});

        assertRejected(FailureReason.MALFORMED_CRL, "ca-crl.pem");
    }

    @Test
    void revoke_signingCertificateMayNotSignCrls_refused() throws Exception {
        CertificateAuthority istio = loadWithoutCrlSign();

        assertThatIllegalStateException()
                .isThrownBy(() -> istio.revoke(BigInteger.TEN))
                .withMessageContaining("cRLSign");
        assertThatIllegalStateException().isThrownBy(() -> istio.revoke(istio.issue(ID)));
        assertThat(istio.crls()).isEmpty();
    }

    /** Istio's own Makefile makes intermediates with keyCertSign and without cRLSign, and names istiod in them. */
    private CertificateAuthority loadWithoutCrlSign() throws Exception {
        GeneralName istiod = new GeneralName(GeneralName.dNSName, "istiod.istio-system.svc");
        Signer handMade = handMade(
                root,
                builder -> builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(istiod)));
        CacertsWriter.save(directory, handMade, List.of(root.certificate()), List.of());
        return load();
    }

    private interface Extend {
        void extend(JcaX509v3CertificateBuilder builder) throws Exception;
    }

    private static Signer handMade(CertificateAuthority issuer, Extend more) throws Exception {
        KeyPair keys = KeyType.EC_P256.generate();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                issuer.certificate().getSubjectX500Principal(),
                BigInteger.TEN,
                Date.from(START),
                Date.from(START.plusSeconds(3600)),
                new X500Principal("O=Istio,CN=Intermediate CA"),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(1));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));
        more.extend(builder);
        byte[] der = builder.build(signer(issuer).contentSigner()).getEncoded();
        X509Certificate certificate = (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        return Signer.of(List.of(certificate, issuer.certificate()), keys.getPrivate());
    }

    @Test
    void crls_signingCertificateMayNotSignThem_onlyThoseOfIntermediatesBelow() throws Exception {
        CertificateAuthority istio = loadWithoutCrlSign();
        CertificateAuthority below = istio.intermediate(IntermediateOptions.named("below"));

        below.revoke(BigInteger.TEN);

        assertThat(istio.crls()).containsExactly(ofIssuer(istio.crls(), below));
    }

    @Test
    void load_asIstiosMakefileMakesThem_issues() throws Exception {
        Paths.validate(loadWithoutCrlSign().issue(ID), root.bundle(), START.plusSeconds(1));
    }

    @Test
    void toString_anyStage_nothingOfTheKey() throws Exception {
        root.save(directory);
        String key = Base64.getEncoder()
                .encodeToString(signer(root).key().getEncoded())
                .substring(40, 60);

        assertThat(root + " " + signer(root) + " " + root.hierarchy().state() + " "
                        + Cacerts.load(directory, TRUST_DOMAIN, START))
                .doesNotContain(key)
                .doesNotContainIgnoringCase("PrivateKey");
    }
}
