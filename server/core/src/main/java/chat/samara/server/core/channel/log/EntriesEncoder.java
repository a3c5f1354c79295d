package chat.samara.server.core.channel.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.SlimEntries;
import chat.samara.wire.frame.TerseFrame;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Puts stored entries into a frame. For peers, and for devices of before, a stored row is what stands in the frame; for devices it is made slim, or terse.
 * Either way a frame is made once for all readers that stand at the same place.
 */
public final class EntriesEncoder {
    private EntriesEncoder() {}

    /**
     * Consecutive entries, encoded.
     *
     * @param message an encoded {@code samara.v1.Entries}
     * @param lastSeq place of the last entry
     * @param count how many entries
     * @param entryBytes bytes of the entries alone, which is what credit counts
     */
    public record Encoded(Bytes message, long lastSeq, int count, long entryBytes) {}

    /**
     * Reads entries from one place through another, as many as fit into so many bytes, but at least one.
     *
     * @param head an encoded SignedHead that is added if the last entry is at {@code throughSeq}, and that not before {@code headSeq}
     * @param headSeq the head's place
     */
    public static Encoded encode(
            Rows rows,
            ChannelId channel,
            long fromSeq,
            long throughSeq,
            long bytesMax,
            Optional<Bytes> head,
            long headSeq) {
        Taken taken = take(rows, channel, fromSeq, throughSeq, bytesMax, (seq, stored) -> stored);
        return taken.encoded(message(channel, taken.entries, taken.fitting(head, throughSeq, headSeq)));
    }

    /**
     * As {@link #encode}, in the form for devices that take it slim; of those entries' bytes, too, as many as fit.
     */
    public static Encoded encodeSlim(
            Rows rows,
            ChannelId channel,
            long fromSeq,
            long throughSeq,
            long bytesMax,
            Optional<Bytes> head,
            long headSeq) {
        SlimEntries slim = new SlimEntries();
        Taken taken = take(rows, channel, fromSeq, throughSeq, bytesMax, new SlimForm(slim, channel, fromSeq));
        return taken.encoded(
                slimMessage(channel, taken, taken.fitting(head, throughSeq, headSeq), slim.previousEntryHash()));
    }

    /**
     * All entries from one place through another, which is their head's, for devices that have what stands before. Empty where they are too many or have
     * more bytes than these, or where their form would not give them back: then they travel slim.
     *
     * @param leadsOn whether the readers were sent the entry before the first, in the same session
     * @param head an encoded SignedHead
     */
    public static Optional<TerseFrame> encodeTerse(
            Rows rows, ChannelId channel, long fromSeq, long throughSeq, long bytesMax, Bytes head, boolean leadsOn) {
        int before = leadsOn ? 1 : 0;
        if (throughSeq - fromSeq >= Limits.TERSE_ENTRIES_PER_FRAME_MAX) {
            return Optional.empty();
        }
        Taken taken =
                take(rows, channel, fromSeq - before, throughSeq, bytesMax, new InPlace(channel, fromSeq - before));
        if (taken.lastSeq() != throughSeq || taken.entries.size() == before) {
            return Optional.empty();
        }
        try {
            return TerseFrame.of(
                    leadsOn ? Optional.of(taken.entries.get(0)) : Optional.empty(),
                    taken.entries.subList(before, taken.entries.size()),
                    head);
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.HEAD, channel, e);
        }
    }

    /** What stands in a frame for an entry as it is stored. */
    @FunctionalInterface
    private interface Form {
        Bytes of(long seq, Bytes stored);
    }

    /** An entry's place is where it stands in the frame: behind one that is missing all would be others. */
    private static final class InPlace implements Form {
        private final ChannelId channel;
        private long nextSeq;

        InPlace(ChannelId channel, long fromSeq) {
            this.channel = channel;
            this.nextSeq = fromSeq;
        }

        @Override
        public Bytes of(long seq, Bytes stored) {
            if (seq != nextSeq) {
                throw Stored.missing(Table.ENTRY, channel, "entry " + nextSeq);
            }
            nextSeq++;
            return stored;
        }
    }

    private record SlimForm(SlimEntries slim, ChannelId channel, InPlace inPlace) implements Form {
        SlimForm(SlimEntries slim, ChannelId channel, long fromSeq) {
            this(slim, channel, new InPlace(channel, fromSeq));
        }

        @Override
        public Bytes of(long seq, Bytes stored) {
            try {
                return Protobuf.encode(slim.next(inPlace.of(seq, stored)));
            } catch (InvalidProtocolBufferException e) {
                throw Stored.corrupt(Table.ENTRY, channel, e);
            }
        }
    }

    /** Consecutive entries in their form, and their bytes. */
    private record Taken(long fromSeq, List<Bytes> entries, long bytes) {
        long lastSeq() {
            return fromSeq + entries.size() - 1;
        }

        /** The head, if these are the last entries that there are to read, and it lies within them. */
        Optional<Bytes> fitting(Optional<Bytes> head, long throughSeq, long headSeq) {
            return lastSeq() == throughSeq && lastSeq() >= headSeq ? head : Optional.empty();
        }

        Encoded encoded(Bytes message) {
            return new Encoded(message, lastSeq(), entries.size(), bytes);
        }
    }

    private static Taken take(Rows rows, ChannelId channel, long fromSeq, long throughSeq, long bytesMax, Form form) {
        List<Bytes> entries = new ArrayList<>();
        long[] bytes = new long[1];
        LogTable.scan(rows, channel, fromSeq, throughSeq, (seq, stored) -> {
            Bytes entry = form.of(seq, stored);
            if (!entries.isEmpty() && bytes[0] + entry.size() > bytesMax) {
                return false;
            }
            entries.add(entry);
            bytes[0] += entry.size();
            return entries.size() < Limits.ENTRIES_PER_FRAME_MAX;
        });
        return new Taken(fromSeq, entries, bytes[0]);
    }

    /** No entries, with the head if the reader stands there. */
    public static Encoded nothing(ChannelId channel, Optional<Bytes> head) {
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

    private static Bytes slimMessage(ChannelId channel, Taken taken, Optional<Bytes> head, ByteString previousHash) {
        return write(out -> {
            out.writeByteArray(Entries.CHANNEL_ID_FIELD_NUMBER, channel.bytes().arrayUnsafe());
            if (head.isPresent()) {
                out.writeByteArray(Entries.HEAD_FIELD_NUMBER, head.get().arrayUnsafe());
            }
            for (Bytes entry : taken.entries) {
                out.writeByteArray(Entries.SLIM_FIELD_NUMBER, entry.arrayUnsafe());
            }
            out.writeUInt64(Entries.SLIM_FROM_SEQ_FIELD_NUMBER, taken.fromSeq);
            out.writeBytes(Entries.SLIM_PREVIOUS_ENTRY_HASH_FIELD_NUMBER, previousHash);
        });
    }

    /** A push to a device. */
    public static Bytes serverFrame(Encoded encoded) {
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
