package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.message.MessageContext;
import java.util.Optional;

/** The starts of the last entries' hashes: what other members' claims about the log are checked against. */
final class EntryHashes {
    /** Bytes of a hash that are kept, and that stand in a message's context. */
    static final int KEPT_BYTES = MessageContext.HASH_START_BYTES;

    private EntryHashes() {}

    static void keep(Turn turn, LiveChannel channel, long seq, Bytes hash) {
        turn.store().put(DeviceTable.ENTRY_HASH, Keys.numbered(channel.id(), seq), startOf(hash));
        long pruned = seq - Limits.ENTRY_HASHES_KEPT;
        boolean mayBeReadAgain =
                channel.row().hasKeptSeq() && pruned > channel.row().getKeptSeq();
        if (pruned > 0 && !mayBeReadAgain) {
            turn.store().delete(DeviceTable.ENTRY_HASH, Keys.numbered(channel.id(), pruned));
        }
    }

    private static byte[] startOf(Bytes hash) {
        return hash.slice(0, KEPT_BYTES).toByteArray();
    }

    /** Deletes some of those that were kept for longer, since they could have been read again. */
    static void prune(Turn turn, LiveChannel channel) {
        long through = channel.row().getSeq() - Limits.ENTRY_HASHES_KEPT;
        if (through <= 0 || channel.row().hasKeptSeq()) {
            return;
        }
        int[] left = {Limits.UNVOUCHED_PRUNED_PER_FRAME};
        turn.store()
                .durable()
                .scan(
                        DeviceTable.ENTRY_HASH,
                        Keys.numbered(channel.id(), 0),
                        Keys.numbered(channel.id(), through + 1),
                        (key, value) -> {
                            turn.store().delete(DeviceTable.ENTRY_HASH, key);
                            return --left[0] > 0;
                        });
    }

    /** Whether this is the entry that was read there; not where that is not known. */
    static boolean isThatAt(StoreTransaction store, ChannelId channel, LogPosition entry) {
        return at(store, channel, entry.seq())
                .filter(start -> start.equals(entry.entryHash().slice(0, KEPT_BYTES)))
                .isPresent();
    }

    static Optional<Bytes> at(StoreTransaction store, ChannelId channel, long seq) {
        return store.get(DeviceTable.ENTRY_HASH, Keys.numbered(channel, seq)).map(Bytes::wrapUnsafe);
    }
}
