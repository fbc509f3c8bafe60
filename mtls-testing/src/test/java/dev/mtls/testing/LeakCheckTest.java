package dev.mtls.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LeakCheckTest {
    private static final CountDownLatch END = new CountDownLatch(1);

    /** What the check is to find, and what not. */
    static class Sample {
        @RegisterExtension
        static final LeakCheck check = new LeakCheck(Duration.ofMillis(300));

        private static final Logger own = LoggerFactory.getLogger("dev.mtls.sample");
        private static final Logger foreign = LoggerFactory.getLogger("com.example");

        @Test
        void leavesThread() {
            start("worker", false);
        }

        @Test
        void leavesThreadOfTheLibrary() {
            start("mtls-something", true);
        }

        @Test
        void leavesDaemon() {
            start("somebody's daemon", true);
        }

        @Test
        void endsItsThread() throws Exception {
            Thread thread = new Thread(() -> {}, "short-lived");
            thread.start();
            thread.join();
        }

        private static void start(String name, boolean daemon) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            END.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    name);
            thread.setDaemon(daemon);
            thread.start();
        }

        @Test
        void logsKeyAtDebug() throws Exception {
            own.debug("loaded {}", base64(newKey()));
        }

        @Test
        void logsKeyInException() throws Exception {
            own.warn("failed", new IllegalStateException(new IllegalArgumentException(base64(newKey()))));
        }

        @Test
        void logsKeyInExceptionAmongArguments() throws Exception {
            own.warn("failed for {}", "a", new IllegalStateException(base64(newKey())));
        }

        @Test
        void foreignLoggerLogsKey() throws Exception {
            foreign.error("loaded {} for {}", base64(newKey()), "a");
        }

        @Test
        void foreignLoggerIsSwitchedOff() throws Exception {
            foreign.debug("loaded {}", base64(newKey()));
        }

        @Test
        void logsPublicKey() throws Exception {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            own.warn(
                    "loaded {}",
                    Base64.getEncoder()
                            .encodeToString(
                                    generator.generateKeyPair().getPublic().getEncoded()));
        }
    }

    private static PrivateKey newKey() throws Exception {
        return KeyPairGenerator.getInstance("EC").generateKeyPair().getPrivate();
    }

    private static String base64(PrivateKey key) {
        return Base64.getEncoder().encodeToString(key.getEncoded());
    }

    @AfterAll
    static void endThreads() {
        END.countDown();
    }

    @Test
    void check_leaks_foundAndNothingElse() {
        JUnitRun run = JUnitRun.of(Sample.class);

        assertThat(run.failure("leavesThread()")).hasMessageContaining("worker");
        assertThat(run.failure("leavesThreadOfTheLibrary()")).hasMessageContaining("mtls-something (daemon)");
        assertThat(run.failure("logsKeyAtDebug()"))
                .hasMessageContaining("a private key in base64 in a message of dev.mtls.sample at DEBUG");
        assertThat(run.failure("logsKeyInException()")).hasMessageContaining("dev.mtls.sample at WARN");
        assertThat(run.failure("logsKeyInExceptionAmongArguments()")).hasMessageContaining("dev.mtls.sample at WARN");
        assertThat(run.failure("foreignLoggerLogsKey()")).hasMessageContaining("com.example at ERROR");
        assertThat(run.outcomes())
                .containsEntry("leavesDaemon()", Optional.empty())
                .containsEntry("endsItsThread()", Optional.empty())
                .containsEntry("foreignLoggerIsSwitchedOff()", Optional.empty())
                .containsEntry("logsPublicKey()", Optional.empty())
                .hasSize(10);
    }
}
