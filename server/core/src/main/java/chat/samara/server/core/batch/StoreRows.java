package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.StoreReads;
import chat.samara.server.core.store.Table;
import java.util.Optional;

/** What is durable: the store itself, or a snapshot of it. Only the latter is consistent while somebody writes. */
public record StoreRows(StoreReads store) implements Rows {
    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        return store.get(table, key.arrayUnsafe()).map(Bytes::wrapUnsafe);
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        store.scan(
                table,
                fromInclusive.arrayUnsafe(),
                toExclusive.arrayUnsafe(),
                (key, value) -> visitor.visit(Bytes.wrapUnsafe(key), Bytes.wrapUnsafe(value)));
    }
}
