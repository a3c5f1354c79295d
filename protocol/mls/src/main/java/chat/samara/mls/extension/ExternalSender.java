package chat.samara.mls.extension;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import java.util.List;
import java.util.Optional;

/** {@code ExternalSender} (RFC 9420 §12.1.8.1): someone outside the group who may send it proposals. */
public record ExternalSender(Bytes signatureKey, Credential credential) implements TlsEncodable {
    public static ExternalSender readFrom(TlsReader reader) throws MlsException {
        return new ExternalSender(reader.opaque(), Credential.readFrom(reader));
    }

    /** The senders that the GroupContext's extensions name; none where they are silent. */
    public static List<ExternalSender> in(List<Extension> groupContextExtensions) throws MlsException {
        Optional<Bytes> data = Extension.find(groupContextExtensions, Extension.EXTERNAL_SENDERS);
        return data.isEmpty()
                ? List.of()
                : TlsReader.decode(data.get().arrayUnsafe(), reader -> reader.vector(ExternalSender::readFrom));
    }

    /** The senders as an extension of the GroupContext. */
    public static Extension toExtension(List<ExternalSender> senders) {
        return new Extension(
                Extension.EXTERNAL_SENDERS, new TlsWriter().vector(senders).toBytes());
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(signatureKey).struct(credential);
    }
}
