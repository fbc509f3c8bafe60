package dev.mtls.ca;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs what is scheduled on the thread of the test, when the test moves the clock. */
final class ManualScheduler extends ScheduledThreadPoolExecutor {
    private final MutableClock clock;
    private final List<Task> tasks = new ArrayList<>();

    ManualScheduler(MutableClock clock) {
        super(0);
        this.clock = clock;
    }

    private static final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {
        final Instant due;
        final Duration delay;

        Task(Runnable command, Instant due, Duration delay) {
            super(command, null);
            this.due = due;
            this.delay = delay;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delay);
        }

        @Override
        public int compareTo(java.util.concurrent.Delayed other) {
            return due.compareTo(((Task) other).due);
        }
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        if (isShutdown()) {
            throw new java.util.concurrent.RejectedExecutionException("shut down");
        }
        Duration duration = Duration.of(delay, unit.toChronoUnit());
        Task task = new Task(command, clock.instant().plus(duration), duration);
        tasks.add(task);
        return task;
    }

    /** The delays of what is scheduled and not cancelled. */
    List<Duration> delays() {
        tasks.removeIf(FutureTask::isDone);
        return tasks.stream().map(task -> task.delay).toList();
    }

    void advance(Duration by) {
        clock.advance(by);
        for (Task task : List.copyOf(tasks)) {
            if (!task.due.isAfter(clock.instant())) {
                task.run();
            }
        }
    }
}
