package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.StoreReads;
import chat.samara.server.core.store.Table;
import java.util.Optional;

/** What is durable: the store itself, or a snapshot of it. Only the latter is consistent while somebody writes. */
public record StoreRows(StoreReads store) implements Rows {
    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        try {
            return store.get(table, key.arrayUnsafe()).map(Bytes::wrapUnsafe);
        } catch (StoreException e) {
            throw of(table, key, e);
        }
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        try {
            store.scan(
                    table,
                    fromInclusive.arrayUnsafe(),
                    toExclusive.arrayUnsafe(),
                    (key, value) -> visitor.visit(Bytes.wrapUnsafe(key), Bytes.wrapUnsafe(value)));
        } catch (StoreException e) {
            throw of(table, fromInclusive, e);
        }
    }

    /** The disk does not give back what was written there: of which channel that is, the key says. */
    private static StoreException of(Table table, Bytes key, StoreException failure) {
        return failure.isDamage() ? table.channelOf(key).map(failure::in).orElse(failure) : failure;
    }
}
