package dev.mtls.okhttp;

import dev.mtls.MtlsClient;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import okhttp3.Protocol;

class Http1ContractTest extends AdapterContract {
    @Override
    protected ContractClient startClient(MtlsClient client, int port) {
        return new OkHttpContractClient(client, port, Protocol.HTTP_1_1);
    }
}
