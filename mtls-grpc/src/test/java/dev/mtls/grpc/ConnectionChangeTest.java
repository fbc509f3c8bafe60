package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mtls.Mtls;
import dev.mtls.MtlsServer;
import dev.mtls.connection.MtlsConnection;
import dev.mtls.failure.FailureReason;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.LeakCheck;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class ConnectionChangeTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    @RegisterExtension
    private final Workloads workloads = new Workloads();

    private Server server(Builders builders, MtlsServer server) throws Exception {
        return workloads.started(builders.server(server)
                .addService(workloads.service.definition())
                .build());
    }

    private ManagedChannel channel(Builders builders, Server server, Mtls client) {
        return workloads.opened(builders.channel(client.client(Workloads.everyone()), server));
    }

    private static TestStream echo(ManagedChannel channel) throws InterruptedException {
        return TestStream.start(channel, TestService.ECHO).send().awaitFirst();
    }

    private static FailureReason reason(Status status) {
        return CallTest.verificationOf(status.asRuntimeException()).reason();
    }

    @ParameterizedTest
    @EnumSource
    void trustRemovedOnClient_runningStreamEndsWithTheReason_othersSeeNothing(Builders builders) throws Exception {
        SpiffeId otherServer = workloads.mesh.identity("spiffe://other/server");
        Server victim = server(builders, workloads.mtls(otherServer).server(Workloads.everyone()));
        Server bystander = server(builders, workloads.mtls(workloads.server).server(Workloads.everyone()));
        Mtls client = workloads.mtls(workloads.client);
        TestStream cut = echo(channel(builders, victim, client));
        TestStream kept = echo(channel(builders, bystander, client));

        workloads.mesh.distrust("other");

        Status status = cut.end().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).isEqualTo("connection cut: no-bundle");
        assertThat(reason(status)).isEqualTo(FailureReason.NO_BUNDLE);
        await().untilAsserted(() -> assertThat(workloads.service.cancelled()).isEqualTo(1));
        kept.send();
        await().until(() -> kept.received() == 2);
        assertThat(kept.end()).isNotDone();
    }

    @ParameterizedTest
    @EnumSource
    void policyNarrowedOnServer_runningStreamEnds_othersSeeNothing(Builders builders) throws Exception {
        MtlsServer policed = workloads.mtls(workloads.server).server(Workloads.everyone());
        Server server = server(builders, policed);
        TestStream cut = echo(channel(builders, server, workloads.mtls(workloads.stranger)));
        TestStream kept = echo(channel(builders, server, workloads.mtls(workloads.client)));

        policed.replacePolicy(PeerPolicy.trustDomain("test"));

        Status status = cut.end().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        await().untilAsserted(() -> assertThat(workloads.service.cancelled()).isEqualTo(1));
        kept.send();
        await().until(() -> kept.received() == 2);
        assertThat(kept.end()).isNotDone();
    }

    /** The re-check of all connections is held up, so that the call is there first. */
    @ParameterizedTest
    @EnumSource
    void callOfARefusedClient_beforeItsConnectionIsCut_unauthenticatedWithTheReason(Builders builders)
            throws Exception {
        MtlsServer policed = workloads.mtls(workloads.server).server(Workloads.everyone());
        Server server = server(builders, policed);
        ManagedChannel held = channel(builders, server, workloads.mtls(workloads.client));
        Bytes.call(held, TestService.WHO, "who?");
        ManagedChannel refused = channel(builders, server, workloads.mtls(workloads.stranger));
        Bytes.call(refused, TestService.WHO, "who?");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);

        policed.replacePolicy(PeerPolicy.matching("the members, in the end", id -> {
            if (id.equals(workloads.client)) {
                asked.countDown();
                awaitQuietly(answer);
                return true;
            }
            return false;
        }));
        asked.await();
        try {
            assertThatThrownBy(() -> Bytes.call(refused, TestService.WHO, "who?"))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
                        assertThat(failure.getStatus().getDescription()).isEqualTo("policy-denied");
                    });
        } finally {
            answer.countDown();
        }
        await().until(() -> policed.mtls().connections().size() == 1);
        assertThat(workloads.service.calls()).isEqualTo(2);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource
    void drainedByServer_runningStreamGoesOn_nextCallOnANewConnection(Builders builders) throws Exception {
        Mtls serverSide = workloads.mtls(workloads.server);
        Server server = server(builders, serverSide.server(Workloads.everyone()));
        ManagedChannel channel = channel(builders, server, workloads.mtls(workloads.client));
        assertReplaced(channel, serverSide);
    }

    @ParameterizedTest
    @EnumSource
    void drainedByClient_runningStreamGoesOn_nextCallOnANewConnection(Builders builders) throws Exception {
        Server server = server(builders, workloads.mtls(workloads.server).server(Workloads.everyone()));
        Mtls clientSide = workloads.mtls(workloads.client);
        ManagedChannel channel = channel(builders, server, clientSide);
        assertReplaced(channel, clientSide);
    }

    private static void assertReplaced(ManagedChannel channel, Mtls draining) throws Exception {
        TestStream stream = echo(channel);
        MtlsConnection first = draining.connections().iterator().next();

        first.drain("the test wants it");

        await().until(() -> {
            Bytes.call(channel, TestService.WHO, "who?");
            return draining.connections().size() == 2;
        });
        stream.send();
        await().until(() -> stream.received() == 2);
        stream.halfClose();
        assertThat(stream.end().get().isOk()).isTrue();
        await().until(() -> first.state() == MtlsConnection.State.CLOSED);
        assertThat(draining.connections()).hasSize(1).doesNotContain(first);
    }

    @ParameterizedTest
    @EnumSource
    void graceOfADrainIsOver_runningStreamEndsWithTheReason(Builders builders) throws Exception {
        Server server = server(builders, workloads.mtls(workloads.server).server(Workloads.everyone()));
        Mtls clientSide = workloads.mtls(workloads.client, settings -> settings.drainGrace(Duration.ofMillis(300)));
        TestStream stream = echo(channel(builders, server, clientSide));

        clientSide.connections().iterator().next().drain("the test wants it");

        Status status = stream.end().get();
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).isEqualTo("connection cut: drained");
        assertThat(reason(status)).isEqualTo(FailureReason.DRAINED);
    }
}
