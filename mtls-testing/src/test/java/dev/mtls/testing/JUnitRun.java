package dev.mtls.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The outcome of tests run within a test: each test with its failure, empty if it passed. */
public record JUnitRun(Map<String, Optional<Throwable>> outcomes) {
    /** Runs all tests of a class; each is named as in the source, with brackets. */
    public static JUnitRun of(Class<?> tests) {
        return of(selectClass(tests));
    }

    /** Runs the first invocation of a test template of a class. */
    public static JUnitRun ofFirst(Class<?> tests, String template, Class<?> parameter) {
        return of(selectIteration(selectMethod(tests, template, parameter), 0));
    }

    private static JUnitRun of(DiscoverySelector selector) {
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
                                .selectors(selector)
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
