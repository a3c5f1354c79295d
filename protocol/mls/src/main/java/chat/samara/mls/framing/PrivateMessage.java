package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code PrivateMessage} (RFC 9420 §6.3): encrypted, and until it is opened unverified in everything it says. */
public record PrivateMessage(
        Bytes groupId,
        long epoch,
        int contentType,
        Bytes authenticatedData,
        Bytes encryptedSenderData,
        Bytes ciphertext)
        implements TlsEncodable {
    public static PrivateMessage readFrom(TlsReader reader) throws MlsException {
        return new PrivateMessage(
                reader.opaque(), reader.uint64(), reader.uint8(), reader.opaque(), reader.opaque(), reader.opaque());
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(groupId)
                .uint64(epoch)
                .uint8(contentType)
                .opaque(authenticatedData)
                .opaque(encryptedSenderData)
                .opaque(ciphertext);
    }

    /** {@code PrivateContentAAD} (RFC 9420 §6.3.1). */
    byte[] contentAad() {
        return new TlsWriter(64 + authenticatedData.size())
                .opaque(groupId)
                .uint64(epoch)
                .uint8(contentType)
                .opaque(authenticatedData)
                .toByteArray();
    }

    /** {@code SenderDataAAD} (RFC 9420 §6.3.2). */
    byte[] senderDataAad() {
        return new TlsWriter(64)
                .opaque(groupId)
                .uint64(epoch)
                .uint8(contentType)
                .toByteArray();
    }
}
