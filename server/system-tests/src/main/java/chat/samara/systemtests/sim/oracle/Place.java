package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.InvalidProtocolBufferException;

/** An entry that somebody showed, at its place in a channel's log. */
public record Place(String channel, long term, long seq, String hash, String previousHash, Record content) {
    /** Takes an entry apart; somebody is who showed it. */
    static Place of(LogEntry shown, String somebody) {
        try {
            Entry entry = Entry.parseFrom(shown.getEntry());
            return new Place(
                    Hex.of(entry.getChannelId()),
                    entry.getTerm(),
                    entry.getSeq(),
                    Hex.sha256(shown.getEntry()),
                    Hex.of(entry.getPreviousEntryHash()),
                    Record.parseFrom(entry.getRecord()));
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(Invariant.I2_ONE_LOG, somebody + " shows an entry that cannot be parsed", e);
        }
    }

    /** Names the record for ever: who accepted it, and as which of its records. */
    String origin() {
        return content.getOrigin() + "/" + content.getOriginIncarnation() + "/" + content.getOriginSeq();
    }

    /** Names what a device said, however often it was sent. */
    String message() {
        return Hex.of(content.getDevice()) + "/" + Hex.of(content.getIdempotencyKey());
    }

    boolean isCommit() {
        return content.getKind() == RecordKind.COMMIT;
    }

    @Override
    public String toString() {
        return Hex.brief(channel) + "@" + seq + " " + content.getKind() + " epoch " + content.getEpoch() + " of "
                + Hex.brief(Hex.of(content.getDevice())) + " via " + origin() + " hash " + Hex.brief(hash);
    }
}
