package dev.mtls.testkit;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** An executor that runs a task when the test says so, on the test's thread, in the order in which they are due. */
public final class ManualExecutor extends AbstractExecutorService implements ScheduledExecutorService {
    private final ArrayDeque<Task<?>> tasks = new ArrayDeque<>();
    private boolean shutdown;

    private static final class Task<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
        final long delayMillis;

        Task(Callable<V> callable, long delayMillis) {
            super(callable);
            this.delayMillis = delayMillis;
        }

        @Override
        public boolean isPeriodic() {
            return false;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delayMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
        }
    }

    /** Runs the next task; answers the delay that it was scheduled with, or nothing if there is none. */
    public Optional<Long> runNext() {
        Task<?> next;
        synchronized (tasks) {
            tasks.removeIf(Task::isCancelled);
            next = tasks.stream().min(Task::compareTo).orElse(null);
            if (next == null) {
                return Optional.empty();
            }
            tasks.remove(next);
        }
        next.run();
        return Optional.of(next.delayMillis);
    }

    /** The number of tasks that wait. */
    public int waiting() {
        synchronized (tasks) {
            tasks.removeIf(Task::isCancelled);
            return tasks.size();
        }
    }

    private <V> Task<V> add(Callable<V> callable, long delay, TimeUnit unit) {
        synchronized (tasks) {
            if (shutdown) {
                throw new RejectedExecutionException("shut down");
            }
            Task<V> task = new Task<>(callable, unit.toMillis(delay));
            tasks.add(task);
            return task;
        }
    }

    @Override
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.MILLISECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(
                () -> {
                    command.run();
                    return null;
                },
                delay,
                unit);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, delay, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        synchronized (tasks) {
            shutdown = true;
            tasks.clear();
        }
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        synchronized (tasks) {
            return shutdown;
        }
    }

    @Override
    public boolean isTerminated() {
        return isShutdown();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return isTerminated();
    }
}
