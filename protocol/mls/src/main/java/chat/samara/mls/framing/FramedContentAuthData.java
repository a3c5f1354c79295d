package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.Optional;

/**
 * {@code FramedContentAuthData} (RFC 9420 §6.1).
 *
 * @param confirmationTag present in a commit, and in nothing else
 */
public record FramedContentAuthData(Bytes signature, Optional<Bytes> confirmationTag) {
    public static FramedContentAuthData readFrom(TlsReader reader, int contentType) throws MlsException {
        return new FramedContentAuthData(
                reader.opaque(), contentType == Content.COMMIT ? Optional.of(reader.opaque()) : Optional.empty());
    }

    void writeTo(TlsWriter writer) {
        writer.opaque(signature);
        confirmationTag.ifPresent(writer::opaque);
    }
}
