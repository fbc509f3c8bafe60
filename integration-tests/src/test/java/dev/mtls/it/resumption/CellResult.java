package dev.mtls.it.resumption;

import dev.mtls.identity.Role;
import dev.mtls.tls.TlsProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What became of a cell: one reading for each role that its stack has, provider of the counterpart, and way in which the change comes
 * about. Each reading is two connections with this library and two of the twin, none of them shared with another reading.
 */
record CellResult(Cell cell, List<Reading> readings) {
    /** The outcome with this library, and the one of the twin with a plain {@code SSLContext}. */
    record Reading(Role role, TlsProvider counterpart, Step step, Outcome ours, Outcome twin) {}

    static CellResult of(Cell cell, Realm realm) throws Exception {
        List<Reading> readings = new ArrayList<>();
        for (Arm arm : cell.stack().arms()) {
            for (TlsProvider counterpart : Cell.PROVIDERS) {
                for (Step step : cell.change().steps()) {
                    readings.add(read(cell, arm, counterpart, step, realm));
                }
            }
        }
        return new CellResult(cell, List.copyOf(readings));
    }

    private static Reading read(Cell cell, Arm arm, TlsProvider counterpart, Step step, Realm realm) throws Exception {
        try (Trial ours = Trial.ours(cell, arm, counterpart, realm);
                Trial twin = Trial.plain(cell, arm, counterpart, realm)) {
            // Both before the change, so that certificates that end are waited for once; ours last, so that it
            // reconnects at once.
            twin.connect(step.lifeOfCounterpart());
            ours.connect(step.lifeOfCounterpart());
            return new Reading(
                    arm.role(), counterpart, step, ours.changeAndReconnect(step), twin.changeAndReconnect(step));
        }
    }

    /** For the table: {@code judged | resumed}, ours and the twin's. */
    @Override
    public String toString() {
        List<String> ours = new ArrayList<>();
        List<String> twins = new ArrayList<>();
        for (Reading reading : readings) {
            ours.add(reading.ours().toString());
            twins.add(reading.twin().toString());
        }
        return summary(ours) + " | " + summary(twins);
    }

    private String summary(List<String> outcomes) {
        if (outcomes.stream().distinct().count() == 1) {
            return outcomes.get(0);
        }
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            parts.add(readings.get(i).role().name().toLowerCase(Locale.ROOT) + " " + outcomes.get(i));
        }
        return String.join(", ", parts.stream().distinct().toList());
    }
}
