package dev.mtls.grpc;

import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.identity.SpiffeId;
import dev.mtls.testing.contract.AdapterContract;
import dev.mtls.testing.contract.ContractClient;
import dev.mtls.testing.contract.ContractServer;
import dev.mtls.testing.contract.Reply;
import dev.mtls.testing.contract.SeenPeer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The contract, with gRPC on both sides. */
abstract class GrpcContract extends AdapterContract {
    private final Builders client;
    private final Builders server;

    GrpcContract(Builders client, Builders server) {
        this.client = client;
        this.server = server;
    }

    @Override
    protected ContractServer startServer(MtlsServer mtls) throws Exception {
        TestService service = new TestService();
        Server running =
                server.server(mtls).addService(service.definition()).build().start();
        return new ContractServer() {
            @Override
            public int port() {
                return running.getPort();
            }

            @Override
            public long uploaded(SpiffeId peer) {
                return service.uploaded(peer);
            }

            @Override
            public void close() {
                running.shutdownNow();
                service.close();
            }
        };
    }

    @Override
    protected ContractClient startClient(MtlsClient mtls, int port) {
        return new Caller(mtls, port);
    }

    private final class Caller implements ContractClient {
        private final MtlsClient mtls;
        private final int port;
        private final ManagedChannel channel;
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

        Caller(MtlsClient mtls, int port) {
            this.mtls = mtls;
            this.port = port;
            this.channel = newChannel();
        }

        private ManagedChannel newChannel() {
            return client.channel(mtls, port).build();
        }

        @Override
        public Reply call() throws Exception {
            return call(channel);
        }

        private static Reply call(ManagedChannel channel) throws Exception {
            ClientCall<byte[], byte[]> call = channel.newCall(TestService.WHO, CallOptions.DEFAULT);
            byte[] answer = ClientCalls.futureUnaryCall(call, Bytes.of("who?")).get(10, TimeUnit.SECONDS);
            return new Reply(
                    SeenPeer.of(MtlsGrpc.peer(call.getAttributes()).orElseThrow()), SeenPeer.parse(Bytes.text(answer)));
        }

        @Override
        public Reply callOnNewConnection() throws Exception {
            ManagedChannel another = newChannel();
            try {
                return call(another);
            } finally {
                another.shutdownNow();
            }
        }

        @Override
        public Exchange download() throws Exception {
            TestStream stream = TestStream.start(channel, TestService.DOWNLOAD);
            stream.send().halfClose().awaitFirst();
            return exchange(stream);
        }

        @Override
        public Exchange upload() {
            TestStream stream = TestStream.start(channel, TestService.UPLOAD);
            timer.scheduleAtFixedRate(
                    () -> {
                        if (stream.isReady()) {
                            stream.send();
                        }
                    },
                    0,
                    10,
                    TimeUnit.MILLISECONDS);
            return exchange(stream);
        }

        private static Exchange exchange(TestStream stream) {
            return new Exchange() {
                @Override
                public long downloaded() {
                    return stream.received();
                }

                @Override
                public boolean ended() {
                    return stream.end().isDone();
                }

                @Override
                public void close() {
                    stream.cancel();
                }
            };
        }

        @Override
        public void close() {
            timer.shutdownNow();
            channel.shutdownNow();
        }
    }
}
