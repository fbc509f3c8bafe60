package dev.mtls.testing.contract;

import dev.mtls.identity.SpiffeId;

/** A running server of the adapter under test, as {@link AdapterContract} sees it. Safe for use by several threads. */
public interface ContractServer extends AutoCloseable {
    /** The port on {@code localhost} that it listens on. */
    int port();

    /** How much of {@linkplain ContractClient#upload() uploads} of this client has arrived so far, in bytes or messages. */
    long uploaded(SpiffeId client);

    @Override
    void close();
}
