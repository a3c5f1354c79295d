package chat.samara.wire.frame;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Proof;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.TerseHead;
import com.google.protobuf.ByteString;

/** The form of a terse frame: all that is built of it is bounded before it is. */
final class TerseForm {
    private TerseForm() {}

    static void require(TerseEntries frame) throws RefusedException {
        Field.requireSize("TerseEntries.channel_start", frame.getChannelStart(), Limits.CHANNEL_START_BYTES);
        Field.atLeast("TerseEntries.from_seq", frame.getFromSeq(), 1);
        Field.requireCount("TerseEntries.entries", frame.getEntriesCount(), Limits.TERSE_ENTRIES_PER_FRAME_MAX);
        if (frame.getEntriesCount() == 0) {
            throw Field.malformed("TerseEntries.entries", "none", "at least one");
        }
        for (SlimEntry entry : frame.getEntriesList()) {
            entry(entry);
        }
        if (!frame.hasHead()) {
            throw Field.malformed("TerseEntries.head", "missing", "the head of its last entry");
        }
        head(frame.getHead());
    }

    private static void entry(SlimEntry entry) throws RefusedException {
        Field.requireAtMost("SlimEntry.origin", entry.getOrigin(), Limits.SERVER_NAME_BYTES_MAX);
        if (!entry.getEntry().isEmpty()) {
            Field.requireAtMost("SlimEntry.entry", entry.getEntry(), Limits.ENTRY_BYTES_MAX);
            return;
        }
        FramePart.idempotencyKey("SlimEntry.idempotency_key", entry.getIdempotencyKey());
        if (!entry.getDevice().isEmpty()) {
            Field.requireSize("SlimEntry.device", entry.getDevice(), DeviceId.SIZE_BYTES);
        }
        Field.requireAtMost("SlimEntry.payload", entry.getPayload(), Limits.PAYLOAD_BYTES_MAX);
        if (!entry.getMessage().isEmpty()) {
            message("SlimEntry.message", entry.getMessage(), Limits.PAYLOAD_BYTES_MAX);
        }
        Field.requireAtMost("SlimEntry.last_seen", entry.getLastSeen(), TerseMessage.LAST_SEEN_BYTES_MAX);
        if (entry.hasOriginProof()) {
            Proof unused = Proof.of(entry.getOriginProof());
        }
    }

    static void message(String name, ByteString message, int bytesMax) throws RefusedException {
        Field.requireAtMost(name, message, bytesMax);
        if (message.size() < TerseMessage.BYTES_MIN) {
            throw Field.malformed(name, message.size() + " bytes", "at least " + TerseMessage.BYTES_MIN);
        }
    }

    private static void head(TerseHead head) throws RefusedException {
        FramePart.signature("TerseHead.signature", head.getSignature());
        Field.atLeast("TerseHead.unstable", head.getUnstable(), 0);
        Field.requireCount("TerseHead.path", head.getPathCount(), Limits.PROOF_PATH_HASHES_MAX);
        for (ByteString hash : head.getPathList()) {
            FramePart.hash("TerseHead.path", hash);
        }
    }
}
