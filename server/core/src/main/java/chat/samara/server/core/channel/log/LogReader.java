package chat.samara.server.core.channel.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.outbox.OutboxTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks into a store without a server: for checks and operators' tools. Sees what is on disk. */
public final class LogReader {
    private final Rows rows;

    public LogReader(Store store) {
        this.rows = new StoreRows(store);
    }

    /** All channels, by id. */
    public List<ChannelId> channels() {
        return ChannelTable.all(rows);
    }

    /** The end of the channel's log. */
    public Optional<LogPosition> position(ChannelId channel) {
        return ChannelTable.find(rows, channel)
                .map(row -> new LogPosition(
                        channel,
                        row.getTerm(),
                        row.getSeq(),
                        Bytes.of(row.getEntryHash().toByteArray())));
    }

    /** The epoch after the last entry. */
    public Optional<Long> epoch(ChannelId channel) {
        return ChannelTable.find(rows, channel).map(StoredChannel::getEpoch);
    }

    /** Whether something has stopped the channel here, and what. */
    public Optional<String> stopped(ChannelId channel) {
        return ChannelTable.find(rows, channel)
                .filter(row -> row.getStateValue() != 0)
                .map(row -> row.getState() + ": " + row.getStateReason());
    }

    /** The entries from one place through another, each an encoded {@code samara.v1.LogEntry}. */
    public List<Bytes> entries(ChannelId channel, long fromSeq, long throughSeq) {
        List<Bytes> found = new ArrayList<>();
        LogTable.scan(rows, channel, fromSeq, throughSeq, (seq, entry) -> found.add(entry));
        return found;
    }

    /** The newest signed head, an encoded {@code samara.v1.SignedHead}. */
    public Optional<Bytes> head(ChannelId channel) {
        return LogTable.encodedHead(rows, channel);
    }

    /** How many records wait in the channel's outbox. */
    public int outboxSize(ChannelId channel) {
        int[] count = new int[1];
        OutboxTable.scan(rows, channel, OutboxTable.Place.START, (place, stored) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }
}
