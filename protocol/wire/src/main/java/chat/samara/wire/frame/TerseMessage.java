package chat.samara.wire.frame;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;
import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Optional;

/**
 * The payload of an application message without what its record and its channel say already: its group is the channel's, its epoch the record's, and its
 * context ({@link MessageContext}) begins with the franking tag, of which the idempotency key is the start.
 *
 * @param message the rest of the tag, the encrypted sender data, the ciphertext
 * @param lastSeen what stands behind the tag in the context; empty if that names the entry before this one
 */
record TerseMessage(ByteString message, ByteString lastSeen) {
    /** Leaf, generation, reuse guard and the AEAD's tag (RFC 9420 §6.3.2), in every suite that there is. */
    private static final int SENDER_DATA_BYTES = 28;

    private static final int TAG_REST_BYTES = Franking.TAG_BYTES - IdempotencyKey.SIZE_BYTES;

    /** Bytes of {@code message} that are no ciphertext. */
    static final int BYTES_MIN = TAG_REST_BYTES + SENDER_DATA_BYTES;

    private static final int CONTEXT_VERSION = 1;
    private static final int VARINT_BYTES_MAX = 10;

    /** The most that {@code lastSeen} can have. */
    static final int LAST_SEEN_BYTES_MAX = VARINT_BYTES_MAX + MessageContext.HASH_START_BYTES;

    /** Of what entry it is the payload. */
    record Of(EntryPlace place, long epoch, ByteString idempotencyKey) {
        /** What a context says whose author had read the entry before this one last. */
        private Bytes entryBefore() {
            Bytes hash = Protobuf.toBytes(place.previousEntryHash());
            return Bytes.concat(varint(place.seq() - 1), hash.slice(0, MessageContext.HASH_START_BYTES));
        }
    }

    /** Empty for a payload that would not come back byte for byte. */
    static Optional<TerseMessage> of(ByteString payload, Of of) {
        PrivateMessage whole;
        try {
            whole = TlsReader.decode(payload.toByteArray(), TerseMessage::behindItsHeader);
        } catch (MlsException e) {
            return Optional.empty();
        }
        Bytes context = whole.authenticatedData();
        int tagEnd = 1 + Franking.TAG_BYTES;
        // Whoever writes a context of another form, or one that is longer, has it travel as it is: a device takes no
        // longer one.
        if (context.size() <= tagEnd
                || context.size() > tagEnd + LAST_SEEN_BYTES_MAX
                || whole.encryptedSenderData().size() != SENDER_DATA_BYTES
                || of.idempotencyKey.size() != IdempotencyKey.SIZE_BYTES) {
            return Optional.empty();
        }
        Bytes seen = context.slice(tagEnd, context.size());
        TerseMessage terse = new TerseMessage(
                Protobuf.toByteString(Bytes.concat(
                        context.slice(tagEnd - TAG_REST_BYTES, tagEnd),
                        whole.encryptedSenderData(),
                        whole.ciphertext())),
                seen.equals(of.entryBefore()) ? ByteString.EMPTY : Protobuf.toByteString(seen));
        return terse.payload(of).equals(payload) ? Optional.of(terse) : Optional.empty();
    }

    private static PrivateMessage behindItsHeader(TlsReader reader) throws MlsException {
        int unusedVersion = reader.uint16();
        int unusedFormat = reader.uint16();
        return PrivateMessage.readFrom(reader);
    }

    /** The payload that it stands for: at least {@link #BYTES_MIN} bytes have to be there. Nothing of it is verified. */
    ByteString payload(Of of) {
        Bytes bytes = Protobuf.toBytes(message);
        Bytes seen = lastSeen.isEmpty() ? of.entryBefore() : Protobuf.toBytes(lastSeen);
        Bytes context = new TlsWriter()
                .uint8(CONTEXT_VERSION)
                .raw(Protobuf.toBytes(of.idempotencyKey))
                .raw(bytes.slice(0, TAG_REST_BYTES))
                .raw(seen)
                .toBytes();
        PrivateMessage whole = new PrivateMessage(
                new ChannelId(Protobuf.toBytes(of.place.channel())).mlsGroupId(),
                of.epoch,
                Content.APPLICATION,
                context,
                bytes.slice(TAG_REST_BYTES, BYTES_MIN),
                bytes.slice(BYTES_MIN, bytes.size()));
        return Protobuf.toByteString(new TlsWriter(bytes.size() + context.size() + 64)
                .uint16(MlsMessage.MLS10)
                .uint16(WireFormat.PRIVATE_MESSAGE)
                .struct(whole)
                .toBytes());
    }

    /** 7 bits a byte, the lowest first, the top bit set in all but the last. */
    private static Bytes varint(long value) {
        byte[] out = new byte[VARINT_BYTES_MAX];
        int size = 0;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out[size++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out[size++] = (byte) rest;
        return Bytes.wrapUnsafe(Arrays.copyOf(out, size));
    }
}
