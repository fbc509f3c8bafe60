package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.LeakCheck;
import dev.mtls.testing.contract.SeenPeer;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Builders made elsewhere, with credentials. */
@ExtendWith(LeakCheck.class)
class CredentialsTest {
    @RegisterExtension
    private final Workloads workloads = new Workloads();

    private Server server(GrpcTransport transport, SpiffeId id) throws Exception {
        return workloads.started(Grpc.newServerBuilderForPort(
                        0,
                        MtlsGrpc.serverCredentials(
                                transport, workloads.mtls(id).server(PeerPolicy.id(workloads.client))))
                .addService(workloads.service.definition())
                .intercept(MtlsGrpc.interceptor())
                .build());
    }

    private ManagedChannel channel(GrpcTransport transport, Server server, PeerPolicy policy) throws Exception {
        ChannelCredentials credentials = MtlsGrpc.channelCredentials(
                transport, workloads.mtls(workloads.client).client(policy));
        return workloads.opened(Grpc.newChannelBuilder("dns:///localhost:" + server.getPort(), credentials)
                .disableRetry()
                .build());
    }

    @ParameterizedTest
    @EnumSource
    void call_bothAllowed_answered(GrpcTransport transport) throws Exception {
        ManagedChannel channel =
                channel(transport, server(transport, workloads.server), PeerPolicy.id(workloads.server));

        String answer = Bytes.call(channel, TestService.WHO, "who?");

        assertThat(SeenPeer.parse(answer).id()).isEqualTo(workloads.client);
    }

    @ParameterizedTest
    @EnumSource
    void call_serverIsAnother_refusedWithTheReason(GrpcTransport transport) throws Exception {
        ManagedChannel channel =
                channel(transport, server(transport, workloads.server), PeerPolicy.id("spiffe://test/another"));

        assertThatThrownBy(() -> Bytes.call(channel, TestService.WHO, "who?"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    assertThat(CallTest.verificationOf(failure).reason()).isEqualTo(FailureReason.POLICY_DENIED);
                });
    }

    @ParameterizedTest
    @EnumSource
    void trustRemoved_runningStreamEnds(GrpcTransport transport) throws Exception {
        SpiffeId otherServer = workloads.mesh.identity("spiffe://other/server");
        ManagedChannel channel = channel(transport, server(transport, otherServer), PeerPolicy.trustDomain("other"));
        TestStream stream =
                TestStream.start(channel, TestService.DOWNLOAD).send().halfClose();
        stream.awaitFirst();

        workloads.mesh.distrust("other");

        Status status = stream.end().get(1, TimeUnit.SECONDS);
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(CallTest.verificationOf(status.asRuntimeException()).reason())
                .isEqualTo(FailureReason.NO_BUNDLE);
    }
}
