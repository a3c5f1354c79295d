package chat.samara.mls.credential;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;

/**
 * {@code Credential} (RFC 9420 §5.3): who a client says it is. Decoded, and nothing more: {@link AuthenticationService} judges it.
 *
 * <p>Every type that is registered holds one variable-length vector; so does {@link Unknown}, which survives a round trip.
 */
public sealed interface Credential extends TlsEncodable {
    /** A bare identity. */
    int BASIC = 0x0001;

    /** A chain of X.509 certificates. */
    int X509 = 0x0002;

    /** A bare identity, in a format that the application defines. */
    record Basic(Bytes identity) implements Credential {
        @Override
        public int type() {
            return BASIC;
        }

        @Override
        public Bytes content() {
            return identity;
        }
    }

    /**
     * X.509 certificates, the end entity's first; {@link X509Chain} reads them.
     *
     * @param certificates in DER, as they were received; at least one
     */
    record X509(List<Bytes> certificates) implements Credential {
        public X509 {
            certificates = List.copyOf(certificates);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("no certificate, expected the end entity's at least");
            }
        }

        @Override
        public int type() {
            return Credential.X509;
        }

        @Override
        public Bytes content() {
            TlsWriter writer = new TlsWriter();
            certificates.forEach(writer::opaque);
            return writer.toBytes();
        }
    }

    /**
     * A credential of any other type (RFC 9420 §13.3): one that the application knows, or nobody here.
     *
     * @param type from the registry of credential types (RFC 9420 §17.5)
     * @param content of the vector
     */
    record Unknown(int type, Bytes content) implements Credential {
        public Unknown {
            if (type <= Credential.X509 || type > 0xffff) {
                throw new IllegalArgumentException("credential type " + type + ", expected a uint16 above 2");
            }
        }
    }

    /** A basic credential. */
    static Credential basic(Bytes identity) {
        return new Basic(identity);
    }

    /** The code point. */
    int type();

    /** The content of the vector that follows the type: of a basic credential, the identity. */
    Bytes content();

    static Credential readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint16();
        return switch (type) {
            case 0 -> throw new MlsException(MlsError.MALFORMED, "credential type 0, expected another: it is reserved");
            case BASIC -> new Basic(reader.opaque());
            case X509 -> readX509(reader);
            default -> new Unknown(type, reader.opaque());
        };
    }

    private static Credential readX509(TlsReader reader) throws MlsException {
        List<Bytes> certificates = reader.vector(TlsReader::opaque);
        if (certificates.isEmpty()) {
            throw new MlsException(MlsError.MALFORMED, "an X.509 credential without any certificate");
        }
        return new X509(certificates);
    }

    @Override
    default void writeTo(TlsWriter writer) {
        writer.uint16(type()).opaque(content());
    }
}
