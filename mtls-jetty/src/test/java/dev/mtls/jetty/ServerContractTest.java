package dev.mtls.jetty;

import dev.mtls.MtlsServer;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractServer;

/** The connector, called over plain sockets. */
class ServerContractTest extends AdapterContract {
    @Override
    protected ContractServer startServer(MtlsServer server) throws Exception {
        return new JettyContractServer(server);
    }
}
