package dev.mtls.jetty;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.ContractServer;
import org.eclipse.jetty.http.HttpVersion;

/** Server and client over HTTP/2. */
class Http2ContractTest extends AdapterContract {
    @Override
    protected ContractServer startServer(MtlsServer server) throws Exception {
        return new JettyContractServer(server);
    }

    @Override
    protected ContractClient startClient(MtlsClient client, int port) throws Exception {
        return new JettyContractClient(client, port, HttpVersion.HTTP_2);
    }
}
