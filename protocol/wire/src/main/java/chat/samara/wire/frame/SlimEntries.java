package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SlimEntry;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import java.io.IOException;

/**
 * The form in which entries travel to devices: about half of the bytes, and yet it gives each entry back as it stands in the log, byte for
 * byte, since that is what hashes and heads cover. An entry that it could not give back travels as it is. Decision 0017 says what is left out.
 *
 * <p>Who makes a frame goes through its entries with one of these. Not thread-safe.
 */
public final class SlimEntries {
    /** Of an Entry and of a Record. One of another version travels as it is. */
    private static final int VERSION = 1;

    private Before before = Before.NOTHING;
    private ByteString previousEntryHash = ByteString.EMPTY;

    /** What an entry's slim form says as the difference to the entry before. */
    private record Before(
            long term, long acceptedTimeMillis, String origin, long originIncarnation, long originSeq, long epoch) {
        static final Before NOTHING = new Before(0, 0, "", 0, 0, 0);

        static Before of(Entry entry, Record record) {
            return new Before(
                    entry.getTerm(),
                    entry.getAcceptedTimeMillis(),
                    record.getOrigin(),
                    record.getOriginIncarnation(),
                    record.getOriginSeq(),
                    record.getEpoch());
        }

        /** Of the entry that follows, by its slim form. */
        Before then(SlimEntry slim) {
            return new Before(
                    term + slim.getTermChange(),
                    acceptedTimeMillis + slim.getAcceptedAfterMillis(),
                    slim.getOrigin().isEmpty() ? origin : slim.getOrigin(),
                    originIncarnation + slim.getOriginIncarnationChange(),
                    originSeq + slim.getOriginSeqChange(),
                    epoch + slim.getEpochChange());
        }
    }

    /** Where an entry stands: what the whole frame says once. */
    private record Place(ByteString channel, long seq, ByteString previousEntryHash) {
        static Place of(Entry entry) {
            return new Place(entry.getChannelId(), entry.getSeq(), entry.getPreviousEntryHash());
        }
    }

    /** What a frame says of its first entry: the hash of the entry before it. Empty before the first. */
    public ByteString previousEntryHash() {
        return previousEntryHash;
    }

    /**
     * The slim form of the frame's next entry. That it follows on the one before is taken for granted: both are of a log that was verified.
     *
     * @param encodedLogEntry an encoded {@code samara.v1.LogEntry}
     */
    public SlimEntry next(Bytes encodedLogEntry) throws InvalidProtocolBufferException {
        LogEntry whole = parse(LogEntry.parser(), Protobuf.toByteString(encodedLogEntry));
        Entry entry = parse(Entry.parser(), whole.getEntry());
        Record record = parse(Record.parser(), entry.getRecord());
        SlimEntry.Builder slim = difference(before, entry, record);
        SlimEntry difference = slim.build();
        if (!whole.getEntry().equals(rebuilt(before.then(difference), difference, Place.of(entry)))) {
            slim = SlimEntry.newBuilder().setEntry(whole.getEntry());
        }
        if (record.getKind() == RecordKind.CONTROL) {
            slim.setOriginProof(whole.getOriginProof());
        }
        if (previousEntryHash.isEmpty()) {
            previousEntryHash = entry.getPreviousEntryHash();
        }
        before = Before.of(entry, record);
        return slim.build();
    }

    /** Numbers wrap around, in both directions: so there is none that does not come back. */
    private static SlimEntry.Builder difference(Before before, Entry entry, Record record) {
        SlimEntry.Builder slim = SlimEntry.newBuilder()
                .setTermChange(entry.getTerm() - before.term)
                .setAcceptedAfterMillis(entry.getAcceptedTimeMillis() - before.acceptedTimeMillis)
                .setOriginIncarnationChange(record.getOriginIncarnation() - before.originIncarnation)
                .setOriginSeqChange(record.getOriginSeq() - before.originSeq)
                .setEpochChange(record.getEpoch() - before.epoch)
                .setIdempotencyKey(record.getIdempotencyKey())
                .setDevice(record.getDevice())
                .setPayload(record.getPayload())
                .setWaitedMillis(entry.getAcceptedTimeMillis() - record.getOriginTimeMillis());
        if (!record.getOrigin().equals(before.origin)) {
            slim.setOrigin(record.getOrigin());
        }
        if (record.getKind() != RecordKind.APPLICATION) {
            slim.setKindValue(record.getKindValue());
        }
        return slim;
    }

    /**
     * The encoded entry that a slim one stands for.
     *
     * @param own what the slim form and the entries before say of it
     */
    private static ByteString rebuilt(Before own, SlimEntry slim, Place place) {
        Record record = Record.newBuilder()
                .setVersion(VERSION)
                .setChannelId(place.channel)
                .setOrigin(own.origin)
                .setOriginIncarnation(own.originIncarnation)
                .setOriginSeq(own.originSeq)
                .setKindValue(slim.getKindValue() == 0 ? RecordKind.APPLICATION_VALUE : slim.getKindValue())
                .setEpoch(own.epoch)
                .setIdempotencyKey(slim.getIdempotencyKey())
                .setDevice(slim.getDevice())
                .setPayload(slim.getPayload())
                .setOriginTimeMillis(own.acceptedTimeMillis - slim.getWaitedMillis())
                .build();
        Entry entry = Entry.newBuilder()
                .setVersion(VERSION)
                .setChannelId(place.channel)
                .setTerm(own.term)
                .setSeq(place.seq)
                .setPreviousEntryHash(place.previousEntryHash)
                .setRecord(Protobuf.toByteString(Protobuf.encode(record)))
                .setAcceptedTimeMillis(own.acceptedTimeMillis)
                .build();
        return Protobuf.toByteString(Protobuf.encode(entry));
    }

    /** The same frame with whole entries in place of slim ones; most of these lack their origins' proofs. Nothing of them is verified, not even their form. */
    public static Entries whole(Entries message) throws RefusedException {
        if (message.getSlimCount() == 0) {
            return message;
        }
        if (message.getEntriesCount() > 0) {
            throw Field.malformed(
                    "Entries.entries", message.getEntriesCount() + " beside slim ones", "only the one or the other");
        }
        // What stands in each entry that comes out, or may, is bounded before anything is built: a small frame must
        // stay a small one.
        FramePart.channelId("Entries.channel_id", message.getChannelId());
        FramePart.hash("Entries.slim_previous_entry_hash", message.getSlimPreviousEntryHash());
        Field.requireCount("Entries.slim", message.getSlimCount(), Limits.ENTRIES_PER_FRAME_MAX);
        Entries.Builder whole =
                message.toBuilder().clearSlim().clearSlimFromSeq().clearSlimPreviousEntryHash();
        Before before = Before.NOTHING;
        Place place = new Place(message.getChannelId(), message.getSlimFromSeq(), message.getSlimPreviousEntryHash());
        for (SlimEntry slim : message.getSlimList()) {
            Field.requireAtMost("SlimEntry.entry", slim.getEntry(), Limits.ENTRY_BYTES_MAX);
            Field.requireAtMost("SlimEntry.origin", slim.getOrigin(), Limits.SERVER_NAME_BYTES_MAX);
            boolean isWhole = !slim.getEntry().isEmpty();
            before = isWhole ? before(slim.getEntry()) : before.then(slim);
            ByteString encoded = isWhole ? slim.getEntry() : rebuilt(before, slim, place);
            LogEntry.Builder entry = LogEntry.newBuilder().setEntry(encoded);
            if (slim.hasOriginProof()) {
                entry.setOriginProof(slim.getOriginProof());
            }
            whole.addEntries(entry);
            place = new Place(place.channel, place.seq + 1, hash(encoded));
        }
        return whole.build();
    }

    private static Before before(ByteString encodedEntry) throws RefusedException {
        try {
            Entry entry = parse(Entry.parser(), encodedEntry);
            Record record = parse(Record.parser(), entry.getRecord());
            Field.requireAtMost("Record.origin", record.getOrigin(), Limits.SERVER_NAME_BYTES_MAX);
            return Before.of(entry, record);
        } catch (InvalidProtocolBufferException e) {
            throw Field.malformed("SlimEntry.entry", String.valueOf(e.getMessage()), "an encoded Entry");
        }
    }

    private static ByteString hash(ByteString encodedEntry) {
        return Protobuf.toByteString(Sha256.of(encodedEntry.toByteArray()));
    }

    /** Parses without a copy of the bytes inside. */
    private static <M> M parse(Parser<M> parser, ByteString encoded) throws InvalidProtocolBufferException {
        CodedInputStream in = encoded.newCodedInput();
        in.enableAliasing(true);
        M message = parser.parseFrom(in);
        try {
            if (!in.isAtEnd()) {
                throw new InvalidProtocolBufferException("something stands behind the message");
            }
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory failed, expected them never to", e);
        }
        return message;
    }
}
