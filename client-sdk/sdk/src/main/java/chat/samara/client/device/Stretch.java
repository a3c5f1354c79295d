package chat.samara.client.device;

import chat.samara.client.stored.StoredMessage;
import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Rows of a channel's history as they are durable, in the log's order. It ends at a number of rows and at a page's bytes, but never within the rows of one place:
 * who goes on behind it goes on with the next place.
 *
 * @param isMore whether there are more rows, in the direction in which it was read
 */
record Stretch(List<Row> rows, boolean isMore) {
    /**
     * One row.
     *
     * @param within which of its place, from 0
     */
    record Row(long seq, int within, StoredMessage message) {
        static Row of(Bytes key, byte[] value) {
            return new Row(Keys.numberOf(key), Keys.withinOf(key), Stored.parse(StoredMessage.parser(), value));
        }
    }

    /** From a place on, up to another. */
    static Stretch forward(DeviceStore store, LiveChannel channel, long fromSeq, long toSeq, int countMax) {
        Collector collector = new Collector(countMax);
        store.scan(DeviceTable.HISTORY, begin(channel, fromSeq), end(channel, toSeq), collector);
        return collector.stretch();
    }

    /** From a place back, down to another. */
    static Stretch back(DeviceStore store, LiveChannel channel, long fromSeq, long toSeq, int countMax) {
        Collector collector = new Collector(countMax);
        store.scanBack(DeviceTable.HISTORY, begin(channel, toSeq), end(channel, fromSeq), collector);
        Collections.reverse(collector.rows);
        return collector.stretch();
    }

    private static Bytes begin(LiveChannel channel, long seq) {
        return Keys.numbered(channel.id(), Math.max(0, seq));
    }

    private static Bytes end(LiveChannel channel, long seq) {
        return seq == Long.MAX_VALUE ? Keys.endOf(channel.id()) : Keys.numbered(channel.id(), seq + 1);
    }

    private static final class Collector implements DeviceStore.Visitor {
        private final PageBound page;
        private final List<Row> rows = new ArrayList<>();
        private boolean isMore;

        Collector(int countMax) {
            page = new PageBound(countMax);
        }

        @Override
        public boolean row(Bytes key, byte[] value) {
            long seq = Keys.numberOf(key);
            boolean begins = rows.isEmpty() || rows.get(rows.size() - 1).seq() != seq;
            if (begins && (page.isLong() || !page.hasRows())) {
                isMore = true;
                return false;
            }
            Row row = Row.of(key, value);
            rows.add(row);
            page.add(SaidRows.shownBytes(row.message(), value.length));
            return true;
        }

        Stretch stretch() {
            return new Stretch(rows, isMore);
        }
    }
}
