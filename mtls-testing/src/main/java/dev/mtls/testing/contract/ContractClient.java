package dev.mtls.testing.contract;

/**
 * A client of the adapter under test that calls one server, as {@link AdapterContract} sees it. All retries of the framework are off:
 * each failure must show.
 *
 * <pre>{@code
 * public Reply call() throws IOException {
 *     try (Response response = http.newCall(post("/call", "ping")).execute()) {
 *         PeerIdentity server = MtlsOkHttp.peer(response);
 *         return new Reply(SeenPeer.of(server), SeenPeer.parse(response.body().string()));
 *     }
 * }
 * }</pre>
 *
 * <p>Implementations are safe for use by several threads.
 */
public interface ContractClient extends AutoCloseable {
    /**
     * Performs one call, with a small body (over HTTP: {@code POST /call}), on a connection of an earlier call where the framework holds
     * one that takes requests.
     *
     * @return who saw whom; the server's part is what the server answered
     * @throws Exception if the call failed in whatever way
     */
    Reply call() throws Exception;

    /** Like {@link #call()}, on a new connection; connections that live stay as they are, if the framework lets them. */
    Reply callOnNewConnection() throws Exception;

    /**
     * Starts an exchange in which the server sends something small (a message, an event, a chunk) about every 10 milliseconds until it
     * is closed; over HTTP: {@code GET /download}.
     *
     * @return the exchange, when the first piece has arrived
     */
    Exchange download() throws Exception;

    /**
     * Starts an exchange in which the client sends something small about every 10 milliseconds until it is closed; over HTTP: {@code
     * POST /upload}. What arrives shows in {@link ContractServer#uploaded}.
     */
    Exchange upload() throws Exception;

    /** Closes all connections at once, ends the exchanges that run, and the threads of the framework. */
    @Override
    void close();

    /** A long exchange. */
    interface Exchange extends AutoCloseable {
        /** How much has arrived at the client so far, in bytes or messages; 0 for an upload. */
        long downloaded();

        /** Whether the client knows that it has ended, in whatever way. */
        boolean ended();

        @Override
        void close();
    }
}
