package chat.samara.mls.credential;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/**
 * {@code Credential} (RFC 9420 §5.3). Every type that is registered, and every type this project defines, holds one
 * variable-length vector, so an unknown type survives a round trip.
 *
 * @param type from the registry of credential types (RFC 9420 §17.5)
 * @param content the identity of a basic credential, or the content of the vector of any other
 */
public record Credential(int type, Bytes content) implements TlsEncodable {
    /** A bare identity, in a format that the application defines. */
    public static final int BASIC = 0x0001;

    /** A chain of X.509 certificates. */
    public static final int X509 = 0x0002;

    public Credential {
        if (type < 0 || type > 0xffff) {
            throw new IllegalArgumentException("credential type " + type + ", expected a uint16");
        }
    }

    /** A basic credential. */
    public static Credential basic(Bytes identity) {
        return new Credential(BASIC, identity);
    }

    public static Credential readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint16();
        if (type == 0) {
            throw new MlsException(MlsError.MALFORMED, "credential type 0, expected another: it is reserved");
        }
        return new Credential(type, reader.opaque());
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint16(type).opaque(content);
    }
}
