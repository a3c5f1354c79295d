package chat.samara.mls.welcome;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.schedule.GroupContext;
import java.util.List;

/**
 * {@code GroupInfo} (RFC 9420 §12.4.3) as it was decoded: nothing in it is verified.
 *
 * @param signer the leaf index of the member who signed it; negative stands for more than 2^31 - 1
 */
public record GroupInfoIn(
        GroupContext groupContext, List<Extension> extensions, Bytes confirmationTag, int signer, Bytes signature)
        implements TlsEncodable {
    static final String SIGNATURE_LABEL = "GroupInfoTBS";

    public GroupInfoIn {
        extensions = List.copyOf(extensions);
    }

    public static GroupInfoIn readFrom(TlsReader reader) throws MlsException {
        return new GroupInfoIn(
                GroupContext.readFrom(reader),
                Extension.readListFrom(reader),
                reader.opaque(),
                reader.uint32(),
                reader.opaque());
    }

    /** Verifies the signature with the key of the signer's leaf; {@link MlsError#INVALID_SIGNATURE}. */
    public GroupInfo verify(Bytes signatureKey) throws MlsException {
        if (!groupContext.suite().verifyWithLabel(signatureKey, SIGNATURE_LABEL, toBeSigned(), signature)) {
            throw new MlsException(MlsError.INVALID_SIGNATURE, "of the GroupInfo by leaf " + signer);
        }
        return new GroupInfo(this);
    }

    byte[] toBeSigned() {
        TlsWriter writer = new TlsWriter();
        writeUnsigned(writer);
        return writer.toByteArray();
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writeUnsigned(writer);
        writer.opaque(signature);
    }

    private void writeUnsigned(TlsWriter writer) {
        writer.struct(groupContext).vector(extensions).opaque(confirmationTag).uint32(signer);
    }
}
