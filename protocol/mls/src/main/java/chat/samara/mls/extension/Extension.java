package chat.samara.mls.extension;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code Extension} (RFC 9420 §7.2).
 *
 * @param type from the registry of extension types (RFC 9420 §17.3)
 * @param data whatever the type defines
 */
public record Extension(int type, Bytes data) implements TlsEncodable {
    public static final int APPLICATION_ID = 0x0001;
    public static final int RATCHET_TREE = 0x0002;
    public static final int REQUIRED_CAPABILITIES = 0x0003;
    public static final int EXTERNAL_PUB = 0x0004;
    public static final int EXTERNAL_SENDERS = 0x0005;

    /** {@code app_data_dictionary} of draft-ietf-mls-extensions: no default type, whoever supports it lists it. */
    public static final int APP_DATA_DICTIONARY = 0x0006;

    public Extension {
        if (type < 0 || type > 0xffff) {
            throw new IllegalArgumentException("extension type " + type + ", expected a uint16");
        }
    }

    public static Extension readFrom(TlsReader reader) throws MlsException {
        return new Extension(reader.uint16(), reader.opaque());
    }

    /** {@code Extension extensions<V>}, refusing a type that is there twice (RFC 9420 §13.4). */
    public static List<Extension> readListFrom(TlsReader reader) throws MlsException {
        List<Extension> extensions = reader.vector(Extension::readFrom);
        requireDistinct(extensions);
        return extensions;
    }

    /** Refuses a list that has one type twice, with {@link MlsError#DUPLICATE_EXTENSION} (RFC 9420 §13.4). */
    public static void requireDistinct(List<Extension> extensions) throws MlsException {
        if (extensions.size() < 2) {
            return;
        }
        Set<Integer> types = new HashSet<>();
        for (Extension extension : extensions) {
            if (!types.add(extension.type)) {
                throw new MlsException(MlsError.DUPLICATE_EXTENSION, String.format("type 0x%04x", extension.type));
            }
        }
    }

    /** The data of the extension of that type. */
    public static Optional<Bytes> find(List<Extension> extensions, int type) {
        return extensions.stream()
                .filter(extension -> extension.type == type)
                .map(Extension::data)
                .findFirst();
    }

    /** Whether every client implements the type and none lists it in its capabilities (RFC 9420 §7.2). */
    public static boolean isDefaultType(int type) {
        return type >= APPLICATION_ID && type <= EXTERNAL_SENDERS;
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint16(type).opaque(data);
    }
}
