package chat.samara.server.core.channel.state;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The channels that have a row in a table whose keys begin with the channel id (one seek a channel, whatever its rows), or are a server's name and the channel id. */
public final class KeyedChannels {
    private KeyedChannels() {}

    /** Where the disk does not give back a row, those behind it are found all the same, and what cannot be read is that channel's own. */
    public static SortedSet<ChannelId> in(Journal journal, Table table) {
        try {
            return seeking(journal, table);
        } catch (StoreException e) {
            if (!e.isDamage()) {
                throw e;
            }
            return oneByOne(journal, table);
        }
    }

    /** Whether the table has a row of the channel. */
    public static boolean has(Journal journal, Table table, ChannelId channel) {
        return first(journal, table, channel.bytes(), Key.after(channel.bytes()))
                .isPresent();
    }

    /** Of a table whose keys are a server's name and a channel id: so many of that server's at the most, by id, behind the one where it ended the last time. */
    public static List<ChannelId> named(
            Journal journal, Table table, ServerName server, Optional<ChannelId> behind, int countMax) {
        List<ChannelId> found = new ArrayList<>();
        Bytes prefix = Key.of(server.value()).bytes();
        Bytes from = behind.map(channel ->
                        Key.after(Key.of(server.value()).and(channel.bytes()).bytes()))
                .orElse(prefix);
        journal.scan(table, from, Key.after(prefix), (key, value) -> {
            found.add(new ChannelId(key.slice(prefix.size(), key.size())));
            return found.size() < countMax;
        });
        return found;
    }

    private static SortedSet<ChannelId> oneByOne(Journal journal, Table table) {
        SortedSet<ChannelId> found = new TreeSet<>();
        for (ChannelId channel : ChannelTable.all(journal)) {
            if (!ChannelTable.isDamaged(journal, channel) && has(journal, table, channel)) {
                found.add(channel);
            }
        }
        return found;
    }

    private static SortedSet<ChannelId> seeking(Journal journal, Table table) {
        SortedSet<ChannelId> found = new TreeSet<>();
        Optional<Bytes> next = first(journal, table, Bytes.EMPTY, Bytes.EMPTY);
        while (next.isPresent()) {
            found.add(new ChannelId(next.get()));
            Bytes behind = Key.after(next.get());
            // Nothing sorts behind an id of all ones.
            next = behind.isEmpty() ? Optional.empty() : first(journal, table, behind, Bytes.EMPTY);
        }
        return found;
    }

    private static Optional<Bytes> first(Journal journal, Table table, Bytes from, Bytes to) {
        Bytes[] first = new Bytes[1];
        journal.scan(table, from, to, (key, value) -> {
            first[0] = key.slice(0, ChannelId.SIZE_BYTES);
            return false;
        });
        return Optional.ofNullable(first[0]);
    }
}
