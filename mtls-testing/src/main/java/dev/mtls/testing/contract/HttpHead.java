package dev.mtls.testing.contract;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * The lines before the body of a request or response.
 *
 * @param startLine the first line
 * @param headers the others, in lower case, as they came
 */
record HttpHead(String startLine, String headers) {
    private static final int MAX_BYTES = 16 * 1024;

    /** The next head; empty at the end of the stream. */
    static Optional<HttpHead> read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String head = "";
        while (!head.endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0 && bytes.size() == 0) {
                return Optional.empty();
            }
            if (next < 0 || bytes.size() > MAX_BYTES) {
                throw new EOFException("the stream ended within the head of a message");
            }
            bytes.write(next);
            if (next == '\n') {
                head = bytes.toString(StandardCharsets.ISO_8859_1);
            }
        }
        int end = head.indexOf("\r\n");
        return Optional.of(
                new HttpHead(head.substring(0, end), head.substring(end).toLowerCase(Locale.ROOT)));
    }

    /** A whole message, to be written at once: the second of two small writes waits for the peer's delayed acknowledgement of the first. */
    static byte[] message(String head, byte[] body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    int contentLength() {
        String name = "\r\ncontent-length:";
        int start = headers.indexOf(name);
        if (start < 0) {
            return 0;
        }
        int from = start + name.length();
        return Integer.parseInt(
                headers.substring(from, headers.indexOf("\r\n", from)).trim());
    }

    boolean closes() {
        return headers.contains("\r\nconnection: close\r\n");
    }
}
