package chat.samara.mls.extension;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;
import java.util.Optional;

/** {@code RequiredCapabilities} (RFC 9420 §11.1): what every member must support. */
public record RequiredCapabilities(List<Integer> extensions, List<Integer> proposals, List<Integer> credentials)
        implements TlsEncodable {
    public RequiredCapabilities {
        extensions = List.copyOf(extensions);
        proposals = List.copyOf(proposals);
        credentials = List.copyOf(credentials);
    }

    public static RequiredCapabilities readFrom(TlsReader reader) throws MlsException {
        return new RequiredCapabilities(reader.vector16(), reader.vector16(), reader.vector16());
    }

    /** What the GroupContext's extensions require, if they say. */
    public static Optional<RequiredCapabilities> in(List<Extension> groupContextExtensions) throws MlsException {
        Optional<Bytes> data = Extension.find(groupContextExtensions, Extension.REQUIRED_CAPABILITIES);
        return data.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsReader.decode(data.get().arrayUnsafe(), RequiredCapabilities::readFrom));
    }

    /** As an extension of the GroupContext. */
    public Extension toExtension() {
        return new Extension(Extension.REQUIRED_CAPABILITIES, Bytes.wrapUnsafe(encode()));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.vector16(extensions).vector16(proposals).vector16(credentials);
    }
}
