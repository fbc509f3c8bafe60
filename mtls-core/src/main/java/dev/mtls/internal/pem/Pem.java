package dev.mtls.internal.pem;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Reads PEM (RFC 7468), leniently about text around the blocks and strictly about the blocks. */
public final class Pem {
    /** The most bytes of a file or message that are looked at. */
    public static final int MAX_BYTES = 1 << 20;

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    private Pem() {}

    /** One block. */
    public static final class Block {
        private final String label;
        private final byte[] der;

        private Block(String label, byte[] der) {
            this.label = label;
            this.der = der;
        }

        /** The label, such as {@code CERTIFICATE}. */
        public String label() {
            return label;
        }

        /** The content, not copied. */
        public byte[] der() {
            return der;
        }
    }

    /** Whether the bytes look like PEM rather than DER. */
    public static boolean looksLikePem(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, MAX_BYTES), StandardCharsets.ISO_8859_1).contains(BEGIN);
    }

    /**
     * The blocks, in order.
     *
     * @param what what the bytes are, for the message, such as a file's name
     * @throws SvidRejectedException with {@code malformed} if a block is not closed, not Base64, or the text is too large
     */
    public static List<Block> parse(byte[] bytes, String what, FailureReason malformed) throws SvidRejectedException {
        if (bytes.length > MAX_BYTES) {
            throw new SvidRejectedException(
                    malformed, what + ": " + bytes.length + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<Block> blocks = new ArrayList<>();
        int last = 0;
        int at = text.indexOf(BEGIN);
        while (at >= 0) {
            checkNoEnd(text, last, at, what, malformed);
            int endOfLabel = text.indexOf(DASHES, at + BEGIN.length());
            if (endOfLabel < 0) {
                throw new SvidRejectedException(malformed, what + ": a PEM block's BEGIN line is not closed");
            }
            String label = text.substring(at + BEGIN.length(), endOfLabel);
            String end = END + label + DASHES;
            int endOfBlock = text.indexOf(end, endOfLabel);
            if (label.indexOf('\n') >= 0 || endOfBlock < 0) {
                throw new SvidRejectedException(malformed, what + ": a PEM block has no END line");
            }
            blocks.add(new Block(
                    label, decode(text.substring(endOfLabel + DASHES.length(), endOfBlock), what, malformed)));
            last = endOfBlock + end.length();
            at = text.indexOf(BEGIN, last);
        }
        checkNoEnd(text, last, text.length(), what, malformed);
        return blocks;
    }

    /** A block whose BEGIN line is damaged must not be passed over as text: it may be an authority or a CRL. */
    private static void checkNoEnd(String text, int from, int to, String what, FailureReason malformed)
            throws SvidRejectedException {
        int end = text.indexOf(END, from);
        if (end >= 0 && end < to) {
            throw new SvidRejectedException(malformed, what + ": a PEM block has an END line without a BEGIN line");
        }
    }

    private static byte[] decode(String base64, String what, FailureReason malformed) throws SvidRejectedException {
        if (base64.indexOf(':') >= 0) {
            throw new SvidRejectedException(
                    malformed,
                    what + ": a PEM block has headers, as encrypted keys have (expected: no headers, no encryption)");
        }
        try {
            return Base64.getDecoder().decode(base64.replaceAll("[ \t\r\n]", ""));
        } catch (IllegalArgumentException e) {
            // The exception of the decoder may quote its input, which may be a key: it is not passed on.
            throw new SvidRejectedException(malformed, what + ": the content of a PEM block is not Base64");
        }
    }
}
