package dev.mtls.it.resumption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.identity.Role;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.TlsProvider;
import dev.mtls.verify.X509SvidVerifier;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;

/**
 * A side as it is usually built: one plain {@code SSLContext} for as long as the program runs, with a key manager and a trust manager
 * that always have the newest identity, trust and policy, and a TLS stack that resumes sessions as it pleases.
 */
final class PlainSide extends Side {
    private final X509SvidVerifier verifier = X509SvidVerifier.create(clock);
    private final AtomicInteger judged = new AtomicInteger();
    private final List<FailureReason> refused = new CopyOnWriteArrayList<>();
    private final SwappedTrust trust = new SwappedTrust(this::judge);
    private final PlainContext context;
    private volatile PeerPolicy policy;

    private static Provider implementation(TlsProvider provider) {
        return provider == TlsProvider.CONSCRYPT
                ? Conscrypt.newProviderBuilder().provideTrustManager(false).build()
                : Security.getProvider("SunJSSE");
    }

    PlainSide(Settings settings) {
        super(settings);
        policy = settings.policy();
        try {
            SSLContext plain = SSLContext.getInstance("TLS", implementation(provider));
            plain.init(new KeyManager[] {new SwappedKeys(this::credential)}, new TrustManager[] {trust}, null);
            context = new PlainContext(plain, protocol, role == Role.SERVER);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no plain SSLContext of " + provider, e);
        }
    }

    private void judge(List<X509Certificate> chain) throws PeerVerificationException {
        judged.incrementAndGet();
        try {
            verifier.verify(chain, snapshot(), policy, role == Role.CLIENT ? Role.SERVER : Role.CLIENT);
        } catch (PeerVerificationException e) {
            refused.add(e.reason());
            throw e;
        }
    }

    SwappedTrust trust() {
        return trust;
    }

    @Override
    void replacePolicy(PeerPolicy replacement) {
        policy = replacement;
    }

    @Override
    SSLContext context() {
        return context;
    }

    @Override
    void prepare(SSLSocket accepted) {
        context.prepare(accepted);
    }

    @Override
    int judged() {
        return judged.get();
    }

    @Override
    void awaitRefusal(FailureReason reason) {
        assertThat(refused).contains(reason);
    }

    @Override
    public void close() {
        source.close();
    }
}
