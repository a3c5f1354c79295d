package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
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
import com.google.protobuf.InvalidProtocolBufferException;

/**
 * The form in which entries travel to devices: about half of the bytes, and yet it gives each entry back as it stands in the log, byte for
 * byte, since that is what hashes and heads cover. An entry that it could not give back travels as it is. Decision 0017 says what is left out.
 *
 * <p>Who makes a frame goes through its entries with one of these. Not thread-safe.
 */
public final class SlimEntries {
    private EntryFields before = EntryFields.NOTHING;
    private ByteString previousEntryHash = ByteString.EMPTY;

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
        LogEntry whole = EntryFields.parse(LogEntry.parser(), Protobuf.toByteString(encodedLogEntry));
        Entry entry = EntryFields.parse(Entry.parser(), whole.getEntry());
        Record record = EntryFields.parse(Record.parser(), entry.getRecord());
        SlimEntry.Builder slim = before.differenceTo(entry, record);
        SlimEntry difference = slim.build();
        ByteString rebuilt =
                before.then(difference).entry(difference, EntryPlace.of(entry)).encoded();
        if (!whole.getEntry().equals(rebuilt)) {
            slim = SlimEntry.newBuilder().setEntry(whole.getEntry());
        }
        if (record.getKind() == RecordKind.CONTROL) {
            slim.setOriginProof(whole.getOriginProof());
        }
        if (previousEntryHash.isEmpty()) {
            previousEntryHash = entry.getPreviousEntryHash();
        }
        before = EntryFields.of(entry, record);
        return slim.build();
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
        EntryFields before = EntryFields.NOTHING;
        EntryPlace place =
                new EntryPlace(message.getChannelId(), message.getSlimFromSeq(), message.getSlimPreviousEntryHash());
        for (SlimEntry slim : message.getSlimList()) {
            Field.requireAtMost("SlimEntry.entry", slim.getEntry(), Limits.ENTRY_BYTES_MAX);
            Field.requireAtMost("SlimEntry.origin", slim.getOrigin(), Limits.SERVER_NAME_BYTES_MAX);
            boolean isWhole = !slim.getEntry().isEmpty();
            before = isWhole ? EntryFields.of(slim.getEntry()) : before.then(slim);
            ByteString encoded =
                    isWhole ? slim.getEntry() : before.entry(slim, place).encoded();
            LogEntry.Builder entry = LogEntry.newBuilder().setEntry(encoded);
            if (slim.hasOriginProof()) {
                entry.setOriginProof(slim.getOriginProof());
            }
            whole.addEntries(entry);
            place = place.next(encoded);
        }
        return whole.build();
    }
}
