package dev.mtls.internal.tls;

import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** Makes the engines of one binding, of one provider, none of which resumes a session of another. */
interface EngineFactory {
    /** An engine for one connection. */
    SSLEngine create(@Nullable String host, int port);

    /** The key exchange group of a finished handshake, where the provider tells. */
    Optional<String> keyExchangeGroup(SSLEngine engine);
}
