package chat.samara.mls.codec;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors deserialization.json")
class DeserializationVectorsTest {
    @Test
    @DisplayName("every header decodes to its length, and the length encodes to the header")
    void headers() throws MlsException {
        for (JsonObject vector : Vectors.load("deserialization")) {
            byte[] header = Vectors.bytes(vector, "vlbytes_header");
            int length = vector.get("length").getAsInt();
            assertThat(TlsReader.decode(header, TlsReader::varint)).isEqualTo(length);
            assertThat(new TlsWriter().varint(length).toByteArray()).isEqualTo(header);
        }
    }
}
