package dev.mtls.it.resumption;

/** A server of the side it was made for. It lives through all changes. */
interface Serving extends AutoCloseable {
    int port();

    @Override
    void close() throws Exception;
}
