package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.ContractServer;
import okhttp3.Protocol;

class Http2ContractTest extends AdapterContract {
    @Override
    protected ContractServer startServer(MtlsServer server) throws Exception {
        return new JettyServer(server);
    }

    @Override
    protected ContractClient startClient(MtlsClient client, int port) {
        return new OkHttpContractClient(client, port, Protocol.HTTP_2);
    }
}
