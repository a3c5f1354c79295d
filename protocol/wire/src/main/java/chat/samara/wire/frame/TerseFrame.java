package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.Head;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.TerseHead;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Consecutive entries up to their head, in as few bytes as a device needs that has all before them: what {@link KnownLog} gives back. Decision 0019 says what is
 * left out. Made once for all readers at a place, but for those who have said something of it themselves. Immutable.
 */
public final class TerseFrame {
    private final TerseEntries shared;

    /** Whose application message each entry is; empty if it is none. */
    private final List<ByteString> authorsOf;

    private TerseFrame(TerseEntries shared, List<ByteString> authorsOf) {
        this.shared = shared;
        this.authorsOf = authorsOf;
    }

    /**
     * Of entries of a verified log. Empty if the head is not that of the last of them, or would not come back, or there are too many of them: then they
     * travel as {@link SlimEntries}.
     *
     * @param entryBefore the encoded {@code samara.v1.LogEntry} before the first, if the readers were sent that in the same session
     * @param logEntries encoded {@code samara.v1.LogEntry}s, at least one
     * @param signedHead an encoded {@code samara.v1.SignedHead}
     */
    public static Optional<TerseFrame> of(Optional<Bytes> entryBefore, List<Bytes> logEntries, Bytes signedHead)
            throws InvalidProtocolBufferException, RefusedException {
        if (logEntries.size() > Limits.TERSE_ENTRIES_PER_FRAME_MAX) {
            return Optional.empty();
        }
        EntryFields before = EntryFields.NOTHING;
        if (entryBefore.isPresent()) {
            Entry entry =
                    EntryFields.parse(Entry.parser(), parsed(entryBefore.get()).getEntry());
            before = EntryFields.of(entry, EntryFields.parse(Record.parser(), entry.getRecord()));
        }
        TerseEntries.Builder frame = TerseEntries.newBuilder().setFromNothing(entryBefore.isEmpty());
        List<ByteString> records = new ArrayList<>();
        List<ByteString> authorsOf = new ArrayList<>();
        Entry last = Entry.getDefaultInstance();
        for (Bytes logEntry : logEntries) {
            LogEntry whole = parsed(logEntry);
            last = EntryFields.parse(Entry.parser(), whole.getEntry());
            Record record = EntryFields.parse(Record.parser(), last.getRecord());
            SlimEntry terse = terse(before, whole, last, record);
            if (frame.getEntriesCount() == 0) {
                frame.setFromSeq(last.getSeq()).setChannelStart(startOf(last.getChannelId()));
            }
            frame.addEntries(terse);
            authorsOf.add(isOwnOfSomebody(terse) ? record.getDevice() : ByteString.EMPTY);
            records.add(last.getRecord());
            before = EntryFields.of(last, record);
        }
        return head(signedHead, last, records)
                .map(head -> frame.setHead(head).build())
                .filter(TerseFrame::isTaken)
                .map(built -> new TerseFrame(built, List.copyOf(authorsOf)));
    }

    /** Whether a device takes it: what members have written is in it, and a frame that is refused would end each reader's connection again and again. */
    private static boolean isTaken(TerseEntries frame) {
        try {
            TerseForm.require(frame);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    private static LogEntry parsed(Bytes logEntry) throws InvalidProtocolBufferException {
        return EntryFields.parse(LogEntry.parser(), Protobuf.toByteString(logEntry));
    }

    /** How a channel is named in a terse frame. */
    public static ByteString startOf(ByteString channelId) {
        return channelId.substring(0, Limits.CHANNEL_START_BYTES);
    }

    private static boolean isOwnOfSomebody(SlimEntry terse) {
        return terse.getEntry().isEmpty() && terse.getKind() == RecordKind.RECORD_KIND_UNSPECIFIED;
    }

    private static SlimEntry terse(EntryFields before, LogEntry whole, Entry entry, Record record) {
        SlimEntry.Builder terse = before.differenceTo(entry, record);
        EntryPlace place = EntryPlace.of(entry);
        if (!record.getDevice().isEmpty() && record.getDevice().equals(before.device())) {
            terse.clearDevice().setSameDevice(true);
        }
        SlimEntry difference = terse.build();
        boolean comesBack =
                before.then(difference).entry(difference, place).encoded().equals(whole.getEntry());
        // Without a device and a payload it would stand for another one.
        boolean isNobodys =
                record.getKind() == RecordKind.APPLICATION && record.getDevice().isEmpty();
        if (record.getKind() == RecordKind.APPLICATION) {
            TerseMessage.of(
                            record.getPayload(),
                            new TerseMessage.Of(place, record.getEpoch(), record.getIdempotencyKey()))
                    .ifPresent(message ->
                            terse.clearPayload().setMessage(message.message()).setLastSeen(message.lastSeen()));
        }
        SlimEntry.Builder sent =
                comesBack && !isNobodys ? terse : SlimEntry.newBuilder().setEntry(whole.getEntry());
        if (record.getKind() == RecordKind.CONTROL) {
            sent.setOriginProof(whole.getOriginProof());
        }
        return sent.build();
    }

    /** That the head's hash is that of the last entry is taken for granted: both are of a log that was verified. */
    private static Optional<TerseHead> head(Bytes signedHead, Entry last, List<ByteString> records)
            throws InvalidProtocolBufferException, RefusedException {
        SignedHead signed = EntryFields.parse(SignedHead.parser(), Protobuf.toByteString(signedHead));
        Head head = EntryFields.parse(Head.parser(), signed.getHead());
        if (head.getSeq() != last.getSeq() || head.getTerm() != last.getTerm()) {
            return Optional.empty();
        }
        LogPosition position = new LogPosition(
                new ChannelId(Protobuf.toBytes(last.getChannelId())),
                last.getTerm(),
                last.getSeq(),
                Protobuf.toBytes(head.getEntryHash()));
        return TerseHeads.of(signed, position, records);
    }

    /** The devices that have said something of it: for these it has another form. */
    public Set<DeviceId> authors() {
        return authorsOf.stream()
                .filter(author -> !author.isEmpty())
                .map(author -> new DeviceId(Protobuf.toBytes(author)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** As it travels to whoever has said nothing of it. */
    public TerseEntries shared() {
        return shared;
    }

    /** As it travels to a device that has said something of it. */
    public TerseEntries to(DeviceId author) {
        ByteString device = Protobuf.toByteString(author.bytes());
        TerseEntries.Builder frame = shared.toBuilder();
        for (int i = 0; i < shared.getEntriesCount(); i++) {
            if (authorsOf.get(i).equals(device)) {
                frame.setEntries(i, KnownLog.withoutWhatItsAuthorHas(shared.getEntries(i)));
            }
        }
        return frame.build();
    }
}
