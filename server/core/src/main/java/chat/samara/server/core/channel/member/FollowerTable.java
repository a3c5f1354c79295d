package chat.samara.server.core.channel.member;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.KeyedChannels;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The followers of the channels that this server is hub of.
 *
 * <ul>
 *   <li>FOLLOWER: key: channel id (32), follower as a name; value: {@link StoredFollower}. A follower whose last member was removed
 *       keeps its row, since it may still read up to there.
 *   <li>FOLLOWED_BY: key: follower as a name, channel id (32); value: empty. Written and kept with it.
 * </ul>
 */
public final class FollowerTable {
    private final Journal journal;

    public FollowerTable(Journal journal) {
        this.journal = journal;
    }

    private static Bytes key(ChannelId channel, ServerName follower) {
        return Key.of(channel.bytes()).and(follower.value()).bytes();
    }

    public static Optional<StoredFollower> find(Rows rows, ChannelId channel, ServerName follower) {
        return rows.get(Table.FOLLOWER, key(channel, follower))
                .map(value -> Stored.decode(Table.FOLLOWER, channel, StoredFollower.parser(), value));
    }

    public void put(ChannelId channel, ServerName follower, StoredFollower row) {
        journal.put(Table.FOLLOWER, key(channel, follower), Stored.encode(row));
        journal.put(
                Table.FOLLOWED_BY, Key.of(follower.value()).and(channel.bytes()).bytes(), Bytes.EMPTY);
    }

    /** The channel's followers, by name; also those that were removed. */
    public static SortedMap<ServerName, StoredFollower> all(Rows rows, ChannelId channel) {
        SortedMap<ServerName, StoredFollower> found = new TreeMap<>();
        rows.scanPrefix(Table.FOLLOWER, channel.bytes(), (key, value) -> {
            try {
                found.put(
                        ServerName.fromWire(Key.nameAt(key, ChannelId.SIZE_BYTES)),
                        Stored.decode(Table.FOLLOWER, channel, StoredFollower.parser(), value));
            } catch (RefusedException e) {
                throw Stored.corrupt(Table.FOLLOWER, channel, e);
            }
            return true;
        });
        return found;
    }

    /** The servers that follow or have followed a channel, by name. */
    public SortedSet<ServerName> servers() {
        SortedSet<ServerName> found = new TreeSet<>();
        journal.scanPrefix(Table.FOLLOWED_BY, Bytes.EMPTY, (key, value) -> {
            found.add(new ServerName(Key.nameAt(key, 0)));
            return true;
        });
        return found;
    }

    /** The channels that a server follows or has followed, by id. */
    public List<ChannelId> channels(ServerName follower) {
        return channels(follower, Optional.empty(), Integer.MAX_VALUE);
    }

    /** Of these so many at the most, behind the one where it ended the last time. */
    public List<ChannelId> channels(ServerName follower, Optional<ChannelId> behind, int countMax) {
        return KeyedChannels.named(journal, Table.FOLLOWED_BY, follower, behind, countMax);
    }
}
