package chat.samara.mls.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The TLS presentation language (RFC 9420 §2.1)")
class TlsReaderTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 63, 64, 16383, 16384, (1 << 30) - 1})
    @DisplayName("lengths survive a round trip at the edges of their sizes")
    void lengths(int length) throws MlsException {
        byte[] encoded = new TlsWriter().varint(length).toByteArray();
        assertThat(TlsReader.decode(encoded, TlsReader::varint)).isEqualTo(length);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"4000", "403f", "80000000", "80003fff", "c0", "ffffffff", "40", "800000", ""})
    @DisplayName("lengths that are not minimal, of the prefix 11, or cut short are refused")
    void badLengths(String hex) {
        assertMalformed(Bytes.ofHex(hex).toByteArray(), TlsReader::varint);
    }

    @Test
    @DisplayName("a length beyond what is left is refused before anything is allocated")
    void lengthBeyondTheEnd() {
        assertMalformed(Bytes.ofHex("bfffffff00").toByteArray(), TlsReader::opaque);
        assertMalformed(Bytes.ofHex("03aabb").toByteArray(), TlsReader::opaque);
        assertMalformed(Bytes.ofHex("bfffffff00").toByteArray(), reader -> reader.vector(TlsReader::uint8));
    }

    @Test
    @DisplayName("trailing bytes are refused, after a struct and in a vector")
    void trailingBytes() {
        assertMalformed(Bytes.ofHex("000100").toByteArray(), TlsReader::uint16);
        assertMalformed(Bytes.ofHex("03000100").toByteArray(), TlsReader::vector16);
        assertMalformed(Bytes.ofHex("0500000001ff").toByteArray(), TlsReader::vector32);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 255})
    @DisplayName("a presence octet other than 0 and 1 is refused (RFC 9420 §2.1.1)")
    void presence(int octet) {
        assertMalformed(new byte[] {(byte) octet, 7}, reader -> reader.optional(TlsReader::uint8));
    }

    @Test
    @DisplayName("integers, vectors and optionals survive a round trip")
    void roundTrip() throws MlsException {
        byte[] encoded = new TlsWriter(1)
                .uint8(255)
                .uint16(65535)
                .uint32(-2)
                .uint64(-3)
                .opaque(new byte[100])
                .vector16(List.of(1, 2))
                .vector32(List.of(3, Integer.MAX_VALUE))
                .optional(Optional.empty())
                .toByteArray();
        TlsReader reader = new TlsReader(encoded);
        assertThat(reader.uint8()).isEqualTo(255);
        assertThat(reader.uint16()).isEqualTo(65535);
        assertThat(reader.uint32()).isEqualTo(-2);
        assertThat(reader.uint64()).isEqualTo(-3);
        assertThat(reader.opaque()).isEqualTo(Bytes.of(new byte[100]));
        assertThat(reader.vector16()).containsExactly(1, 2);
        assertThat(reader.vector32()).containsExactly(3, Integer.MAX_VALUE);
        assertThat(reader.optional(TlsReader::uint8)).isEmpty();
        reader.requireEnd();
    }

    @Test
    @DisplayName("an index above 2^31 - 1 is refused")
    void hugeIndex() {
        assertMalformed(Bytes.ofHex("80000000").toByteArray(), TlsReader::index32);
    }

    @Test
    @DisplayName("a vector of 2^30 bytes cannot be written")
    void tooLongToWrite() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TlsWriter().varint(1 << 30));
    }

    private static void assertMalformed(byte[] bytes, TlsReader.Decoder<?> decoder) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> TlsReader.decode(bytes, decoder))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.MALFORMED);
    }
}
