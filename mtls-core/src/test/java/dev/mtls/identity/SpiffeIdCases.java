package dev.mtls.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The cases of {@code cases/spiffeid.json}, which were written from other projects' tests and the standard. */
public final class SpiffeIdCases {
    private static final JsonNode FILE = read();

    private SpiffeIdCases() {}

    /** A text to parse. */
    public record Case(String id, String kind, String input, String expected, JsonNode json) {
        @Override
        public String toString() {
            return id;
        }
    }

    /** All cases, those of a kind that is not the identity package's too. */
    public static List<Case> all() {
        return elements("cases")
                .map(json -> new Case(
                        json.get("id").asText(),
                        json.get("kind").asText(),
                        json.get("input").asText(),
                        json.get("expected").asText(),
                        json))
                .toList();
    }

    /** The cases of a kind and an expectation. */
    public static Stream<Case> of(String kind, String expected) {
        return all().stream()
                .filter(candidate ->
                        candidate.kind().equals(kind) && candidate.expected().equals(expected));
    }

    /** A matcher, which go-spiffe's matchers are the model of. */
    public record Matcher(String id, String matcher, List<String> args, String input, boolean matches) {
        @Override
        public String toString() {
            return id;
        }
    }

    /** The matcher cases. */
    public static List<Matcher> matchers() {
        return elements("matchers")
                .map(json -> new Matcher(
                        json.get("id").asText(),
                        json.get("matcher").asText(),
                        StreamSupport.stream(json.get("args").spliterator(), false)
                                .map(JsonNode::asText)
                                .toList(),
                        json.get("input").asText(),
                        json.get("matches").asBoolean()))
                .toList();
    }

    private static Stream<JsonNode> elements(String name) {
        return StreamSupport.stream(FILE.get(name).spliterator(), false);
    }

    private static JsonNode read() {
        try (InputStream in = SpiffeIdCases.class.getResourceAsStream("/cases/spiffeid.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, "cases/spiffeid.json"));
        } catch (IOException e) {
            throw new IllegalStateException("cases/spiffeid.json cannot be read", e);
        }
    }
}
