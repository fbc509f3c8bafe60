package dev.mtls.testing;

import dev.mtls.testing.contract.AdapterContract;

/** The bare {@code SSLContext}, on plain sockets at both ends. In another package than the contract, as every adapter's test is. */
class PlainSocketContractTest extends AdapterContract {}
