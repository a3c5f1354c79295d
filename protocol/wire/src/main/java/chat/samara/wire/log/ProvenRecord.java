package chat.samara.wire.log;

import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.SignedRecord;

/** A record with its origin's proof: made by the origin when it sealed the batch, or verified by {@link RecordIn#verify}. */
public record ProvenRecord(Record record, Proof proof) {
    /** As it travels from the origin to the hub. */
    public SignedRecord toProto() {
        return SignedRecord.newBuilder()
                .setRecord(Protobuf.toByteString(record.encoded()))
                .setProof(proof.toProto())
                .build();
    }
}
