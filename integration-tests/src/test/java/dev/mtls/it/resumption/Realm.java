package dev.mtls.it.resumption;

import dev.mtls.ca.CertificateAuthority;
import dev.mtls.ca.SvidRequest;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.trust.X509BundleSet;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Two trust domains: {@code ours}, of the side under test, and {@code theirs}, of its counterpart. */
final class Realm {
    static final SpiffeId OURS = SpiffeId.parse("spiffe://ours/service");
    static final SpiffeId THEIRS = SpiffeId.parse("spiffe://theirs/counterpart");
    static final SpiffeId SOMEBODY_ELSE = SpiffeId.parse("spiffe://theirs/somebody-else");

    private final CertificateAuthority ours = CertificateAuthority.create(TrustDomain.parse("ours"));
    private final CertificateAuthority theirs = CertificateAuthority.create(TrustDomain.parse("theirs"));

    X509BundleSet bundles() {
        return X509BundleSet.of(ours.bundle(), theirs.bundle());
    }

    Credential issue(SpiffeId id, Duration ttl) {
        CertificateAuthority authority = ours.trustDomain().contains(id) ? ours : theirs;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            byte[] csr = new JcaPKCS10CertificationRequestBuilder(new X500Principal("CN=test"), keys.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                    .getEncoded();
            return new Credential(authority.sign(csr, SvidRequest.of(id).withTtl(ttl)), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("could not issue an SVID of " + id, e);
        }
    }
}
