package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.schedule.GroupContext;

/** {@code FramedContent} (RFC 9420 §6): the content with where it belongs and who sends it. */
public record FramedContent(Bytes groupId, long epoch, Sender sender, Bytes authenticatedData, Content content)
        implements TlsEncodable {
    static final String SIGNATURE_LABEL = "FramedContentTBS";
    private static final int MLS10 = 1;

    public static FramedContent readFrom(TlsReader reader) throws MlsException {
        return new FramedContent(
                reader.opaque(),
                reader.uint64(),
                Sender.readFrom(reader),
                reader.opaque(),
                Content.readBodyFrom(reader, reader.uint8()));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(groupId).uint64(epoch).struct(sender).opaque(authenticatedData);
        writer.uint8(content.type());
        content.writeBodyTo(writer);
    }

    /** {@code FramedContentTBS} (RFC 9420 §6.1): what the signature covers. */
    byte[] toBeSigned(int wireFormat, GroupContext context) {
        TlsWriter writer = withoutContext(wireFormat);
        if (sender.signsGroupContext()) {
            writer.struct(context);
        }
        return writer.toByteArray();
    }

    /** {@code FramedContentTBS} of a sender who need not know the GroupContext. */
    byte[] toBeSignedOutside(int wireFormat) {
        if (sender.signsGroupContext()) {
            throw new IllegalArgumentException("content of " + sender + ", expected one that proposes from outside");
        }
        return withoutContext(wireFormat).toByteArray();
    }

    private TlsWriter withoutContext(int wireFormat) {
        return new TlsWriter(512).uint16(MLS10).uint16(wireFormat).struct(this);
    }
}
