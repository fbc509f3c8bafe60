package dev.mtls.internal.pem;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * As much DER as it takes to wrap a traditional private key into PKCS#8, and to read what the JDK parses but does not hand out of an
 * extension. Whatever does not fit throws {@link IllegalArgumentException}.
 */
public final class Der {
    static final int INTEGER = 0x02;

    /** The tag of an octet string. */
    public static final int OCTET_STRING = 0x04;

    static final int OID = 0x06;

    /** The tag of a sequence. */
    public static final int SEQUENCE = 0x30;

    private final byte[] bytes;
    private int at;
    private final int end;

    /** Reads the bytes from their start. */
    public Der(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private Der(byte[] bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    /** Whether another element follows. */
    public boolean hasNext() {
        return at < end;
    }

    /** The tag of the next element. */
    public int peekTag() {
        require(1);
        return bytes[at] & 0xff;
    }

    /** Enters the next element, which must have the tag. */
    public Der enter(int tag) {
        if (peekTag() != tag) {
            throw new IllegalArgumentException(
                    String.format("unexpected tag 0x%02x (expected: 0x%02x)", peekTag(), tag));
        }
        at++;
        int length = length();
        require(length);
        Der inner = new Der(bytes, at, at + length);
        at += length;
        return inner;
    }

    /** All that is left. */
    public byte[] rest() {
        return Arrays.copyOfRange(bytes, at, end);
    }

    /** The next element whole, with its tag and length. */
    byte[] element(int tag) {
        int start = at;
        enter(tag);
        return Arrays.copyOfRange(bytes, start, at);
    }

    private int length() {
        require(1);
        int first = bytes[at++] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int octets = first & 0x7f;
        if (octets == 0 || octets > 3) {
            throw new IllegalArgumentException("unsupported length encoding");
        }
        require(octets);
        int length = 0;
        for (int i = 0; i < octets; i++) {
            length = (length << 8) | (bytes[at++] & 0xff);
        }
        return length;
    }

    private void require(int octets) {
        if (octets > end - at) {
            throw new IllegalArgumentException("truncated");
        }
    }

    /** An element of the tag with the contents one after the other. */
    static byte[] encode(int tag, byte[]... contents) {
        int length = 0;
        for (byte[] content : contents) {
            length += content.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else if (length < 0x10000) {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        } else if (length < 0x1000000) {
            out.write(0x83);
            out.write(length >> 16);
            out.write(length >> 8);
            out.write(length);
        } else {
            throw new IllegalArgumentException(length + " bytes (expected: less than 16 MiB)");
        }
        for (byte[] content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }
}
