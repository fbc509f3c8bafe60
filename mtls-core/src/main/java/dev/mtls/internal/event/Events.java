package dev.mtls.internal.event;

import dev.mtls.event.MtlsEvent;
import dev.mtls.event.MtlsListener;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs events and hands them to the listeners, one at a time, on a daemon thread that exists only while there is something to deliver.
 * Whoever reports an event never waits.
 */
public final class Events implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger("dev.mtls");
    private static final int MAX_WAITING = 10_000;

    private final List<MtlsListener> listeners;
    private final EventLog eventLog = new EventLog(log);
    private final AtomicLong dropped = new AtomicLong();
    private final ThreadPoolExecutor thread;

    /** Delivers to these listeners. */
    public Events(List<MtlsListener> listeners) {
        this.listeners = List.copyOf(listeners);
        thread = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
            Thread created = new Thread(task, "mtls-events");
            created.setDaemon(true);
            return created;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Reports an event. */
    public void report(MtlsEvent event) {
        eventLog.log(event);
        if (listeners.isEmpty()) {
            return;
        }
        try {
            thread.execute(() -> deliver(event));
        } catch (RejectedExecutionException e) {
            // Closed, or the listeners are too slow: their loss, and it is counted.
            dropped.incrementAndGet();
        }
    }

    private void deliver(MtlsEvent event) {
        for (MtlsListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException e) {
                eventLog.listenerFailed(listener, event, e);
            }
        }
    }

    /** How many events were not delivered since listeners were too slow. */
    public long dropped() {
        return dropped.get();
    }

    /** Delivers what waits and ends the thread. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
