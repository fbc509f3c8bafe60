package dev.mtls.testing.contract;

/** The bare {@code SSLContext}, on plain sockets at both ends. */
class PlainSocketContractTest extends AdapterContract {}
