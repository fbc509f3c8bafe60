package dev.mtls.it.resumption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.mtls.identity.Role;
import dev.mtls.it.resumption.CellResult.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * No session outlives a change. In each cell, the connection right after the change is judged afresh with this library; in its twin,
 * the same stack with one plain {@code SSLContext} and managers that follow every change, a session is resumed and nobody is asked.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SessionMatrixTest {
    /** 7 stacks, 2 providers, 2 TLS versions, 4 changes. */
    private static final int CELLS = 112;

    /** Cells in which a certificate ends spend their time waiting. */
    private static final int WAITING_CELLS_AT_A_TIME = 14;

    private static final Realm realm = new Realm();
    private static final Matrix matrix = new Matrix();

    @TestFactory
    @Order(1)
    Stream<DynamicTest> nextConnection_afterChange_isJudgedAfresh() {
        return Cell.all().stream()
                .filter(cell -> cell.change() != Change.PEER_EXPIRED)
                .map(cell -> dynamicTest(cell.toString(), () -> check(CellResult.of(cell, realm))));
    }

    @TestFactory
    @Order(2)
    Stream<DynamicTest> nextConnection_afterPeerExpired_isJudgedAfresh() {
        ExecutorService threads = Executors.newFixedThreadPool(WAITING_CELLS_AT_A_TIME);
        List<DynamicTest> tests = new ArrayList<>();
        for (Cell cell : Cell.all()) {
            if (cell.change() == Change.PEER_EXPIRED) {
                Future<CellResult> result = threads.submit(() -> CellResult.of(cell, realm));
                tests.add(dynamicTest(cell.toString(), () -> check(result.get(5, TimeUnit.MINUTES))));
            }
        }
        threads.shutdown();
        return tests.stream();
    }

    private static void check(CellResult result) {
        matrix.add(result);
        for (Reading reading : result.readings()) {
            assertThat(reading.ours()).as("ours: %s", reading).isEqualTo(Outcome.JUDGED);
            assertThat(reading.twin())
                    .as("the twin: %s", reading)
                    .isEqualTo(resumes(result.cell(), reading.role()) ? Outcome.RESUMED : Outcome.JUDGED);
        }
    }

    private static boolean resumes(Cell cell, Role role) {
        return !doNotResume().contains(cell + ", as " + role);
    }

    /**
     * All that does not resume of its own accord, as measured. On JDK 25, a ticket of its server names the server's certificate, and is
     * worth nothing under another one; on JDK 17 it is. All else resumes on both.
     */
    private static Set<String> doNotResume() {
        return Runtime.version().feature() < 25
                ? Set.of()
                : Set.of(
                        "raw SSLContext, JDK, TLSv1.2, SVID rotated, as SERVER",
                        "raw SSLContext, JDK, TLSv1.3, SVID rotated, as SERVER",
                        "gRPC netty, JDK, TLSv1.2, SVID rotated, as SERVER",
                        "gRPC netty, JDK, TLSv1.3, SVID rotated, as SERVER",
                        "gRPC shaded, JDK, TLSv1.2, SVID rotated, as SERVER",
                        "gRPC shaded, JDK, TLSv1.3, SVID rotated, as SERVER",
                        "Jetty server, JDK, TLSv1.2, SVID rotated, as SERVER",
                        "Jetty server, JDK, TLSv1.3, SVID rotated, as SERVER");
    }

    @Test
    @Order(3)
    void matrix_afterAllCells_isComplete() {
        Map<Cell, CellResult> results = matrix.results();

        assertThat(results).hasSize(CELLS).containsOnlyKeys(Cell.all());
        results.forEach((cell, result) -> assertThat(result.readings())
                .as(cell.toString())
                .doesNotHaveDuplicates()
                .hasSize(cell.stack().arms().size()
                        * Cell.PROVIDERS.size()
                        * cell.change().steps().size()));
        assertThat(judgedTwins(results)).isEqualTo(new TreeSet<>(doNotResume()));
    }

    private static Set<String> judgedTwins(Map<Cell, CellResult> results) {
        Set<String> judged = new TreeSet<>();
        results.forEach((cell, result) -> result.readings().stream()
                .filter(reading -> reading.twin() == Outcome.JUDGED)
                .forEach(reading -> judged.add(cell + ", as " + reading.role())));
        return judged;
    }

    @AfterAll
    static void print() {
        System.out.printf(
                "No session outlives a change, JDK %s, %d cells:%n%s",
                Runtime.version(), matrix.results().size(), matrix);
    }
}
