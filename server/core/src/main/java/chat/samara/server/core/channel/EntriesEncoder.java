package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.SlimEntries;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.SlimEntry;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts stored entries into a frame. For peers, and for devices of before, a stored row is what stands in the frame; for devices it is made slim.
 * Either way a frame is made once for all readers that stand at the same place.
 */
final class EntriesEncoder {
    private EntriesEncoder() {}

    /**
     * Consecutive entries, encoded.
     *
     * @param message an encoded {@code samara.v1.Entries}
     * @param lastSeq place of the last entry
     * @param count how many entries
     * @param entryBytes bytes of the entries alone, which is what credit counts
     */
    record Encoded(Bytes message, long lastSeq, int count, long entryBytes) {}

    /**
     * Reads entries from one place through another, as many as fit into so many bytes, but at least one.
     *
     * @param head an encoded SignedHead that is added if the last entry is at {@code throughSeq}, and that not before {@code headSeq}
     * @param headSeq the head's place
     */
    static Encoded encode(
            Rows rows,
            ChannelId channel,
            long fromSeq,
            long throughSeq,
            long bytesMax,
            Optional<Bytes> head,
            long headSeq) {
        List<Bytes> entries = new ArrayList<>();
        long[] bytes = new long[1];
        LogTable.scan(rows, channel, fromSeq, throughSeq, (seq, entry) -> {
            if (!entries.isEmpty() && bytes[0] + entry.size() > bytesMax) {
                return false;
            }
            entries.add(entry);
            bytes[0] += entry.size();
            return entries.size() < Limits.ENTRIES_PER_FRAME_MAX;
        });
        long lastSeq = fromSeq + entries.size() - 1;
        Optional<Bytes> fitting = lastSeq == throughSeq && lastSeq >= headSeq ? head : Optional.empty();
        return new Encoded(message(channel, entries, fitting), lastSeq, entries.size(), bytes[0]);
    }

    /**
     * As {@link #encode}, in the form for devices that take it slim; of those entries' bytes, too, as many as fit.
     */
    static Encoded encodeSlim(
            Rows rows,
            ChannelId channel,
            long fromSeq,
            long throughSeq,
            long bytesMax,
            Optional<Bytes> head,
            long headSeq) {
        Entries.Builder message = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setSlimFromSeq(fromSeq);
        SlimEntries slim = new SlimEntries();
        long[] bytes = new long[1];
        LogTable.scan(rows, channel, fromSeq, throughSeq, (seq, stored) -> {
            // A slim entry's place is where it stands in the frame: behind one that is missing all would be others.
            if (seq != fromSeq + message.getSlimCount()) {
                throw Stored.missing(Table.ENTRY, channel, "entry " + (fromSeq + message.getSlimCount()));
            }
            try {
                if (seq == fromSeq) {
                    message.setSlimPreviousEntryHash(SlimEntries.previousHash(stored));
                }
                SlimEntry entry = slim.next(stored);
                int size = entry.getSerializedSize();
                if (message.getSlimCount() > 0 && bytes[0] + size > bytesMax) {
                    return false;
                }
                message.addSlim(entry);
                bytes[0] += size;
                return message.getSlimCount() < Limits.ENTRIES_PER_FRAME_MAX;
            } catch (InvalidProtocolBufferException e) {
                throw Stored.corrupt(Table.ENTRY, channel, e);
            }
        });
        int count = message.getSlimCount();
        long lastSeq = fromSeq + count - 1;
        if (lastSeq == throughSeq && lastSeq >= headSeq) {
            head.ifPresent(it -> message.setHead(signedHead(channel, it)));
        }
        return new Encoded(Protobuf.encode(message.build()), lastSeq, count, bytes[0]);
    }

    private static SignedHead signedHead(ChannelId channel, Bytes encoded) {
        try {
            return SignedHead.parseFrom(encoded.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.HEAD, channel, e);
        }
    }

    /** No entries, with the head if the reader stands there. */
    static Encoded nothing(ChannelId channel, Optional<Bytes> head) {
        return new Encoded(message(channel, List.of(), head), 0, 0, 0);
    }

    private static Bytes message(ChannelId channel, List<Bytes> entries, Optional<Bytes> head) {
        return write(out -> {
            out.writeByteArray(Entries.CHANNEL_ID_FIELD_NUMBER, channel.bytes().arrayUnsafe());
            for (Bytes entry : entries) {
                out.writeByteArray(Entries.ENTRIES_FIELD_NUMBER, entry.arrayUnsafe());
            }
            if (head.isPresent()) {
                out.writeByteArray(Entries.HEAD_FIELD_NUMBER, head.get().arrayUnsafe());
            }
        });
    }

    /** A push to a device. */
    static Bytes serverFrame(Encoded encoded) {
        return write(out -> out.writeByteArray(
                ServerFrame.ENTRIES_FIELD_NUMBER, encoded.message().arrayUnsafe()));
    }

    /** What writes the fields of a message. */
    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static Bytes write(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new IllegalStateException("a stream in memory failed, expected it never to", e);
        }
        return Bytes.wrapUnsafe(bytes.toByteArray());
    }
}
