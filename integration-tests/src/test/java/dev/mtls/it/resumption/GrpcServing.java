package dev.mtls.it.resumption;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A gRPC server. */
final class GrpcServing implements Serving {
    private final Server server;

    GrpcServing(GrpcTransport transport, Side side, Sightings seen) throws IOException {
        ServerServiceDefinition service = ServerServiceDefinition.builder(GrpcCall.SERVICE)
                .addMethod(GrpcCall.METHOD, ServerCalls.asyncUnaryCall((request, answer) -> {
                    answer.onNext(new GrpcCall.Nothing());
                    answer.onCompleted();
                }))
                .build();
        server = transport
                .server(side)
                .addService(service)
                .intercept(new Recorder(seen))
                .build()
                .start();
    }

    private record Recorder(Sightings seen) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            InetSocketAddress remote = (InetSocketAddress) call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
            seen.add(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION), remote.getPort());
            return next.startCall(call, headers);
        }
    }

    @Override
    public int port() {
        return server.getPort();
    }

    @Override
    public void close() throws InterruptedException {
        server.shutdownNow();
        server.awaitTermination(10, TimeUnit.SECONDS);
    }
}
