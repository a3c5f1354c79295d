package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code HPKECiphertext} (RFC 9420 §7.6). */
public record HpkeCiphertext(Bytes kemOutput, Bytes ciphertext) implements TlsEncodable {
    public static HpkeCiphertext readFrom(TlsReader reader) throws MlsException {
        return new HpkeCiphertext(reader.opaque(), reader.opaque());
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(kemOutput).opaque(ciphertext);
    }
}
