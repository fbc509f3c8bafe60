package dev.mtls.it.resumption;

/** A client of the side it was made for. It lives through all changes. */
interface Calling extends AutoCloseable {
    /** One call, on a new connection. Fails if the connection is refused by either side; retries nothing. */
    void call() throws Exception;

    @Override
    void close() throws Exception;
}
