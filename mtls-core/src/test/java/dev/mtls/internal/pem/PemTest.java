package dev.mtls.internal.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.mtls.failure.FailureReason;
import dev.mtls.failure.SvidRejectedException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {
    private static final String A = "-----BEGIN A-----\nAQID\n-----END A-----\n";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static List<Pem.Block> parse(String text) throws SvidRejectedException {
        return Pem.parse(bytes(text), "the file", FailureReason.MALFORMED_CRL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                A,
                "-----BEGIN A-----\r\nAQID\r\n-----END A-----\r\n",
                "-----BEGIN A-----\nAQ\nID\n\n-----END A-----",
                "-----BEGIN A-----AQID-----END A-----",
                "subject=/CN=ä\n-----BEGIN A-----\n \tAQID \n-----END A-----\nand more",
            })
    void parse_blockInAnyDress_isRead(String text) throws Exception {
        List<Pem.Block> blocks = parse(text);

        assertThat(blocks).hasSize(1);
        assertThat(blocks.get(0).label()).isEqualTo("A");
        assertThat(blocks.get(0).der()).containsExactly(1, 2, 3);
    }

    @Test
    void parse_severalBlocks_keepTheirOrder() throws Exception {
        assertThat(parse("x\n" + A + "y\n" + A.replace(" A", " B") + A))
                .extracting(Pem.Block::label)
                .containsExactly("A", "B", "A");
        assertThat(parse("nothing")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-----BEGIN A",
                "-----BEGIN A-----\nAQID",
                "-----BEGIN A-----\nAQID\n-----END B-----\n",
                "-----BEGIN A-----\nAQIDA\n-----END A-----\n",
                "-----BEGIN A-----\nAQ*D\n-----END A-----\n",
                "-----BEGIN A\nB-----\nAQID\n-----END A\nB-----\n",
                "-----BEGIN A-----\n" + A,
                // A damaged BEGIN line: the block must not be passed over.
                "----BEGIN A-----\nAQID\n-----END A-----\n",
                A + "-----BEGINA-----\nAQID\n-----END A-----\n",
                A + "-----END A-----\n" + A,
                "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END A-----\n",
            })
    void parse_damagedBlock_rejectedWithoutQuotingIt(String text) {
        SvidRejectedException e = catchThrowableOfType(SvidRejectedException.class, () -> parse(text));

        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo(FailureReason.MALFORMED_CRL);
        assertThat(e.getMessage()).startsWith("the file: ").doesNotContain("AQ");
    }

    @Test
    void parse_moreBytesThanTheLimit_rejected() throws Exception {
        String filler = "x".repeat(Pem.MAX_BYTES - A.length());
        assertThat(parse(A + filler)).hasSize(1);

        assertThat(catchThrowableOfType(SvidRejectedException.class, () -> parse(A + filler + "x")))
                .hasMessageContaining(String.valueOf(Pem.MAX_BYTES));
    }

    @Test
    void parse_manyBlocks_takesLinearTime() throws Exception {
        assertThat(parse(A.repeat(Pem.MAX_BYTES / A.length()))).hasSize(Pem.MAX_BYTES / A.length());
    }

    @Test
    void looksLikePem_blockAnywhere() {
        assertThat(Pem.looksLikePem(bytes(A))).isTrue();
        assertThat(Pem.looksLikePem(bytes("text\n" + A))).isTrue();
        assertThat(Pem.looksLikePem(new byte[] {0x30, 0x03, 0x01})).isFalse();
        assertThat(Pem.looksLikePem(new byte[0])).isFalse();
    }
}
