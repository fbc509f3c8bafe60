package dev.mtls.testing.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.Mtls;
import dev.mtls.MtlsClient;
import dev.mtls.MtlsServer;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.JUnitRun;
import java.security.Provider;
import java.security.Security;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** The contract sees what a broken adapter does. That it passes what is right, {@code PlainSocketContractTest} shows. */
class AdapterContractTest {
    /** Changes nothing. */
    private abstract static class Wrapping implements ContractClient {
        final ContractClient wrapped;

        Wrapping(ContractClient wrapped) {
            this.wrapped = wrapped;
        }

        @Override
        public Reply call() throws Exception {
            return wrapped.call();
        }

        @Override
        public Reply callOnNewConnection() throws Exception {
            return wrapped.callOnNewConnection();
        }

        @Override
        public Exchange download() throws Exception {
            return wrapped.download();
        }

        @Override
        public Exchange upload() throws Exception {
            return wrapped.upload();
        }

        @Override
        public void close() {
            wrapped.close();
        }
    }

    private static void assertFails(Class<? extends AdapterContract> broken, String test, String message) {
        JUnitRun run = JUnitRun.ofFirst(broken, test, TlsMode.class);
        assertThat(run.outcomes()).hasSize(1);
        Throwable failure = run.outcomes().values().iterator().next().orElseThrow(() -> new AssertionError("passed"));
        assertThat(failure).hasStackTraceContaining(message);
    }

    /** A pool that does not work. */
    static class NeverReuses extends AdapterContract {
        @Override
        protected ContractClient startClient(MtlsClient client, int port) {
            return new Wrapping(new PlainClient(client, port)) {
                @Override
                public Reply call() throws Exception {
                    return callOnNewConnection();
                }
            };
        }
    }

    @Test
    void client_neverReuses_fails() {
        assertFails(
                NeverReuses.class, "call_severalTimes_connectionReused", "connections ==> expected: <1> but was: <5>");
    }

    /** A pool that hands out old connections where new ones are asked for: what session resumption does, too. */
    static class AlwaysReuses extends AdapterContract {
        @Override
        protected ContractClient startClient(MtlsClient client, int port) {
            return new Wrapping(new PlainClient(client, port)) {
                @Override
                public Reply callOnNewConnection() throws Exception {
                    return call();
                }
            };
        }
    }

    @Test
    void client_showsOldIdentity_fails() {
        assertFails(AlwaysReuses.class, "rotation_everyNextConnectionShowsNewSerials", "as the client sees it");
    }

    /** Judges once, by the policy of the beginning. */
    static class RemembersPolicy extends AdapterContract {
        @Override
        protected ContractServer startServer(MtlsServer server) throws Exception {
            return super.startServer(server.mtls().server(PeerPolicy.matching("as at the start", id -> true)));
        }
    }

    @Test
    void server_ignoresItsPolicy_fails() {
        assertFails(RemembersPolicy.class, "call_clientIsAnother_refusedByServerWithReason", "to be thrown");
        assertFails(
                RemembersPolicy.class, "policyNarrowed_serverCutsLiveConnectionsThatItDenies", "spiffe://other/client");
    }

    /** Goes on with one connection until it is taken away. */
    static class ClientIgnoresDrains extends AdapterContract {
        @Override
        protected ContractClient startClient(MtlsClient client, int port) {
            return new PlainClient(client, port) {
                @Override
                boolean takesRequests(SSLSocket socket) {
                    return true;
                }
            };
        }
    }

    @Test
    void client_ignoresDrains_fails() {
        assertFails(
                ClientIgnoresDrains.class,
                "maximumAgeOnClient_connectionReplaced_noCallFails",
                "of this thread failed");
    }

    /** Never says that a connection takes no more requests. */
    static class ServerIgnoresDrains extends AdapterContract {
        @Override
        protected ContractServer startServer(MtlsServer server) throws Exception {
            return new PlainServer(server) {
                @Override
                boolean isLast(SSLSocket socket) {
                    return false;
                }
            }.start();
        }
    }

    @Test
    void server_ignoresDrains_fails() {
        assertFails(
                ServerIgnoresDrains.class,
                "maximumAgeOnServer_connectionReplaced_noCallFails",
                "of this thread failed");
    }

    /** Closes every connection when one peer is refused. */
    static class ClosesAll extends AdapterContract {
        @Override
        protected ContractClient startClient(MtlsClient client, int port) {
            return new Wrapping(new PlainClient(client, port)) {
                @Override
                public Exchange upload() throws Exception {
                    Exchange upload = wrapped.upload();
                    Mtls mtls = client.mtls();
                    mtls.connections().forEach(connection -> connection.onClose(upload::close));
                    return upload;
                }
            };
        }
    }

    @Test
    void client_closesTheConnectionsOfOthersToo_fails() {
        assertFails(
                ClosesAll.class,
                "trustRemoved_clientCutsLiveConnectionsOfThatTrustDomainAlone",
                "spiffe://test/client");
    }

    /** Installs a security provider. */
    static class InstallsProvider extends AdapterContract {
        static final class Installed extends Provider {
            private static final long serialVersionUID = 1L;

            Installed() {
                super("Installed", "1", "for a test");
            }
        }

        @Override
        protected ContractServer startServer(MtlsServer server) throws Exception {
            Security.addProvider(new Installed());
            return super.startServer(server);
        }
    }

    @Test
    void adapter_installsSecurityProvider_fails() {
        try {
            assertFails(InstallsProvider.class, "call_bothAllowed_bothSeeEachOther", "security providers");
        } finally {
            Security.removeProvider("Installed");
        }
    }

    /** Leaves a thread behind. */
    static class LeavesThread extends AdapterContract {
        static final CountDownLatch END = new CountDownLatch(1);

        @Override
        protected ContractServer startServer(MtlsServer server) throws Exception {
            new Thread(
                            () -> {
                                try {
                                    END.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            },
                            "selector")
                    .start();
            return super.startServer(server);
        }
    }

    @Test
    void adapter_leavesThread_fails() {
        try {
            assertFails(LeavesThread.class, "call_bothAllowed_bothSeeEachOther", "left threads behind: [selector");
        } finally {
            LeavesThread.END.countDown();
        }
    }
}
