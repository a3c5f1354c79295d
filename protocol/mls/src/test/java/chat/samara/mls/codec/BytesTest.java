package chat.samara.mls.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Bytes")
class BytesTest {
    @Test
    @DisplayName("do not change with the arrays that they came from or went to")
    void immutable() {
        byte[] source = {1, 2, 3};
        Bytes bytes = Bytes.of(source);
        source[0] = 9;
        bytes.toByteArray()[1] = 9;
        assertThat(bytes).isEqualTo(Bytes.of((byte) 1, (byte) 2, (byte) 3));
    }

    @Test
    @DisplayName("are ordered as unsigned bytes, a prefix first")
    void order() {
        assertThat(Bytes.ofHex("7f")).isLessThan(Bytes.ofHex("80"));
        assertThat(Bytes.ofHex("01")).isLessThan(Bytes.ofHex("0100"));
        assertThat(Bytes.EMPTY).isLessThan(Bytes.ofHex("00"));
    }

    @Test
    @DisplayName("are cut, joined and compared by their start")
    void parts() {
        Bytes bytes = Bytes.ofHex("00112233");
        assertThat(bytes.slice(1, 3)).isEqualTo(Bytes.ofHex("1122"));
        assertThat(Bytes.concat(bytes.slice(0, 1), bytes.slice(1, 4))).isEqualTo(bytes);
        assertThat(bytes.startsWith(Bytes.ofHex("0011"))).isTrue();
        assertThat(bytes.startsWith(Bytes.ofHex("0012"))).isFalse();
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> bytes.slice(2, 5));
    }

    @Test
    @DisplayName("show only their beginning when they are long")
    void shown() {
        assertThat(Bytes.of(new byte[100])).hasToString("0000000000000000…(100)");
    }
}
