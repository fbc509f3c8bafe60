package dev.mtls.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.event.MtlsEvent;
import dev.mtls.identity.SpiffeId;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.LeakCheck;
import dev.mtls.testing.contract.SeenPeer;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.ClientCalls;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No call fails, with gRPC's retries off and without wait-for-ready, while identities rotate and connections are drained. */
@ExtendWith(LeakCheck.class)
class LoadTest {
    private static final int WARM_CALLERS = 3;
    private static final int ROTATION_MILLIS = 100;
    private static final int NEW_CONNECTION_MILLIS = 40;

    @RegisterExtension
    private final Workloads workloads = new Workloads();

    private final Set<BigInteger> serversSeen = ConcurrentHashMap.newKeySet();
    private final Set<BigInteger> clientsSeen = ConcurrentHashMap.newKeySet();
    private final LongAdder warmCalls = new LongAdder();
    private final LongAdder newConnectionCalls = new LongAdder();
    private final LongAdder drained = new LongAdder();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    private void call(ManagedChannel channel, LongAdder count) {
        try {
            ClientCall<byte[], byte[]> call = channel.newCall(TestService.WHO, CallOptions.DEFAULT);
            byte[] answer = ClientCalls.futureUnaryCall(call, new byte[0]).get(10, TimeUnit.SECONDS);
            count.increment();
            clientsSeen.add(SeenPeer.parse(Bytes.text(answer)).serialNumber());
            serversSeen.add(SeenPeer.of(MtlsGrpc.peer(call.getAttributes()).orElseThrow())
                    .serialNumber());
        } catch (Exception e) {
            failures.add(e);
        }
    }

    /** Calls over one channel all the time, and over new channels many times per second, until enough is seen. */
    private void load(Builders builders, MtlsClient client, MtlsServer policed, BooleanSupplier enough)
            throws Exception {
        Server server = workloads.started(builders.server(policed)
                .addService(workloads.service.definition())
                .build());
        ManagedChannel warm = workloads.opened(builders.channel(client, server));
        ExecutorService callers = Executors.newFixedThreadPool(WARM_CALLERS);
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
        try {
            for (int i = 0; i < WARM_CALLERS; i++) {
                callers.execute(() -> {
                    while (!callers.isShutdown()) {
                        call(warm, warmCalls);
                    }
                });
            }
            timer.scheduleAtFixedRate(
                    () -> {
                        ManagedChannel fresh = builders.channel(client, server);
                        call(fresh, newConnectionCalls);
                        fresh.shutdown();
                    },
                    0,
                    NEW_CONNECTION_MILLIS,
                    TimeUnit.MILLISECONDS);
            await().atMost(Duration.ofSeconds(100)).until(() -> !failures.isEmpty() || enough.getAsBoolean());
        } finally {
            timer.shutdown();
            callers.shutdown();
            timer.awaitTermination(20, TimeUnit.SECONDS);
            callers.awaitTermination(20, TimeUnit.SECONDS);
        }
        assertThat(failures).isEmpty();
    }

    private void rotateUnderLoad(Builders builders, BooleanSupplier enough) throws Exception {
        ScheduledExecutorService rotation = Executors.newSingleThreadScheduledExecutor();
        try {
            rotation.scheduleAtFixedRate(
                    () -> {
                        workloads.mesh.rotate(workloads.client);
                        workloads.mesh.rotate(workloads.server);
                    },
                    ROTATION_MILLIS,
                    ROTATION_MILLIS,
                    TimeUnit.MILLISECONDS);
            load(
                    builders,
                    workloads.mtls(workloads.client).client(PeerPolicy.id(workloads.server)),
                    workloads.mtls(workloads.server).server(PeerPolicy.id(workloads.client)),
                    enough);
        } finally {
            rotation.shutdown();
            rotation.awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private static BooleanSupplier after(Duration time) {
        long start = System.nanoTime();
        return () -> System.nanoTime() - start > time.toNanos();
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(120)
    void rotation_tenPerSecond_noCallFails(Builders builders) throws Exception {
        rotateUnderLoad(builders, () -> serversSeen.size() > 20 && clientsSeen.size() > 20);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    @Timeout(120)
    void rotation_tenPerSecondForHalfAMinute_noCallFails(Builders builders) throws Exception {
        rotateUnderLoad(builders, after(Duration.ofSeconds(30)));

        assertThat(newConnectionCalls.sum()).isGreaterThan(20 * 30);
        assertThat(serversSeen).hasSizeGreaterThanOrEqualTo(250);
        assertThat(clientsSeen).hasSizeGreaterThanOrEqualTo(250);
    }

    private Mtls shortLivedConnections(SpiffeId id) throws Exception {
        return workloads.mtls(
                id,
                settings -> settings.maxConnectionAge(Duration.ofMillis(50)).addListener(event -> {
                    if (event instanceof MtlsEvent.ConnectionDrained) {
                        drained.increment();
                    }
                }));
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(120)
    void drains_onBothSides_noCallFails(Builders builders) throws Exception {
        load(
                builders,
                shortLivedConnections(workloads.client).client(PeerPolicy.id(workloads.server)),
                shortLivedConnections(workloads.server).server(PeerPolicy.id(workloads.client)),
                () -> drained.sum() > 40);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    @Timeout(180)
    void drains_onServer_noCallFails(Builders builders) throws Exception {
        load(
                builders,
                workloads.mtls(workloads.client).client(PeerPolicy.id(workloads.server)),
                shortLivedConnections(workloads.server).server(PeerPolicy.id(workloads.client)),
                after(Duration.ofSeconds(60)));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("slow")
    @Timeout(180)
    void drains_onClient_noCallFails(Builders builders) throws Exception {
        load(
                builders,
                shortLivedConnections(workloads.client).client(PeerPolicy.id(workloads.server)),
                workloads.mtls(workloads.server).server(PeerPolicy.id(workloads.client)),
                after(Duration.ofSeconds(60)));
    }
}
