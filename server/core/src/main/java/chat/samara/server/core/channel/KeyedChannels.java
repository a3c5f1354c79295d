package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The channels that have a row in a table whose keys begin with the channel id: one seek a channel, whatever its rows. */
final class KeyedChannels {
    private KeyedChannels() {}

    static SortedSet<ChannelId> in(Journal journal, Table table) {
        SortedSet<ChannelId> found = new TreeSet<>();
        Optional<Bytes> next = firstFrom(journal, table, Bytes.EMPTY);
        while (next.isPresent()) {
            found.add(new ChannelId(next.get()));
            Bytes behind = Key.after(next.get());
            // Nothing sorts behind an id of all ones.
            next = behind.isEmpty() ? Optional.empty() : firstFrom(journal, table, behind);
        }
        return found;
    }

    private static Optional<Bytes> firstFrom(Journal journal, Table table, Bytes from) {
        Bytes[] first = new Bytes[1];
        journal.scan(table, from, Bytes.EMPTY, (key, value) -> {
            first[0] = key.slice(0, ChannelId.SIZE_BYTES);
            return false;
        });
        return Optional.ofNullable(first[0]);
    }
}
