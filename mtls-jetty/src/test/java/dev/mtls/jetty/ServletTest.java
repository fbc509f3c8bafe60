package dev.mtls.jetty;

import static dev.mtls.jetty.Workloads.CLIENT;
import static dev.mtls.jetty.Workloads.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtls.jetty.Workloads.Workload;
import dev.mtls.policy.PeerPolicy;
import dev.mtls.testing.TestMesh;
import dev.mtls.tls.PeerIdentity;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a servlet sees of the client. */
class ServletTest {
    @RegisterExtension
    final TestMesh mesh = TestMesh.create("test");

    private final Workloads workloads = new Workloads(mesh);

    @AfterEach
    void close() throws Exception {
        workloads.close();
    }

    private record Seen(
            Principal principal,
            String remoteUser,
            String authType,
            boolean inRole,
            boolean secure,
            Object peer,
            Object certificates,
            Principal afterLogout) {}

    private static final class WhoIsThere extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient AtomicReference<Seen> seen;

        WhoIsThere(AtomicReference<Seen> seen) {
            this.seen = seen;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            Principal principal = request.getUserPrincipal();
            String remoteUser = request.getRemoteUser();
            String authType = request.getAuthType();
            boolean inRole = request.isUserInRole("anything");
            request.logout();
            seen.set(new Seen(
                    principal,
                    remoteUser,
                    authType,
                    inRole,
                    request.isSecure(),
                    request.getAttribute(MtlsJetty.PEER),
                    request.getAttribute("jakarta.servlet.request.X509Certificate"),
                    request.getUserPrincipal()));
            response.getOutputStream().print("seen");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.mtls.jetty.Combination#sameProvider")
    void servlet_calledByAPeer_seesIt(Combination how) throws Exception {
        AtomicReference<Seen> seen = new AtomicReference<>();
        ServletContextHandler context = new ServletContextHandler("/");
        context.addServlet(new ServletHolder(new WhoIsThere(seen)), "/*");
        Workload server = workloads.start(SERVER, how.server(), how.tls());
        int port = workloads.serve(server.mtls().server(PeerPolicy.id(CLIENT)), context);
        HttpClient http = workloads.client(
                workloads.start(CLIENT, how.client(), how.tls()).mtls().client(PeerPolicy.id(SERVER)));

        assertThat(http.newRequest("https://localhost:" + port + "/")
                        .version(how.jettyHttp())
                        .send()
                        .getContentAsString())
                .isEqualTo("seen");

        PeerIdentity peer = (PeerIdentity) seen.get().peer();
        assertThat(peer.id()).hasToString(CLIENT);
        assertThat(seen.get().principal()).hasToString(CLIENT);
        assertThat(seen.get().principal().getName()).isEqualTo(CLIENT);
        assertThat(seen.get().remoteUser()).isEqualTo(CLIENT);
        assertThat(seen.get().authType()).isEqualTo(HttpServletRequest.CLIENT_CERT_AUTH);
        assertThat(seen.get().inRole()).isFalse();
        assertThat(seen.get().secure()).isTrue();
        assertThat((X509Certificate[]) seen.get().certificates())
                .startsWith(mesh.svid(peer.id()).leaf());
        assertThat(seen.get().afterLogout()).isNull();
    }
}
