package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Table;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one event reads of the store, each row once: that a message is new is asked by whoever takes it, by the rule that judges it and by
 * whoever writes it down.
 */
final class EventReads implements Rows {
    private final Rows store;
    private final Map<Table, Map<Bytes, Optional<Bytes>>> read = new EnumMap<>(Table.class);

    EventReads(Rows store) {
        this.store = store;
    }

    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        return read.computeIfAbsent(table, it -> new HashMap<>()).computeIfAbsent(key, it -> store.get(table, it));
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        store.scan(table, fromInclusive, toExclusive, visitor);
    }

    /** The event is over, or what lies over the store has reached it. */
    void forget() {
        read.clear();
    }
}
