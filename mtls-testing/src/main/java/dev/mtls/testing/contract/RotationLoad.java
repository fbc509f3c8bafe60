package dev.mtls.testing.contract;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Calls without a pause, on warm connections and on new ones, while identities rotate at a fixed rate. Counts every failure. */
final class RotationLoad {
    private static final int FRESH_CALLERS = 3;
    private static final int WARM_CALLERS = 1;

    private final ContractClient client;
    private final AtomicLong warmCalls = new AtomicLong();
    private final AtomicLong freshCalls = new AtomicLong();
    private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    private final Set<BigInteger> serverSerials = ConcurrentHashMap.newKeySet();
    private final Set<BigInteger> clientSerials = ConcurrentHashMap.newKeySet();
    private volatile boolean over;

    RotationLoad(ContractClient client) {
        this.client = client;
    }

    /** Runs for the duration, with a rotation after each interval. */
    void run(Duration duration, Duration interval, Runnable rotation) throws Exception {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        ExecutorService callers = Executors.newFixedThreadPool(FRESH_CALLERS + WARM_CALLERS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < FRESH_CALLERS + WARM_CALLERS; i++) {
                boolean fresh = i < FRESH_CALLERS;
                running.add(callers.submit(() -> callUntilOver(fresh)));
            }
            ScheduledFuture<?> rotating =
                    timer.scheduleAtFixedRate(rotation, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
            ScheduledFuture<?> end = timer.schedule(() -> {}, duration.toMillis(), TimeUnit.MILLISECONDS);
            end.get();
            rotating.cancel(false);
            over = true;
            for (Future<?> caller : running) {
                caller.get(30, TimeUnit.SECONDS);
            }
        } finally {
            over = true;
            timer.shutdownNow();
            callers.shutdownNow();
        }
    }

    private void callUntilOver(boolean fresh) {
        while (!over) {
            try {
                Reply reply = fresh ? client.callOnNewConnection() : client.call();
                serverSerials.add(reply.server().serialNumber());
                clientSerials.add(reply.client().serialNumber());
                (fresh ? freshCalls : warmCalls).incrementAndGet();
            } catch (Exception e) {
                failures.add(e);
            }
        }
    }

    long warmCalls() {
        return warmCalls.get();
    }

    long freshCalls() {
        return freshCalls.get();
    }

    int serverSerials() {
        return serverSerials.size();
    }

    int clientSerials() {
        return clientSerials.size();
    }

    List<Exception> failures() {
        return List.copyOf(failures);
    }

    @Override
    public String toString() {
        return freshCalls + " calls on new connections, " + warmCalls + " on warm ones, " + failures.size()
                + " failed; " + serverSerials.size() + " serials of the server seen, " + clientSerials.size()
                + " of the client";
    }
}
