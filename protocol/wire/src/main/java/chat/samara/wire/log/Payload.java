package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.EpochClosed;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.RecordKind;

/** Writes and reads the payloads of records that are protobuf; those of the other kinds are MLS messages as they are. */
public final class Payload {
    private Payload() {}

    /** The payload of a CONTROL record with the log's first entry. */
    public static Bytes genesis(GenesisControl genesis) {
        return Protobuf.encode(ControlPayload.newBuilder().setGenesis(genesis).build());
    }

    /** The payload of a CONTROL record that closes every epoch up to and including this one. */
    public static Bytes epochClosed(long throughEpoch) {
        return Protobuf.encode(ControlPayload.newBuilder()
                .setEpochClosed(EpochClosed.newBuilder().setThroughEpoch(throughEpoch))
                .build());
    }

    /**
     * The payload of a COMMIT record as logs of before take it; {@link CommitSignature#sign} makes one that is signed.
     *
     * @param commit MLSMessage with the Commit as a PublicMessage
     * @param welcome MLSMessage with the Welcome; empty if nobody is added
     * @param groupInfo MLSMessage with the GroupInfo of the epoch that begins
     */
    public static Bytes commit(Bytes commit, Bytes welcome, Bytes groupInfo) {
        return Protobuf.encode(unsigned(commit, welcome, groupInfo).build());
    }

    static CommitPayload.Builder unsigned(Bytes commit, Bytes welcome, Bytes groupInfo) {
        return CommitPayload.newBuilder()
                .setCommit(Protobuf.toByteString(commit))
                .setWelcome(Protobuf.toByteString(welcome))
                .setGroupInfo(Protobuf.toByteString(groupInfo));
    }

    /** Reads a COMMIT record's payload; commit and group_info are there, and the signature has its size or is not there. */
    public static CommitPayload commit(Record record) throws RefusedException {
        requireKind(record, RecordKind.COMMIT);
        return commit(record.payload());
    }

    /** As {@link #commit(Record)}, for a payload that is not in a record yet. */
    public static CommitPayload commit(Bytes payload) throws RefusedException {
        CommitPayload commit =
                Protobuf.decode("CommitPayload", CommitPayload.parser(), payload, Limits.PAYLOAD_BYTES_MAX);
        Field.requireFilled("CommitPayload.commit", commit.getCommit(), Limits.PAYLOAD_BYTES_MAX);
        Field.requireFilled("CommitPayload.group_info", commit.getGroupInfo(), Limits.PAYLOAD_BYTES_MAX);
        if (!commit.getAuthorSignature().isEmpty()) {
            Field.exactly("CommitPayload.author_signature", commit.getAuthorSignature(), Ed25519.SIGNATURE_BYTES);
        }
        Field.atLeast("CommitPayload.refused", commit.getRefused(), 0);
        return commit;
    }

    /** Reads a CONTROL record's payload; exactly one known control is there, with its fields checked for form. */
    public static ControlPayload control(Record record) throws RefusedException {
        requireKind(record, RecordKind.CONTROL);
        ControlPayload control =
                Protobuf.decode("ControlPayload", ControlPayload.parser(), record.payload(), Limits.PAYLOAD_BYTES_MAX);
        switch (control.getControlCase()) {
            case GENESIS -> requireForm(control.getGenesis());
            case EPOCH_CLOSED ->
                Field.atLeast(
                        "EpochClosed.through_epoch", control.getEpochClosed().getThroughEpoch(), 0);
            case CONTROL_NOT_SET ->
                throw RefusedException.of(
                        ErrorCode.UNSUPPORTED,
                        "a CONTROL record of a kind that is not known here; update the software",
                        "ControlPayload.control");
        }
        return control;
    }

    /** Checks the form of a genesis' parts, as it comes from a device or stands in the first entry. */
    public static void requireForm(GenesisControl genesis) throws RefusedException {
        Field.requireFilled("GenesisControl.signed_genesis", genesis.getSignedGenesis(), Limits.GENESIS_BYTES_MAX);
        Field.requireFilled("GenesisControl.group_info", genesis.getGroupInfo(), Limits.PAYLOAD_BYTES_MAX);
        Field.requireFilled("GenesisControl.ratchet_tree", genesis.getRatchetTree(), Limits.PAYLOAD_BYTES_MAX);
    }

    private static void requireKind(Record record, RecordKind kind) {
        if (record.kind() != kind) {
            throw new IllegalArgumentException("a record of kind " + record.kind() + ", expected " + kind);
        }
    }
}
