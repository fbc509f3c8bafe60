package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.PeerVerificationException;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.policy.TargetPolicies;
import dev.mtls.testing.LeakCheck;
import dev.mtls.testing.contract.SeenPeer;
import dev.mtls.tls.PeerIdentity;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class CallTest {
    @RegisterExtension
    private final Workloads workloads = new Workloads();

    private Server server(Builders builders, PeerPolicy policy, ServerInterceptor... interceptors) throws Exception {
        var builder = builders.server(workloads.mtls(workloads.server).server(policy))
                .addService(workloads.service.definition());
        for (ServerInterceptor interceptor : interceptors) {
            builder.intercept(interceptor);
        }
        return workloads.started(builder.build());
    }

    private ManagedChannel channel(Builders builders, Server server, PeerPolicy policy) throws Exception {
        return workloads.opened(
                builders.channel(workloads.mtls(workloads.client).client(policy), server));
    }

    static PeerVerificationException verificationOf(StatusRuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PeerVerificationException) {
                return (PeerVerificationException) cause;
            }
        }
        throw new AssertionError("no verification among the causes", failure);
    }

    @ParameterizedTest
    @EnumSource
    void peer_onServer_knownToFirstInterceptorAndService(Builders builders) throws Exception {
        List<PeerIdentity> seen = new CopyOnWriteArrayList<>();
        ServerInterceptor first = new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                seen.add(MtlsGrpc.PEER.get());
                seen.add(call.getAttributes().get(MtlsGrpc.PEER_ATTRIBUTE));
                seen.add(MtlsGrpc.peer(call.getAttributes()).orElseThrow());
                return next.startCall(call, headers);
            }
        };
        Server server = server(builders, PeerPolicy.id(workloads.client), first);
        ManagedChannel channel = channel(builders, server, PeerPolicy.id(workloads.server));

        String answer = Bytes.call(channel, TestService.WHO, "who?");

        assertThat(SeenPeer.parse(answer).id()).isEqualTo(workloads.client);
        assertThat(seen)
                .extracting(PeerIdentity::id)
                .containsExactly(workloads.client, workloads.client, workloads.client);
        assertThat(MtlsGrpc.PEER.get(Context.current())).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void peer_onClient_knownFromTheCallsAttributes(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        ManagedChannel channel = channel(builders, server, PeerPolicy.id(workloads.server));

        ClientCall<byte[], byte[]> call = channel.newCall(TestService.WHO, CallOptions.DEFAULT);
        ClientCalls.futureUnaryCall(call, new byte[0]).get();

        assertThat(MtlsGrpc.peer(call.getAttributes()).orElseThrow().id()).isEqualTo(workloads.server);
    }

    @ParameterizedTest
    @EnumSource
    void handshake_clientRefuses_reasonAmongTheCausesOfTheStatus(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        ManagedChannel channel = channel(builders, server, PeerPolicy.id("spiffe://test/another"));

        assertThatThrownBy(() -> Bytes.call(channel, TestService.WHO, "who?"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    assertThat(failure.getStatus().getDescription()).isEqualTo("handshake failed: policy-denied");
                    assertThat(verificationOf(failure).reason()).isEqualTo(FailureReason.POLICY_DENIED);
                    assertThat(verificationOf(failure).claimedId()).contains(workloads.server);
                });
        assertThat(workloads.service.calls()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void handshake_serverRefuses_callUnavailable(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id("spiffe://test/another"));
        ManagedChannel channel = channel(builders, server, PeerPolicy.id(workloads.server));

        assertThatThrownBy(() -> Bytes.call(channel, TestService.WHO, "who?"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(workloads.service.calls()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void client_withoutTls_refused(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        ManagedChannel plaintext = workloads.opened(builders.forTarget("dns:///localhost:" + server.getPort())
                .usePlaintext()
                .disableRetry()
                .build());

        assertThatThrownBy(() -> Bytes.call(plaintext, TestService.WHO, "who?"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(workloads.service.calls()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void channels_eachExpectingAServer_eachJudgesItsOwn(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        var client = workloads.mtls(workloads.client).client(PeerPolicy.trustDomain("test"));
        ManagedChannel right = workloads.opened(builders.channel(client.expecting(workloads.server), server));
        ManagedChannel wrong = workloads.opened(
                builders.channel(client.expecting(workloads.mesh.identity("spiffe://test/another")), server));

        assertThat(Bytes.call(right, TestService.WHO, "who?")).isNotEmpty();
        assertThatThrownBy(() -> Bytes.call(wrong, TestService.WHO, "who?")).isInstanceOf(StatusRuntimeException.class);
    }

    @ParameterizedTest
    @EnumSource
    void channel_authorityOverridden_expectationOfThatTargetApplies(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        var client = workloads
                .mtls(workloads.client)
                .client(TargetPolicies.builder()
                        .addTarget("pay", PeerPolicy.id(workloads.server))
                        .build());
        ManagedChannel pay = workloads.opened(builders.channel(client, server.getPort())
                .overrideAuthority("pay")
                .build());
        ManagedChannel unknown = workloads.opened(builders.channel(client, server.getPort())
                .overrideAuthority("ship")
                .build());

        assertThat(Bytes.call(pay, TestService.WHO, "who?")).isNotEmpty();
        assertThatThrownBy(() -> Bytes.call(unknown, TestService.WHO, "who?"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasStackTraceContaining("ship");
    }

    private static final class OtherBuilder extends ForwardingChannelBuilder2<OtherBuilder> {
        @Override
        protected ManagedChannelBuilder<?> delegate() {
            return Builders.NETTY.forTarget("dns:///localhost");
        }
    }

    @Test
    void configure_anotherKindOfBuilder_refused() throws Exception {
        var client = workloads.mtls(workloads.client).client(PeerPolicy.trustDomain("test"));

        assertThatThrownBy(() -> MtlsGrpc.configure(new OtherBuilder(), client))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("OtherBuilder")
                .hasMessageContaining("NettyChannelBuilder");
    }

    @ParameterizedTest
    @EnumSource
    void channel_defaultBuilders_overWhatIsPresent(Builders builders) throws Exception {
        Server server = server(builders, PeerPolicy.id(workloads.client));
        ManagedChannel channel = workloads.opened(MtlsGrpc.channel(
                        "dns:///localhost:" + server.getPort(),
                        workloads.mtls(workloads.client).client(PeerPolicy.id(workloads.server)))
                .build());
        Server another = workloads.started(
                MtlsGrpc.server(0, workloads.mtls(workloads.server).server(PeerPolicy.trustDomain("test")))
                        .addService(workloads.service.definition())
                        .build());
        ManagedChannel toAnother = channel(builders, another, PeerPolicy.id(workloads.server));

        assertThat(Bytes.call(channel, TestService.WHO, "who?")).isNotEmpty();
        assertThat(Bytes.call(toAnother, TestService.WHO, "who?")).isNotEmpty();
    }
}
