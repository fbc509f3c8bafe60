package dev.mtls.grpc;

class ShadedContractTest extends GrpcContract {
    ShadedContractTest() {
        super(Builders.SHADED, Builders.SHADED);
    }
}
