package dev.mtls.examples.quickstart;

import dev.mtls.tls.PeerIdentity;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The way from one service to another. */
interface Link extends AutoCloseable {
    /**
     * Calls once, without retries.
     *
     * @param newConnection whether to open a connection for this call alone
     * @param body what to send, or null for none
     * @return who answered
     */
    PeerIdentity call(boolean newConnection, @Nullable String body) throws IOException;

    @Override
    void close();
}
