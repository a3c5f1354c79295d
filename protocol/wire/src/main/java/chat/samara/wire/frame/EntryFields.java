package chat.samara.wire.frame;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SlimEntry;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import java.io.IOException;

/** What a {@link SlimEntry} says as the difference to the entry before. Numbers wrap around, in both directions: so there is none that does not come back. */
record EntryFields(
        long term,
        long acceptedTimeMillis,
        String origin,
        long originIncarnation,
        long originSeq,
        long epoch,
        ByteString device) {
    static final EntryFields NOTHING = new EntryFields(0, 0, "", 0, 0, 0, ByteString.EMPTY);

    /** Of an Entry and of a Record. One of another version travels as it is. */
    private static final int VERSION = 1;

    /** An encoded Entry, and the encoded Record in it. */
    record Rebuilt(ByteString encoded, ByteString record) {
        /** One that came as it is. */
        static Rebuilt of(ByteString encoded) throws RefusedException {
            try {
                return new Rebuilt(encoded, parse(Entry.parser(), encoded).getRecord());
            } catch (InvalidProtocolBufferException e) {
                throw notAnEntry(e);
            }
        }
    }

    static EntryFields of(Entry entry, Record record) {
        return new EntryFields(
                entry.getTerm(),
                entry.getAcceptedTimeMillis(),
                record.getOrigin(),
                record.getOriginIncarnation(),
                record.getOriginSeq(),
                record.getEpoch(),
                // A copy: what is parsed without one would keep the whole entry in memory.
                ByteString.copyFrom(record.getDevice().asReadOnlyByteBuffer()));
    }

    /** Of an encoded Entry. Of what stands in each entry behind it the size is bounded. */
    static EntryFields of(ByteString encodedEntry) throws RefusedException {
        try {
            Entry entry = parse(Entry.parser(), encodedEntry);
            Record record = parse(Record.parser(), entry.getRecord());
            Field.requireAtMost("Record.origin", record.getOrigin(), Limits.SERVER_NAME_BYTES_MAX);
            Field.requireAtMost("Record.device", record.getDevice(), DeviceId.SIZE_BYTES);
            return of(entry, record);
        } catch (InvalidProtocolBufferException e) {
            throw notAnEntry(e);
        }
    }

    private static RefusedException notAnEntry(InvalidProtocolBufferException e) {
        return Field.malformed("SlimEntry.entry", String.valueOf(e.getMessage()), "an encoded Entry");
    }

    /** The slim form of the entry that follows. */
    SlimEntry.Builder differenceTo(Entry entry, Record record) {
        SlimEntry.Builder slim = SlimEntry.newBuilder()
                .setTermChange(entry.getTerm() - term)
                .setAcceptedAfterMillis(entry.getAcceptedTimeMillis() - acceptedTimeMillis)
                .setOriginIncarnationChange(record.getOriginIncarnation() - originIncarnation)
                .setOriginSeqChange(record.getOriginSeq() - originSeq)
                .setEpochChange(record.getEpoch() - epoch)
                .setIdempotencyKey(record.getIdempotencyKey())
                .setDevice(record.getDevice())
                .setPayload(record.getPayload())
                .setWaitedMillis(entry.getAcceptedTimeMillis() - record.getOriginTimeMillis());
        if (!record.getOrigin().equals(origin)) {
            slim.setOrigin(record.getOrigin());
        }
        if (record.getKind() != RecordKind.APPLICATION) {
            slim.setKindValue(record.getKindValue());
        }
        return slim;
    }

    /** Of the entry that follows, by its slim form. */
    EntryFields then(SlimEntry slim) {
        return new EntryFields(
                term + slim.getTermChange(),
                acceptedTimeMillis + slim.getAcceptedAfterMillis(),
                slim.getOrigin().isEmpty() ? origin : slim.getOrigin(),
                originIncarnation + slim.getOriginIncarnationChange(),
                originSeq + slim.getOriginSeqChange(),
                epoch + slim.getEpochChange(),
                slim.getSameDevice() ? device : slim.getDevice());
    }

    /** The entry that has these fields, and of which a slim form says the rest. */
    Rebuilt entry(SlimEntry slim, EntryPlace place) {
        ByteString record = Protobuf.toByteString(Protobuf.encode(Record.newBuilder()
                .setVersion(VERSION)
                .setChannelId(place.channel())
                .setOrigin(origin)
                .setOriginIncarnation(originIncarnation)
                .setOriginSeq(originSeq)
                .setKindValue(slim.getKindValue() == 0 ? RecordKind.APPLICATION_VALUE : slim.getKindValue())
                .setEpoch(epoch)
                .setIdempotencyKey(slim.getIdempotencyKey())
                .setDevice(device)
                .setPayload(slim.getPayload())
                .setOriginTimeMillis(acceptedTimeMillis - slim.getWaitedMillis())
                .build()));
        Entry entry = Entry.newBuilder()
                .setVersion(VERSION)
                .setChannelId(place.channel())
                .setTerm(term)
                .setSeq(place.seq())
                .setPreviousEntryHash(place.previousEntryHash())
                .setRecord(record)
                .setAcceptedTimeMillis(acceptedTimeMillis)
                .build();
        return new Rebuilt(Protobuf.toByteString(Protobuf.encode(entry)), record);
    }

    /** Parses without a copy of the bytes inside. */
    static <M> M parse(Parser<M> parser, ByteString encoded) throws InvalidProtocolBufferException {
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
