package dev.mtls.testing;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves threads behind, or that had key material logged.
 *
 * <pre>{@code
 * @ExtendWith(LeakCheck.class)
 * class PaymentsTest {}
 * }</pre>
 *
 * <p><b>Threads.</b> None may live after a test that did not live before it and is not a daemon or is this library's (its name begins
 * with {@code mtls-}); each gets five seconds to end. So close in the test what the test opened. Threads of tests that run at the
 * same time cannot be told apart.
 *
 * <p><b>Key material.</b> Searched for private keys in PEM, and for the encodings of PKCS#8, PKCS#1 and SEC 1 in base64, in
 * hexadecimal and as a printed array: the messages of all loggers at the levels that are switched on, those of this library at every
 * level, with the messages of their exceptions. This works where Logback is the logging library; with another, nothing is searched.
 *
 * <p>Register it before other extensions, so that it looks after they have closed what is theirs.
 */
public final class LeakCheck implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakCheck.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long POLL_NANOS = 5_000_000;
    private static final List<String> OWN_THREADS = List.of("mtls-", "contract-");
    /** JUnit's own, such as the one that watches over timeouts. */
    private static final String JUNIT_THREADS = "junit-";

    private final Duration patience;

    /** Called by JUnit. */
    public LeakCheck() {
        this(PATIENCE);
    }

    LeakCheck(Duration patience) {
        this.patience = patience;
    }

    /** What there was before the test. */
    private record Before(Set<Thread> threads, LogSearch search) {}

    /** Called by JUnit. */
    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(NAMESPACE).put(Before.class, new Before(threads(), LogSearch.start()));
    }

    /** Called by JUnit. */
    @Override
    public void afterEach(ExtensionContext context) {
        Before before = context.getStore(NAMESPACE).remove(Before.class, Before.class);
        if (before == null) {
            return;
        }
        List<String> secrets = before.search().end();
        if (!secrets.isEmpty()) {
            throw new AssertionError("key material was logged: " + secrets);
        }
        long start = System.nanoTime();
        List<Thread> left = leftBehind(before.threads());
        while (!left.isEmpty() && System.nanoTime() - start < patience.toNanos()) {
            LockSupport.parkNanos(POLL_NANOS);
            left = leftBehind(before.threads());
        }
        if (!left.isEmpty()) {
            throw new AssertionError("the test left threads behind: "
                    + left.stream().map(LeakCheck::describe).toList() + "; close what started them");
        }
    }

    private static Set<Thread> threads() {
        return new HashSet<>(Thread.getAllStackTraces().keySet());
    }

    private static List<Thread> leftBehind(Set<Thread> before) {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> thread.isAlive() && (!thread.isDaemon() || isOwn(thread)))
                .filter(thread -> !thread.getName().startsWith(JUNIT_THREADS))
                .toList();
    }

    private static boolean isOwn(Thread thread) {
        return OWN_THREADS.stream().anyMatch(prefix -> thread.getName().startsWith(prefix));
    }

    private static String describe(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        return thread.getName() + (thread.isDaemon() ? " (daemon)" : "") + (stack.length == 0 ? "" : " at " + stack[0]);
    }
}
