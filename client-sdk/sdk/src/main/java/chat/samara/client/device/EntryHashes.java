package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.message.MessageContext;
import java.util.Optional;

/** The starts of the last entries' hashes: what other members' claims about the log are checked against. */
final class EntryHashes {
    /** Bytes of a hash that are kept, and that stand in a message's context. */
    static final int KEPT_BYTES = MessageContext.HASH_START_BYTES;

    private EntryHashes() {}

    static void keep(Turn turn, ChannelId channel, long seq, Bytes hash) {
        turn.store()
                .put(
                        DeviceTable.ENTRY_HASH,
                        Keys.numbered(channel, seq),
                        hash.slice(0, KEPT_BYTES).toByteArray());
        long pruned = seq - Limits.ENTRY_HASHES_KEPT;
        if (pruned > 0) {
            turn.store().delete(DeviceTable.ENTRY_HASH, Keys.numbered(channel, pruned));
        }
    }

    static Optional<Bytes> at(StoreTransaction store, ChannelId channel, long seq) {
        return store.get(DeviceTable.ENTRY_HASH, Keys.numbered(channel, seq)).map(Bytes::wrapUnsafe);
    }
}
