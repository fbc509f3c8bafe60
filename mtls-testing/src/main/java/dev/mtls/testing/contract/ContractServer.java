package dev.mtls.testing.contract;

import dev.mtls.identity.SpiffeId;

/**
 * A running server of the adapter under test, as {@link AdapterContract} sees it.
 *
 * <pre>{@code
 * record JettyContractServer(Server jetty, ServerConnector connector, Uploads uploads) implements ContractServer {
 *     public int port() {
 *         return connector.getLocalPort();
 *     }
 *     public long uploaded(SpiffeId client) {
 *         return uploads.bytesOf(client);
 *     }
 *     public void close() {
 *         LifeCycle.stop(jetty);
 *     }
 * }
 * }</pre>
 *
 * <p>Implementations are safe for use by several threads.
 */
public interface ContractServer extends AutoCloseable {
    /** The port on {@code localhost} that it listens on. */
    int port();

    /** How much of {@linkplain ContractClient#upload() uploads} of this client has arrived so far, in bytes or messages. */
    long uploaded(SpiffeId client);

    /** Closes all connections at once and ends the threads of the framework. */
    @Override
    void close();
}
