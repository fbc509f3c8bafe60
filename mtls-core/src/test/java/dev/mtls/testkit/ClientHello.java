package dev.mtls.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What a client offers (RFC 8446 §4.1.2), numbers in hexadecimal. GREASE values (RFC 8701) are left out. */
public record ClientHello(List<String> cipherSuites, List<String> versions, List<String> groups) {
    private static final int SUPPORTED_GROUPS = 10;
    private static final int SUPPORTED_VERSIONS = 43;

    /** Reads one from the records that hold it. */
    public static ClientHello parse(ByteBuffer records) {
        ByteBuffer message = ByteBuffer.allocate(records.remaining());
        while (records.hasRemaining()) {
            records.position(records.position() + 3);
            byte[] fragment = new byte[records.getShort() & 0xffff];
            records.get(fragment);
            message.put(fragment);
        }
        message.flip();
        message.position(4 + 2 + 32);
        skip(message, message.get() & 0xff);
        List<String> suites = numbers(slice(message, message.getShort() & 0xffff));
        skip(message, message.get() & 0xff);
        List<String> versions = List.of();
        List<String> groups = List.of();
        ByteBuffer extensions = slice(message, message.getShort() & 0xffff);
        while (extensions.hasRemaining()) {
            int type = extensions.getShort() & 0xffff;
            ByteBuffer content = slice(extensions, extensions.getShort() & 0xffff);
            if (type == SUPPORTED_GROUPS) {
                groups = numbers(slice(content, content.getShort() & 0xffff));
            } else if (type == SUPPORTED_VERSIONS) {
                versions = numbers(slice(content, content.get() & 0xff));
            }
        }
        return new ClientHello(suites, versions, groups);
    }

    private static void skip(ByteBuffer buffer, int length) {
        buffer.position(buffer.position() + length);
    }

    private static ByteBuffer slice(ByteBuffer buffer, int length) {
        ByteBuffer slice = buffer.slice(buffer.position(), length);
        skip(buffer, length);
        return slice;
    }

    private static List<String> numbers(ByteBuffer buffer) {
        List<String> numbers = new ArrayList<>();
        while (buffer.hasRemaining()) {
            int number = buffer.getShort() & 0xffff;
            boolean grease = (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
            if (!grease) {
                numbers.add(String.format("%04x", number));
            }
        }
        return List.copyOf(numbers);
    }
}
