package dev.mtls.examples.quickstart;

import dev.mtls.grpc.MtlsGrpc;
import dev.mtls.policy.PeerPolicy;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A gRPC server that answers with what it was sent, and with the name of who sent it. */
final class GrpcServer implements AutoCloseable {
    private final Server server;

    GrpcServer(Workload workload, PeerPolicy clients, Ledger ledger) throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder(Echo.SERVICE)
                .addMethod(Echo.METHOD, ServerCalls.asyncUnaryCall((body, answer) -> {
                    ledger.saw(MtlsGrpc.PEER.get());
                    answer.onNext("hello " + MtlsGrpc.PEER.get().id() + " " + body);
                    answer.onCompleted();
                }))
                .build();
        server = MtlsGrpc.server(
                        new InetSocketAddress("127.0.0.1", 0), workload.mtls().server(clients))
                .addService(service)
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
