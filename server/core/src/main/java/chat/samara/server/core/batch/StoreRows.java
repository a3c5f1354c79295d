package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.StoreReads;
import chat.samara.server.core.store.Table;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/** What is durable: the store itself, or a snapshot of it. Only the latter is consistent while somebody writes. */
public record StoreRows(StoreReads store) implements Rows {
    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        try {
            return store.get(table, key.arrayUnsafe()).map(Bytes::wrapUnsafe);
        } catch (StoreException e) {
            throw of(table.channelOf(key), e);
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
            throw of(channelOf(table, fromInclusive, toExclusive), e);
        }
    }

    /** The channel whose rows are scanned; empty if rows of others are as well, since it may be one of those that is not given back. */
    private static Optional<ChannelId> channelOf(Table table, Bytes fromInclusive, Bytes toExclusive) {
        return table.channelOf(fromInclusive).filter(channel -> {
            Bytes end = Key.after(channel.bytes());
            return end.isEmpty() || (!toExclusive.isEmpty() && toExclusive.compareTo(end) <= 0);
        });
    }

    /** The disk does not give back what was written there. */
    private static StoreException of(Optional<ChannelId> channel, StoreException failure) {
        return failure.isDamage() ? channel.map(failure::in).orElse(failure) : failure;
    }
}
