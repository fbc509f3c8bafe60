package dev.mtls.grpc;

class NettyContractTest extends GrpcContract {
    NettyContractTest() {
        super(Builders.NETTY, Builders.NETTY);
    }
}
