package dev.mtls.testing;

import dev.mtls.failure.FailureReason;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A certificate chain that breaks one rule, made by {@link MalformedChains}.
 *
 * <pre>{@code
 * SSLContext attacker = chain.insecureSslContext();
 * assertThrows(SSLException.class, () -> call(attacker, port));
 * events.await(MtlsEvent.HandshakeRejected.class, event -> event.reason() == chain.expected());
 * }</pre>
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class MalformedChain {
    private final String name;
    private final FailureReason expected;
    private final List<X509Certificate> chain;
    private final PrivateKey key;

    MalformedChain(String name, FailureReason expected, List<X509Certificate> chain, PrivateKey key) {
        this.name = name;
        this.expected = expected;
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /** What is wrong with it, in words: unique among all of them. */
    public String name() {
        return name;
    }

    /** Why a verifier refuses it. */
    public FailureReason expected() {
        return expected;
    }

    /** The certificates, leaf first. */
    public List<X509Certificate> chain() {
        return chain;
    }

    /**
     * A context of the JDK's that presents the chain and takes any peer, as client and as server: the attacker's side of a test.
     *
     * <p>A server of it must ask for the client's certificate, if it is to be sent one.
     */
    public SSLContext insecureSslContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new GivenChain(chain, key)}, new TrustManager[] {new AnyPeer()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java run time has no TLS", e);
        }
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
