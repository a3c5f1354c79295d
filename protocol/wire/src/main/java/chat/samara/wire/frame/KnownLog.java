package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a device knows of a log itself, and by which it finds the entries that a terse frame stands for. None of it is trusted: what was found is handed out only
 * if the hub has signed the head over it, and so is, byte for byte, what the hub has ordered.
 *
 * @param hubRootKey the hub's root public key, from the genesis
 * @param device its own id
 * @param waiting the payload of what it waits to see in the log, by its idempotency key
 */
public record KnownLog(
        ChannelId channel, Bytes hubRootKey, DeviceId device, Function<IdempotencyKey, Optional<Bytes>> waiting) {

    /** Where a reader stands: behind the last entry that it was shown, whether that is applied or not. */
    public static final class Place {
        private final long seq;
        private final Bytes hash;
        private final Optional<EntryFields> fields;

        private Place(long seq, Bytes hash, Optional<EntryFields> fields) {
            this.seq = seq;
            this.hash = hash;
            this.fields = fields;
        }

        /** Of which no more is known than where it is. */
        public static Place of(LogPosition position) {
            return new Place(position.seq(), position.entryHash(), Optional.empty());
        }

        /** Behind an entry, verified or not. */
        public static Place behind(LogEntry entry) throws RefusedException {
            EntryIn shown = EntryIn.shown(entry);
            return new Place(
                    shown.claimedSeq(), shown.unverified().hash(), Optional.of(EntryFields.of(entry.getEntry())));
        }

        /** The last entry's place; 0 before the first. */
        public long seq() {
            return seq;
        }
    }

    /**
     * The entries with their head, as they are found behind a place. Refused where the frame does not begin there ({@code GAP}), where something is not known here
     * that it leaves out, or where the hub has not signed what was found ({@code INVALID_PROOF}): whose fault that is cannot be told.
     *
     * @param frame of the form that {@link ServerFrames} requires
     */
    public Entries whole(TerseEntries frame, Place behind) throws RefusedException {
        if (behind.seq + 1 != frame.getFromSeq()) {
            throw Refusal.gap(behind.seq + 1, frame.getFromSeq()).asException();
        }
        EntryFields before = frame.getFromNothing()
                ? EntryFields.NOTHING
                : behind.fields.orElseThrow(() -> unknown("the entry before " + frame.getFromSeq()));
        EntryPlace place = new EntryPlace(
                Protobuf.toByteString(channel.bytes()), frame.getFromSeq(), Protobuf.toByteString(behind.hash));
        Entries.Builder whole = Entries.newBuilder().setChannelId(place.channel());
        List<ByteString> records = new ArrayList<>();
        Set<ByteString> used = new HashSet<>();
        for (SlimEntry terse : frame.getEntriesList()) {
            SlimEntry slim = isOwn(terse) ? withOwnPayload(terse, used) : terse;
            before = slim.getEntry().isEmpty() ? before.then(slim) : EntryFields.of(slim.getEntry());
            EntryFields.Rebuilt entry = slim.getEntry().isEmpty()
                    ? before.entry(withPayload(slim, before, place), place)
                    : EntryFields.Rebuilt.of(slim.getEntry());
            records.add(entry.record());
            LogEntry.Builder logEntry = LogEntry.newBuilder().setEntry(entry.encoded());
            if (slim.hasOriginProof()) {
                logEntry.setOriginProof(slim.getOriginProof());
            }
            whole.addEntries(logEntry);
            place = place.next(entry.encoded());
        }
        LogPosition last = last(before.term(), place);
        whole.setHead(proven(TerseHeads.whole(frame.getHead(), last, records)));
        FramePart.entries(whole.build(), EntryIn::shown);
        return whole.build();
    }

    /** The place of the last entry, by the one behind it. */
    private LogPosition last(long term, EntryPlace next) throws RefusedException {
        return new LogPosition(
                channel,
                Field.atLeast("Entry.term", term, 1),
                Field.atLeast("Entry.seq", next.seq() - 1, 1),
                Protobuf.toBytes(next.previousEntryHash()));
    }

    private SignedHead proven(SignedHead head) throws RefusedException {
        ProvenHead proven = HeadIn.of(head).verify(hubRootKey);
        return proven.toProto();
    }

    private static boolean isOwn(SlimEntry terse) {
        return terse.getEntry().isEmpty()
                && terse.getKind() == RecordKind.RECORD_KIND_UNSPECIFIED
                && terse.getDevice().isEmpty()
                && !terse.getSameDevice()
                && terse.getPayload().isEmpty()
                && terse.getMessage().isEmpty();
    }

    /** What waits is in the log once: so the frame that comes out is no larger than all that waits. */
    private SlimEntry withOwnPayload(SlimEntry terse, Set<ByteString> used) throws RefusedException {
        IdempotencyKey key = IdempotencyKey.fromWire("SlimEntry.idempotency_key", terse.getIdempotencyKey());
        Optional<Bytes> payload = used.add(terse.getIdempotencyKey()) ? waiting.apply(key) : Optional.empty();
        return terse.toBuilder()
                .setDevice(Protobuf.toByteString(device.bytes()))
                .setPayload(Protobuf.toByteString(payload.orElseThrow(() -> unknown("own message " + key))))
                .build();
    }

    private static RefusedException unknown(String what) {
        return RefusedException.of(
                ErrorCode.INVALID_PROOF, "a frame leaves out " + what + ", which is not known here", "terse-frame");
    }

    /** An entry of an application message as its author is sent it; any other as it is. */
    static SlimEntry withoutWhatItsAuthorHas(SlimEntry terse) {
        return terse.toBuilder()
                .clearDevice()
                .clearSameDevice()
                .clearPayload()
                .clearMessage()
                .clearLastSeen()
                .build();
    }

    /** With the payload for which its message stands, if it has one. */
    static SlimEntry withPayload(SlimEntry terse, EntryFields own, EntryPlace place) {
        if (terse.getMessage().isEmpty()) {
            return terse;
        }
        TerseMessage message = new TerseMessage(terse.getMessage(), terse.getLastSeen());
        return terse.toBuilder()
                .setPayload(message.payload(new TerseMessage.Of(place, own.epoch(), terse.getIdempotencyKey())))
                .build();
    }
}
