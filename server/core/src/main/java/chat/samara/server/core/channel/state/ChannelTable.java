package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The channels of this server.
 *
 * <ul>
 *   <li>CHANNEL: key: channel id (32); value: {@link StoredChannel}. Deleted last of all when a channel is dropped
 *       ({@code Dropping}).
 *   <li>CHANNEL_OF_HUB: key: hub's name as a name, channel id (32); value: empty. Deleted with it.
 * </ul>
 */
public final class ChannelTable {
    private final Journal journal;

    public ChannelTable(Journal journal) {
        this.journal = journal;
    }

    public static Optional<StoredChannel> find(Rows rows, ChannelId channel) {
        return rows.get(Table.CHANNEL, channel.bytes())
                .map(value -> Stored.decode(Table.CHANNEL, channel, StoredChannel.parser(), value));
    }

    /** Whether rows of the channel cannot be read, so that nothing is done with it. */
    public static boolean isDamaged(Rows rows, ChannelId channel) {
        return find(rows, channel)
                .filter(row -> row.getState() == StoredChannelState.CHANNEL_DAMAGED)
                .isPresent();
    }

    void put(ChannelId channel, StoredChannel row) {
        journal.put(Table.CHANNEL, channel.bytes(), Stored.encode(row));
    }

    void index(ChannelId channel, ServerName hub) {
        journal.put(
                Table.CHANNEL_OF_HUB, Key.of(hub.value()).and(channel.bytes()).bytes(), Bytes.EMPTY);
    }

    void delete(ChannelId channel, ServerName hub) {
        journal.delete(Table.CHANNEL, channel.bytes());
        journal.delete(
                Table.CHANNEL_OF_HUB, Key.of(hub.value()).and(channel.bytes()).bytes());
    }

    /** All channels with this hub, by id. */
    public List<ChannelId> ofHub(ServerName hub) {
        return ofHub(hub, Optional.empty(), Integer.MAX_VALUE);
    }

    /** Of these so many at the most, behind the one where it ended the last time. */
    public List<ChannelId> ofHub(ServerName hub, Optional<ChannelId> behind, int countMax) {
        return unlessDamaged(
                () -> KeyedChannels.named(journal, Table.CHANNEL_OF_HUB, hub, behind, countMax),
                () -> all(journal).stream()
                        .filter(channel -> behind.isEmpty() || channel.compareTo(behind.get()) > 0)
                        .filter(channel -> find(journal, channel)
                                .filter(row -> row.getHub().equals(hub.value()))
                                .isPresent())
                        .limit(countMax)
                        .toList());
    }

    /** The hubs of all channels. */
    public List<ServerName> hubs() {
        return countByHub().keySet().stream().map(ServerName::new).toList();
    }

    /** How many channels there are with each hub, by its name. */
    SortedMap<String, Long> countByHub() {
        return unlessDamaged(this::countByIndex, this::countByRows);
    }

    private SortedMap<String, Long> countByIndex() {
        SortedMap<String, Long> counts = new TreeMap<>();
        journal.scanPrefix(Table.CHANNEL_OF_HUB, Bytes.EMPTY, (key, value) -> {
            counts.merge(Key.nameAt(key, 0), 1L, Long::sum);
            return true;
        });
        return counts;
    }

    private SortedMap<String, Long> countByRows() {
        SortedMap<String, Long> counts = new TreeMap<>();
        all(journal)
                .forEach(channel -> find(journal, channel).ifPresent(row -> counts.merge(row.getHub(), 1L, Long::sum)));
        return counts;
    }

    /** The hub of a channel, by the index; each is looked at, since this is asked only where the channel's row cannot be read. */
    Optional<ServerName> hubOf(ChannelId channel) {
        return unlessDamaged(() -> indexedHub(channel), Optional::empty);
    }

    private Optional<ServerName> indexedHub(ChannelId channel) {
        List<ServerName> found = new ArrayList<>();
        journal.scanPrefix(Table.CHANNEL_OF_HUB, Bytes.EMPTY, (key, value) -> {
            if (key.size() > ChannelId.SIZE_BYTES
                    && key.slice(key.size() - ChannelId.SIZE_BYTES, key.size()).equals(channel.bytes())) {
                found.add(new ServerName(Key.nameAt(key, 0)));
            }
            return found.isEmpty();
        });
        return found.stream().findFirst();
    }

    /** All channels, by id. One row that the disk does not give back hides those behind it, so then the index by hub says which there are. */
    public static List<ChannelId> all(Rows rows) {
        return unlessDamaged(() -> byRows(rows), () -> byIndex(rows));
    }

    private static <T> T unlessDamaged(Supplier<T> reading, Supplier<T> otherwise) {
        try {
            return reading.get();
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            return otherwise.get();
        }
    }

    private static List<ChannelId> byIndex(Rows rows) {
        SortedSet<ChannelId> found = new TreeSet<>();
        rows.scanPrefix(Table.CHANNEL_OF_HUB, Bytes.EMPTY, (key, value) -> {
            found.add(new ChannelId(key.slice(key.size() - ChannelId.SIZE_BYTES, key.size())));
            return true;
        });
        return List.copyOf(found);
    }

    private static List<ChannelId> byRows(Rows rows) {
        List<ChannelId> found = new ArrayList<>();
        rows.scanPrefix(Table.CHANNEL, Bytes.EMPTY, (key, value) -> {
            found.add(new ChannelId(key));
            return true;
        });
        return found;
    }
}
