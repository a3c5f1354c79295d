package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.ByteString;
import java.util.Optional;

/** A record from outside: well formed, but nobody has checked its origin's proof. */
public final class RecordIn {
    private final Record record;
    private final Proof proof;

    private RecordIn(Record record, Proof proof) {
        this.record = record;
        this.proof = proof;
    }

    /** A record as it came over a link. */
    public static RecordIn of(SignedRecord message) throws RefusedException {
        Record record = parse(Field.upTo("SignedRecord.record", message.getRecord(), Limits.RECORD_BYTES_MAX));
        if (!message.hasProof()) {
            throw Field.malformed("SignedRecord.proof", "missing", "the origin's proof");
        }
        return new RecordIn(record, Proof.of(message.getProof()));
    }

    /** Decodes an encoded {@code samara.v1.SignedRecord}, such as one from the own store. */
    public static RecordIn decode(Bytes encodedSignedRecord) throws RefusedException {
        return of(Protobuf.decode(
                "signed record", SignedRecord.parser(), encodedSignedRecord, Limits.SIGNED_RECORD_BYTES_MAX));
    }

    /** The origin that it claims: look up the root key by this. */
    public ServerName claimedOrigin() {
        return record.origin();
    }

    /** The channel that it claims to be for. */
    public ChannelId claimedChannel() {
        return record.channel();
    }

    /** What it says, which may be anybody's word. */
    public Record claimed() {
        return record;
    }

    /** Checks the origin's proof. Refused with {@code INVALID_PROOF}. */
    public ProvenRecord verify(Bytes originRootKey) throws RefusedException {
        return verify(originRootKey, new VerifiedBatches());
    }

    /** As {@link #verify(Bytes)}; the signature of a batch that was verified before is not verified again. */
    public ProvenRecord verify(Bytes originRootKey, VerifiedBatches verified) throws RefusedException {
        if (!proof.proves(record.leafHash(), originRootKey, verified)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "record " + record.originSeq() + " of " + record.origin()
                            + " is not proven by that server's root key",
                    "record-proof");
        }
        return new ProvenRecord(record, proof);
    }

    /** For a record from the own store, which was verified before it was written there. */
    public ProvenRecord trustStored() {
        return new ProvenRecord(record, proof);
    }

    /** The record as it claims to be. For those who check by something else than its origin's signature who has made what is in it. */
    public Record unverified() {
        return record;
    }

    /** Checks the form of an encoded record: every field and every bound. */
    static Record parse(Bytes encoded) throws RefusedException {
        chat.samara.wire.proto.Record message =
                Protobuf.decode("Record", chat.samara.wire.proto.Record.parser(), encoded, Limits.RECORD_BYTES_MAX);
        Field.requireVersion("Record.version", message.getVersion(), Record.VERSION);
        RecordKind kind = kind(message);
        int payloadMax =
                kind == RecordKind.APPLICATION ? Limits.APPLICATION_PAYLOAD_BYTES_MAX : Limits.PAYLOAD_BYTES_MAX;
        Record.Content content = new Record.Content(
                ChannelId.fromWire("Record.channel_id", message.getChannelId()),
                ServerName.fromWire(message.getOrigin()),
                Field.atLeast("Record.origin_incarnation", message.getOriginIncarnation(), 1),
                Field.atLeast("Record.origin_seq", message.getOriginSeq(), 1),
                kind,
                Field.atLeast("Record.epoch", message.getEpoch(), 0),
                IdempotencyKey.fromWire("Record.idempotency_key", message.getIdempotencyKey()),
                device(kind, message.getDevice()),
                Field.upTo("Record.payload", message.getPayload(), payloadMax),
                Field.atLeast("Record.origin_time_millis", message.getOriginTimeMillis(), 0));
        return new Record(content, encoded);
    }

    static Record own(Bytes encoded) {
        try {
            return parse(encoded);
        } catch (RefusedException e) {
            throw new IllegalArgumentException("a record that no reader would accept", e);
        }
    }

    private static RecordKind kind(chat.samara.wire.proto.Record message) throws RefusedException {
        return switch (message.getKind()) {
            case APPLICATION, COMMIT, PROPOSAL, CONTROL -> message.getKind();
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw RefusedException.of(
                        ErrorCode.UNSUPPORTED,
                        "Record.kind is " + message.getKindValue() + ", which is not known here; update the software",
                        "Record.kind");
        };
    }

    private static Optional<DeviceId> device(RecordKind kind, ByteString device) throws RefusedException {
        if (device.isEmpty() && kind == RecordKind.CONTROL) {
            return Optional.empty();
        }
        return Optional.of(DeviceId.fromWire("Record.device", device));
    }
}
