package dev.mtls.it.resumption;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The results so far, to be printed. */
final class Matrix {
    private final Map<Cell, CellResult> results = new ConcurrentHashMap<>();

    void add(CellResult result) {
        results.put(result.cell(), result);
    }

    Map<Cell, CellResult> results() {
        return Map.copyOf(results);
    }

    /** A row for each stack, provider and TLS version, a column for each change; a cell without a result has failed, or did not run. */
    @Override
    public String toString() {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        List<String> head = new ArrayList<>(List.of("ours | plain SSLContext"));
        for (Change change : Change.values()) {
            head.add(change.toString());
        }
        rows.put("", head);
        for (Cell cell : Cell.all()) {
            rows.computeIfAbsent(cell.row(), row -> new ArrayList<>(List.of(row)))
                    .add(Optional.ofNullable(results.get(cell))
                            .map(CellResult::toString)
                            .orElse("no result"));
        }
        return table(List.copyOf(rows.values()));
    }

    private static String table(List<List<String>> rows) {
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream()
                        .mapToInt(each -> each.get(at).length())
                        .max()
                        .orElse(0);
                table.append(row.get(column))
                        .append(" ".repeat(width - row.get(column).length() + 3));
            }
            table.append(System.lineSeparator());
        }
        return table.toString();
    }
}
