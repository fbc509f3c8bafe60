package dev.mtls.jetty;

import dev.mtls.MtlsClient;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import org.eclipse.jetty.http.HttpVersion;

/** The client over HTTP/1.1, calling a server on plain sockets. */
class ClientContractTest extends AdapterContract {
    @Override
    protected ContractClient startClient(MtlsClient client, int port) throws Exception {
        return new JettyContractClient(client, port, HttpVersion.HTTP_1_1);
    }
}
