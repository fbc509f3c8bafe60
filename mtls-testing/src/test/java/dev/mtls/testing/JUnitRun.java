package dev.mtls.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The outcome of tests run within a test: each test with its failure, empty if it passed. */
public record JUnitRun(Map<String, Optional<Throwable>> outcomes) {
    /** Runs the tests of a class. Methods are named as in the source; invocations of a template follow in brackets. */
    public static JUnitRun of(Class<?> tests) {
        Map<String, Optional<Throwable>> outcomes = new LinkedHashMap<>();
        TestExecutionListener listener = new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest() || result.getThrowable().isPresent()) {
                    outcomes.put(test.getLegacyReportingName(), result.getThrowable());
                }
            }
        };
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                .build(),
                        listener);
        return new JUnitRun(outcomes);
    }

    /** The failure of a test that failed. */
    public Throwable failure(String test) {
        return outcomes.getOrDefault(test, Optional.empty())
                .orElseThrow(() -> new AssertionError(test + " did not fail (outcomes: " + outcomes + ")"));
    }
}
