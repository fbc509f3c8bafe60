package dev.mtls.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/** Searches with a filter rather than an appender: it sees the messages of levels that are switched off too, and changes nothing. */
final class LogbackSearch extends TurboFilter implements LogSearch {
    private static final String OWN_LOGGERS = "dev.mtls";
    private static final int MAX_CAUSES = 20;

    private final LoggerContext loggers;
    private final Queue<String> found = new ConcurrentLinkedQueue<>();

    private LogbackSearch(LoggerContext loggers) {
        this.loggers = loggers;
    }

    static LogbackSearch startInContext() {
        LogbackSearch search = new LogbackSearch((LoggerContext) LoggerFactory.getILoggerFactory());
        search.start();
        search.loggers.addTurboFilter(search);
        return search;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        // A question whether the level is on has no format.
        if (format != null && (isOwn(logger) || level.isGreaterOrEqual(logger.getEffectiveLevel()))) {
            var message = MessageFormatter.arrayFormat(format, arguments);
            search(logger, level, message.getMessage());
            // The last argument may be the exception.
            searchCauses(logger, level, thrown == null ? message.getThrowable() : thrown);
        }
        return FilterReply.NEUTRAL;
    }

    private static boolean isOwn(Logger logger) {
        return logger.getName().equals(OWN_LOGGERS) || logger.getName().startsWith(OWN_LOGGERS + ".");
    }

    private void searchCauses(Logger logger, Level level, @Nullable Throwable thrown) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            search(logger, level, cause.toString());
            for (Throwable suppressed : cause.getSuppressed()) {
                search(logger, level, suppressed.toString());
            }
            cause = cause.getCause();
        }
    }

    private void search(Logger logger, Level level, @Nullable String text) {
        if (text != null) {
            KeyMaterial.find(text)
                    .ifPresent(what -> found.add(what + " in a message of " + logger.getName() + " at " + level));
        }
    }

    @Override
    public List<String> end() {
        loggers.getTurboFilterList().remove(this);
        stop();
        return new ArrayList<>(found);
    }
}
