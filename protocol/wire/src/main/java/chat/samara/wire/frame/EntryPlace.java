package chat.samara.wire.frame;

import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.Entry;
import com.google.protobuf.ByteString;

/**
 * Where an entry stands.
 *
 * @param channel 32 bytes
 * @param previousEntryHash of the entry at {@code seq - 1}, 32 bytes
 */
record EntryPlace(ByteString channel, long seq, ByteString previousEntryHash) {
    static EntryPlace of(Entry entry) {
        return new EntryPlace(entry.getChannelId(), entry.getSeq(), entry.getPreviousEntryHash());
    }

    /** The one behind the entry that stands here. */
    EntryPlace next(ByteString encodedEntry) {
        return new EntryPlace(channel, seq + 1, Protobuf.toByteString(Sha256.of(encodedEntry.toByteArray())));
    }
}
