package dev.mtls.testing;

import static dev.mtls.failure.FailureReason.CHAIN_TOO_LARGE;
import static dev.mtls.failure.FailureReason.EXPIRED;
import static dev.mtls.failure.FailureReason.ID_WITHOUT_PATH;
import static dev.mtls.failure.FailureReason.INTERMEDIATE_NOT_CA;
import static dev.mtls.failure.FailureReason.INTERMEDIATE_SPIFFE_ID;
import static dev.mtls.failure.FailureReason.INVALID_PATH;
import static dev.mtls.failure.FailureReason.LEAF_EXTENDED_KEY_USAGE;
import static dev.mtls.failure.FailureReason.LEAF_IS_CA;
import static dev.mtls.failure.FailureReason.LEAF_MAY_SIGN_CERTIFICATES;
import static dev.mtls.failure.FailureReason.LEAF_WITHOUT_DIGITAL_SIGNATURE;
import static dev.mtls.failure.FailureReason.LEAF_WITHOUT_KEY_USAGE;
import static dev.mtls.failure.FailureReason.MALFORMED_SPIFFE_ID;
import static dev.mtls.failure.FailureReason.MULTIPLE_URI_SANS;
import static dev.mtls.failure.FailureReason.NAME_CONSTRAINTS;
import static dev.mtls.failure.FailureReason.NOT_YET_VALID;
import static dev.mtls.failure.FailureReason.NO_BUNDLE;
import static dev.mtls.failure.FailureReason.NO_URI_SAN;
import static dev.mtls.failure.FailureReason.UNKNOWN_AUTHORITY;
import static dev.mtls.failure.FailureReason.UNSUPPORTED_ALGORITHM;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import dev.mtls.identity.TrustDomain;
import dev.mtls.svid.X509Svid;
import dev.mtls.testing.CertificateDraft.Minted;
import dev.mtls.trust.X509Bundle;
import dev.mtls.trust.X509BundleSet;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * Certificate chains that a verifier of SPIFFE IDs must refuse, each for one reason, minted on the spot.
 *
 * <pre>{@code
 * MalformedChains malformed = MalformedChains.mint(clock);
 * malformed.bundles().bundles().forEach(mesh::trust);
 * for (MalformedChain chain : malformed.all()) {
 *     assertThrows(SSLException.class, () -> call(chain.insecureSslContext(), port), chain.name());
 * }
 * }</pre>
 *
 * <p>They are of trust domains of their own, below {@code malformed.test}, whose {@linkplain #bundles() bundles} whoever judges them
 * must hold; else all of them are refused for want of a bundle.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class MalformedChains {
    private static final String TD = "malformed.test";
    private static final String OTHER_TD = "other.malformed.test";
    private static final String CONSTRAINED_TD = "constrained.malformed.test";
    private static final String ID = "spiffe://" + TD + "/workload";
    private static final Duration YEAR = Duration.ofDays(365);

    private final Instant now;
    private final KeyPair keys = CertificateDraft.ecKeys();
    private final Minted root;
    private final Minted otherRoot;
    private final Minted constrainedRoot;
    private final List<MalformedChain> all = new ArrayList<>();

    private MalformedChains(Instant now) {
        this.now = now;
        root = CertificateDraft.authority("root", now).selfSigned();
        otherRoot = CertificateDraft.authority("other root", now).selfSigned();
        constrainedRoot = CertificateDraft.authority("constrained root", now)
                .permittedUris("elsewhere.test")
                .selfSigned();
        addNames();
        addLeafRules();
        addAlgorithms();
        addAuthorities();
        addIntermediates();
        addSizes();
    }

    /** Mints all of them. */
    public static MalformedChains mint(Clock clock) {
        return new MalformedChains(clock.instant());
    }

    /** All of them. */
    public List<MalformedChain> all() {
        return List.copyOf(all);
    }

    /** The bundles of their trust domains; one of the trust domains has none. */
    public X509BundleSet bundles() {
        return X509BundleSet.of(bundle(TD, root), bundle(OTHER_TD, otherRoot), bundle(CONSTRAINED_TD, constrainedRoot));
    }

    private static X509Bundle bundle(String trustDomain, Minted root) {
        try {
            return X509Bundle.of(TrustDomain.parse(trustDomain), List.of(root.certificate()));
        } catch (SvidRejectedException e) {
            throw new IllegalStateException("a root just made was refused", e);
        }
    }

    /** What all of them would be if nothing were wrong. */
    Minted wellFormed() {
        return leaf().signedBy(root);
    }

    private CertificateDraft leaf() {
        return CertificateDraft.leaf(keys, ID, now);
    }

    private CertificateDraft intermediate() {
        return CertificateDraft.authority("intermediate", now);
    }

    private void add(String name, FailureReason expected, Minted leaf, Minted... above) {
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(leaf.certificate());
        for (Minted minted : above) {
            chain.add(minted.certificate());
        }
        all.add(new MalformedChain(name, expected, chain, leaf.key()));
    }

    private void addLeaf(String name, FailureReason expected, CertificateDraft leaf) {
        add(name, expected, leaf.signedBy(root));
    }

    private void addBelow(String name, FailureReason expected, CertificateDraft intermediate) {
        Minted minted = intermediate.signedBy(root);
        add(name, expected, leaf().signedBy(minted), minted);
    }

    /** X509-SVID §2, §5.2; SPIFFE-ID §2. */
    private void addNames() {
        addLeaf("two SPIFFE IDs", MULTIPLE_URI_SANS, leaf().uris(ID, ID + "2"));
        addLeaf("the same SPIFFE ID twice", MULTIPLE_URI_SANS, leaf().uris(ID, ID));
        addLeaf("a SPIFFE ID and another URI", MULTIPLE_URI_SANS, leaf().uris(ID, "https://" + TD + "/"));
        addLeaf("no SAN", NO_URI_SAN, leaf().uris());
        addLeaf("a DNS SAN alone", NO_URI_SAN, leaf().dnsName(TD));
        addLeaf("a URI of another scheme", MALFORMED_SPIFFE_ID, leaf().uris("https://" + TD + "/workload"));
        addLeaf("a trust domain in upper case", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://MALFORMED.test/workload"));
        addLeaf("an ID with a port", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://" + TD + ":443/workload"));
        addLeaf("an ID with a user", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://user@" + TD + "/workload"));
        addLeaf("an ID with a query", MALFORMED_SPIFFE_ID, leaf().uris(ID + "?admin"));
        addLeaf("an ID with a dot segment", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://" + TD + "/a/../workload"));
        addLeaf("an ID with an empty segment", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://" + TD + "//workload"));
        addLeaf("an ID with a trailing slash", MALFORMED_SPIFFE_ID, leaf().uris(ID + "/"));
        addLeaf("an ID with an escape", MALFORMED_SPIFFE_ID, leaf().uris("spiffe://" + TD + "/%77orkload"));
        addLeaf("an ID without a trust domain", MALFORMED_SPIFFE_ID, leaf().uris("spiffe:///workload"));
        addLeaf("an ID without a path", ID_WITHOUT_PATH, leaf().uris("spiffe://" + TD));
    }

    /** X509-SVID §4; RFC 5280 §4.2. */
    private void addLeafRules() {
        addLeaf("a leaf that is a CA", LEAF_IS_CA, leaf().ca(true));
        addLeaf(
                "a leaf with keyCertSign",
                LEAF_MAY_SIGN_CERTIFICATES,
                leaf().keyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));
        addLeaf(
                "a leaf with cRLSign",
                LEAF_MAY_SIGN_CERTIFICATES,
                leaf().keyUsage(KeyUsage.digitalSignature | KeyUsage.cRLSign));
        addLeaf("a leaf without key usage", LEAF_WITHOUT_KEY_USAGE, leaf().noKeyUsage());
        addLeaf(
                "a leaf without digitalSignature",
                LEAF_WITHOUT_DIGITAL_SIGNATURE,
                leaf().keyUsage(KeyUsage.keyAgreement));
        addLeaf(
                "a leaf for servers alone",
                LEAF_EXTENDED_KEY_USAGE,
                leaf().extendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        addLeaf(
                "a leaf for clients alone",
                LEAF_EXTENDED_KEY_USAGE,
                leaf().extendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
        addLeaf("a leaf that has expired", EXPIRED, leaf().validity(now.minus(YEAR), now.minusSeconds(2)));
        addLeaf(
                "a leaf that is not valid yet",
                NOT_YET_VALID,
                leaf().validity(now.plus(YEAR), now.plus(YEAR.multipliedBy(2))));
        addLeaf("a leaf with an unknown critical extension", INVALID_PATH, leaf().unknownCriticalExtension());
    }

    private void addAlgorithms() {
        addLeaf(
                "a leaf with an RSA key of 1024 bits",
                UNSUPPORTED_ALGORITHM,
                CertificateDraft.leaf(CertificateDraft.rsaKeys(1024), ID, now));
        addLeaf("a leaf signed with SHA-1", UNSUPPORTED_ALGORITHM, leaf().signatureAlgorithm("SHA1withECDSA"));
        Minted intermediate = intermediate().signatureAlgorithm("SHA1withECDSA").signedBy(root);
        add("an intermediate signed with SHA-1", UNSUPPORTED_ALGORITHM, leaf().signedBy(intermediate), intermediate);
    }

    /** Trust Domain and Bundle §4; Workload API §4.6. */
    private void addAuthorities() {
        addLeaf("a signature that is wrong", UNKNOWN_AUTHORITY, leaf().brokenSignature());
        add("a leaf that signs itself", UNKNOWN_AUTHORITY, leaf().selfSigned());
        Minted impostor = CertificateDraft.authority("root", now).selfSigned();
        add("an authority of the right name with another key", UNKNOWN_AUTHORITY, leaf().signedBy(impostor));
        add(
                "an authority of the right name with another key, presented",
                UNKNOWN_AUTHORITY,
                leaf().signedBy(impostor),
                impostor);
        add("an authority of another trust domain", UNKNOWN_AUTHORITY, leaf().signedBy(otherRoot));
        addLeaf("a trust domain without a bundle", NO_BUNDLE, leaf().uris("spiffe://unknown.malformed.test/workload"));
        add(
                "an authority constrained to another trust domain",
                NAME_CONSTRAINTS,
                CertificateDraft.leaf(keys, "spiffe://" + CONSTRAINED_TD + "/workload", now)
                        .signedBy(constrainedRoot));
    }

    /** X509-SVID §3.2, §4.1 to §4.3; RFC 5280 §6. */
    private void addIntermediates() {
        add(
                "an intermediate that is missing",
                UNKNOWN_AUTHORITY,
                leaf().signedBy(intermediate().signedBy(root)));
        Minted workload = CertificateDraft.leaf("signer", CertificateDraft.ecKeys(), ID, now)
                .signedBy(root);
        add("a workload that signs", INTERMEDIATE_NOT_CA, leaf().signedBy(workload), workload);
        addBelow(
                "an intermediate that is no CA",
                INTERMEDIATE_NOT_CA,
                intermediate().ca(false));
        addBelow(
                "an intermediate without keyCertSign",
                INTERMEDIATE_NOT_CA,
                intermediate().keyUsage(KeyUsage.cRLSign));
        addBelow(
                "an intermediate that has expired",
                EXPIRED,
                intermediate().validity(now.minus(YEAR), now.minusSeconds(2)));
        addBelow(
                "an intermediate that is not valid yet",
                NOT_YET_VALID,
                intermediate().validity(now.plus(YEAR), now.plus(YEAR.multipliedBy(2))));
        addBelow(
                "an intermediate with a workload's ID",
                INTERMEDIATE_SPIFFE_ID,
                intermediate().uris(ID));
        addBelow(
                "an intermediate of another trust domain",
                INTERMEDIATE_SPIFFE_ID,
                intermediate().uris("spiffe://" + OTHER_TD));
        addBelow(
                "an intermediate constrained to another trust domain",
                NAME_CONSTRAINTS,
                intermediate().permittedUris("elsewhere.test"));
        addBelow(
                "an intermediate that excludes this trust domain",
                NAME_CONSTRAINTS,
                intermediate().excludedUris(TD));
        Minted last = intermediate().pathLength(0).signedBy(root);
        Minted below = CertificateDraft.authority("below", now).signedBy(last);
        add("an intermediate too many", INVALID_PATH, leaf().signedBy(below), below, last);
    }

    private void addSizes() {
        List<Minted> above = new ArrayList<>();
        Minted last = root;
        for (int i = 0; i < X509Svid.MAX_CHAIN_LENGTH; i++) {
            last = CertificateDraft.authority("intermediate " + i, now).signedBy(last);
            above.add(0, last);
        }
        add("a chain that is too long", CHAIN_TOO_LARGE, leaf().signedBy(last), above.toArray(Minted[]::new));
    }
}
