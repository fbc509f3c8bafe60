package dev.mtls.internal.tls;

import dev.mtls.internal.svid.SvidKeys;
import dev.mtls.svid.X509Svid;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Presents one SVID. The peer's list of acceptable issuers is ignored: across a federation it need not name ours, and it is the peer's
 * verification that decides.
 */
final class SnapshotKeyManager extends X509ExtendedKeyManager {
    private static final String ALIAS = "svid";

    private final X509Svid svid;
    private final String family;

    SnapshotKeyManager(X509Svid svid) {
        this.svid = svid;
        this.family = family(svid.leaf().getPublicKey().getAlgorithm());
    }

    /** Providers name key types in their own ways: {@code EC}, {@code EC/secp256r1}, {@code EdDSA}, {@code RSASSA-PSS}. */
    private static String family(String keyType) {
        String name = keyType.split("[/_]", 2)[0].toUpperCase(Locale.ROOT);
        return switch (name) {
            case "ED25519", "ED448" -> "EDDSA";
            case "RSASSA-PSS" -> "RSA";
            default -> name;
        };
    }

    private @Nullable String choose(@Nullable String @Nullable ... keyTypes) {
        if (keyTypes != null) {
            for (String keyType : keyTypes) {
                if (keyType != null && family(keyType).equals(family)) {
                    return ALIAS;
                }
            }
        }
        return null;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            @Nullable String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyType);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String @Nullable [] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyTypes);
    }

    @Override
    public @Nullable String chooseServerAlias(
            @Nullable String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyType);
    }

    @Override
    public String @Nullable [] getClientAliases(@Nullable String keyType, Principal @Nullable [] issuers) {
        return choose(keyType) == null ? null : new String[] {ALIAS};
    }

    @Override
    public String @Nullable [] getServerAliases(@Nullable String keyType, Principal @Nullable [] issuers) {
        return getClientAliases(keyType, issuers);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
        return ALIAS.equals(alias) ? svid.chain().toArray(X509Certificate[]::new) : null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
        return ALIAS.equals(alias) ? SvidKeys.of(svid) : null;
    }
}
