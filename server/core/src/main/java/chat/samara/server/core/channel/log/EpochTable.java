package chat.samara.server.core.channel.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.state.KeyedChannels;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredEpoch;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Table EPOCH: epochs that have ended and are not closed yet.
 *
 * <ul>
 *   <li>key: channel id (32), epoch; value: {@link StoredEpoch}. Deleted when the log closes the epoch.
 * </ul>
 */
public final class EpochTable {
    private final Journal journal;

    public EpochTable(Journal journal) {
        this.journal = journal;
    }

    void ended(ChannelId channel, long epoch) {
        journal.put(
                Table.EPOCH,
                Key.of(channel.bytes()).and(epoch).bytes(),
                Stored.encode(StoredEpoch.newBuilder()
                        .setEndedAtMillis(journal.nowMillis())
                        .build()));
    }

    /** The epochs that have ended and are open, with the time of their end by the clock of then. */
    public SortedMap<Long, Long> open(ChannelId channel) {
        SortedMap<Long, Long> found = new TreeMap<>();
        journal.scanPrefix(Table.EPOCH, channel.bytes(), (key, value) -> {
            found.put(
                    Key.numberAt(key, ChannelId.SIZE_BYTES),
                    Stored.decode(Table.EPOCH, channel, StoredEpoch.parser(), value)
                            .getEndedAtMillis());
            return true;
        });
        return found;
    }

    /** Whether the channel has such an epoch. */
    public boolean hasOpen(ChannelId channel) {
        return KeyedChannels.has(journal, Table.EPOCH, channel);
    }

    /** The log closes every epoch up to and including this one. */
    void closed(ChannelId channel, long throughEpoch) {
        List<Bytes> keys = new ArrayList<>();
        journal.scan(
                Table.EPOCH,
                channel.bytes(),
                Key.of(channel.bytes()).and(throughEpoch + 1).bytes(),
                (key, value) -> keys.add(key));
        keys.forEach(key -> journal.delete(Table.EPOCH, key));
    }

    /** The channels with such an epoch, by id. */
    public SortedSet<ChannelId> channels() {
        return KeyedChannels.in(journal, Table.EPOCH);
    }
}
