package dev.mtls.internal.pem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.bouncycastle.asn1.DEROctetString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DerTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 255, 256, 65_535, 65_536, 1_000_000})
    void encode_anyLength_asBouncyCastleDoes(int length) throws IOException {
        byte[] content = new byte[length];
        byte[] encoded = Der.encode(Der.OCTET_STRING, content);
        assertThat(encoded).isEqualTo(new DEROctetString(content).getEncoded());

        Der der = new Der(encoded);
        assertThat(der.element(Der.OCTET_STRING)).isEqualTo(encoded);
        assertThat(der.hasNext()).isFalse();
    }

    @Test
    void encode_tooLong_throws() {
        byte[] half = new byte[1 << 23];
        assertThatThrownBy(() -> Der.encode(Der.OCTET_STRING, half, half)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void enter_nested_seesTheContentAlone() {
        byte[] inner = Der.encode(Der.INTEGER, new byte[] {7});
        Der sequence = new Der(Der.encode(Der.SEQUENCE, inner, Der.encode(Der.OCTET_STRING, new byte[] {1})))
                .enter(Der.SEQUENCE);

        assertThat(sequence.peekTag()).isEqualTo(Der.INTEGER);
        assertThat(sequence.element(Der.INTEGER)).isEqualTo(inner);
        assertThat(sequence.enter(Der.OCTET_STRING).hasNext()).isTrue();
        assertThat(sequence.hasNext()).isFalse();
    }

    @Test
    void enter_damaged_throws() {
        byte[][] damaged = {
            {},
            {0x30},
            {0x30, 0x01},
            {0x30, (byte) 0x80},
            {0x30, (byte) 0x81},
            {0x30, (byte) 0x82, 0x01},
            {0x30, (byte) 0x83, (byte) 0xff, (byte) 0xff, (byte) 0xff},
            {0x30, (byte) 0x84, 0, 0, 0, 0},
            {0x31, 0x00}
        };
        for (byte[] bytes : damaged) {
            assertThatThrownBy(() -> new Der(bytes).enter(Der.SEQUENCE)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
