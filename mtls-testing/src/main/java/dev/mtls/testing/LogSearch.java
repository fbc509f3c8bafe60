package dev.mtls.testing;

import java.util.List;
import org.slf4j.LoggerFactory;

/** A search of what is logged, from its start to its end, for {@linkplain KeyMaterial key material}. */
interface LogSearch {
    /** Starts a search; one that finds nothing where the logging library is not Logback. */
    static LogSearch start() {
        String library = LoggerFactory.getILoggerFactory().getClass().getName();
        return library.equals("ch.qos.logback.classic.LoggerContext") ? LogbackSearch.startInContext() : List::of;
    }

    /** Ends the search. Answers what was found, in words that do not repeat it. */
    List<String> end();
}
