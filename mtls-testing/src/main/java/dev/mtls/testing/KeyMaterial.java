package dev.mtls.testing;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds private keys in text, by their structure: whosever they are. */
final class KeyMaterial {
    private static final Pattern PEM = Pattern.compile("-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----");
    /** Every encoding is a SEQUENCE: its first byte, 0x30, makes the first letter of the base64 an M. */
    private static final Pattern BASE64 = Pattern.compile("M[A-Za-z0-9+/_-]{23}");

    private static final Pattern HEX = Pattern.compile("30(?:[0-9A-Fa-f]{2}){17}");
    private static final Pattern ARRAY = Pattern.compile("48(?:, ?-?\\d{1,3}){17}");

    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_IDENTIFIER = 0x06;

    private KeyMaterial() {}

    /** Which kind of key in which form is in the text, if there is one; without repeating it. */
    static Optional<String> find(String text) {
        if (PEM.matcher(text).find()) {
            return Optional.of("a private key as PEM");
        }
        if (anyMatch(BASE64, text, KeyMaterial::fromBase64)) {
            return Optional.of("a private key in base64");
        }
        if (anyMatch(HEX, text, run -> HexFormat.of().parseHex(run))) {
            return Optional.of("a private key in hexadecimal");
        }
        if (anyMatch(ARRAY, text, KeyMaterial::fromArray)) {
            return Optional.of("a private key as an array of bytes");
        }
        return Optional.empty();
    }

    private interface Decoding {
        byte[] decode(String run);
    }

    private static boolean anyMatch(Pattern pattern, String text, Decoding decoding) {
        Matcher matcher = pattern.matcher(text);
        // Matches may overlap: what precedes a key may look like the beginning of one.
        for (int from = 0; matcher.find(from); from = matcher.start() + 1) {
            if (beginsLikeAKey(decoding.decode(matcher.group()))) {
                return true;
            }
        }
        return false;
    }

    private static byte[] fromBase64(String run) {
        return Base64.getDecoder().decode(run.replace('-', '+').replace('_', '/'));
    }

    private static byte[] fromArray(String run) {
        String[] numbers = run.split(", ?", -1);
        byte[] bytes = new byte[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            bytes[i] = (byte) Integer.parseInt(numbers[i]);
        }
        return bytes;
    }

    /**
     * Whether the bytes, 18 or more, begin a PrivateKeyInfo (RFC 5958: version, algorithm), an RSAPrivateKey (RFC 8017 A.1.2: version,
     * modulus) or an ECPrivateKey (RFC 5915: version, octet string).
     */
    private static boolean beginsLikeAKey(byte[] bytes) {
        if (bytes[0] != SEQUENCE) {
            return false;
        }
        int version = contentStart(bytes, 0);
        if (bytes[version] != INTEGER || bytes[version + 1] != 1 || bytes[version + 2] < 0 || bytes[version + 2] > 1) {
            return false;
        }
        int next = version + 3;
        return switch (bytes[next]) {
            case SEQUENCE -> bytes[contentStart(bytes, next)] == OBJECT_IDENTIFIER;
            case OCTET_STRING -> bytes[next + 1] >= 20;
            case INTEGER -> (bytes[next + 1] & 0x80) != 0;
            default -> false;
        };
    }

    /** Where the content begins of the element that begins at the offset; its length takes at most four bytes. */
    private static int contentStart(byte[] bytes, int offset) {
        int length = bytes[offset + 1] & 0xff;
        return offset + 2 + (length > 0x80 && length <= 0x84 ? length - 0x80 : 0);
    }
}
