package dev.mtls.examples.adapters;

import dev.mtls.Mtls;
import dev.mtls.ca.CaSource;
import dev.mtls.ca.CertificateAuthority;
import dev.mtls.grpc.MtlsGrpc;
import dev.mtls.identity.SpiffeId;
import dev.mtls.identity.TrustDomain;
import dev.mtls.policy.PeerPolicy;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A gRPC server and channel. */
public final class GrpcExample {
    private static final MethodDescriptor<String, String> HELLO = MethodDescriptor.newBuilder(new Text(), new Text())
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("example.Orders/Hello")
            .build();

    private GrpcExample() {}

    /** Runs the example. */
    public static void main(String[] args) throws Exception {
        CertificateAuthority shop = CertificateAuthority.create(TrustDomain.parse("shop.example"));
        SpiffeId web = SpiffeId.parse("spiffe://shop.example/web");
        SpiffeId orders = SpiffeId.parse("spiffe://shop.example/orders");

        try (Mtls serving = Mtls.create(CaSource.of(shop, orders));
                Mtls calling = Mtls.create(CaSource.of(shop, web))) {
            Server server = MtlsGrpc.server(new InetSocketAddress("127.0.0.1", 0), serving.server(PeerPolicy.id(web)))
                    .addService(ServerServiceDefinition.builder("example.Orders")
                            .addMethod(HELLO, ServerCalls.asyncUnaryCall((text, answer) -> {
                                answer.onNext(text + " " + MtlsGrpc.PEER.get().id());
                                answer.onCompleted();
                            }))
                            .build())
                    .build()
                    .start();
            ManagedChannel channel = MtlsGrpc.channel(
                            "127.0.0.1:" + server.getPort(), calling.client(PeerPolicy.id(orders)))
                    .build();

            System.out.println(ClientCalls.blockingUnaryCall(channel, HELLO, CallOptions.DEFAULT, "hello"));

            channel.shutdownNow();
            server.shutdownNow();
        }
    }

    /** Text as it is, so that no code is generated. */
    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
