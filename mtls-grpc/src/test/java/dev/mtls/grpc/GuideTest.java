package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.tls.PeerIdentity;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code of docs/grpc.md is here too, and compiles. */
class GuideTest {
    private static final Path GUIDE = Path.of("..", "docs", "grpc.md");
    private static final Path SOURCE = Path.of("src", "test", "java", "dev", "mtls", "grpc", "GuideTest.java");
    private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void code_ofTheGuide_isCompiledHere() throws Exception {
        String here = withoutSpace(Files.readString(SOURCE));
        List<String> code = CODE.matcher(Files.readString(GUIDE))
                .results()
                .map(MatchResult::group)
                .toList();

        assertThat(code)
                .hasSizeGreaterThan(5)
                .allSatisfy(block -> assertThat(here)
                        .contains(withoutSpace(block.substring("```java".length(), block.length() - "```".length()))));
    }

    /** The formatter breaks lines where it likes. */
    private static String withoutSpace(String text) {
        return text.replaceAll("\\s+", "");
    }

    private interface Stub {
        void pay(byte[] request);
    }

    /** Compiled, never run. */
    @SuppressWarnings("unused")
    private static final class Snippets {
        private static final Logger log = LoggerFactory.getLogger(Snippets.class);

        static void start(Mtls mtls, ServerServiceDefinition service) throws Exception {
            ManagedChannel channel = MtlsGrpc.channel(
                            "dns:///pay:8443", mtls.client(PeerPolicy.id("spiffe://prod/ns/pay/sa/api")))
                    .build();
            Server server = MtlsGrpc.server(8443, mtls.server(PeerPolicy.trustDomain("prod")))
                    .addService(service)
                    .build()
                    .start();
        }

        static void configure(Mtls mtls, PeerPolicy policy, ServerServiceDefinition service) {
            NettyServerBuilder builder = NettyServerBuilder.forPort(8443).maxConcurrentCallsPerConnection(100);
            Server server = MtlsGrpc.configure(builder, mtls.server(policy))
                    .addService(service)
                    .build();
        }

        static void peer() {
            PeerIdentity caller = MtlsGrpc.PEER.get();
        }

        static void expect(Mtls mtls) {
            MtlsClient client = mtls.client(PeerPolicy.trustDomain("prod"));
            ManagedChannel pay = MtlsGrpc.channel(
                            "dns:///pay:8443", client.expecting(SpiffeId.parse("spiffe://prod/ns/pay/sa/api")))
                    .build();
        }

        static void call(Stub stub, byte[] request) {
            try {
                stub.pay(request);
            } catch (StatusRuntimeException e) {
                log.warn("Payment failed", e); // The causes say who was refused, and why.
            }
        }

        static void credentials(Mtls mtls, MtlsClient client, PeerPolicy policy, ServerServiceDefinition service) {
            ChannelCredentials toPay = MtlsGrpc.channelCredentials(GrpcTransport.NETTY, client);
            ManagedChannel channel =
                    Grpc.newChannelBuilder("dns:///pay:8443", toPay).build();
            ServerCredentials fromProd = MtlsGrpc.serverCredentials(GrpcTransport.NETTY, mtls.server(policy));
            Server server = Grpc.newServerBuilderForPort(8443, fromProd)
                    .addService(service)
                    .intercept(MtlsGrpc.interceptor())
                    .build();
        }
    }
}
