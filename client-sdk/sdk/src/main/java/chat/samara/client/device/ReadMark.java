package chat.samara.client.device;

import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.Unread;
import chat.samara.mls.codec.Bytes;
import java.util.Optional;

/**
 * Up to where a person has read a channel: a place in the log, and a number of a row of PROVISIONAL. It only goes on, but where the log is taken back. What
 * was read before it had its place is marked in its own row, when it gets that.
 */
final class ReadMark {
    /** Rows that are looked through for what was not read; of what lies behind them it is only said that there may be more. */
    private static final int ROWS_LOOKED_THROUGH_MAX = 10_000;

    private ReadMark() {}

    /** A channel of a version that did not keep it was read as far as it goes. */
    static void begin(LiveChannel channel) {
        if (!channel.row().hasReadSeq()) {
            channel.row().setReadSeq(channel.row().getSeq());
        }
    }

    /** All up to this item was read. Returns whether the channel has it. */
    static boolean set(Turn turn, LiveChannel channel, ItemKey item) {
        if (item instanceof ItemKey.OfPlace place) {
            if (place.seq() < 1 || place.seq() > channel.row().getSeq()) {
                return false;
            }
            move(channel, place.seq(), 0);
        } else {
            Optional<StoredPlace> place =
                    HistoryBook.place(turn.store(), channel.id(), ((ItemKey.OfMessage) item).id());
            if (place.isEmpty()) {
                return false;
            }
            move(channel, place.get());
        }
        channel.save(turn);
        return true;
    }

    private static void move(LiveChannel channel, StoredPlace place) {
        switch (place.getPlaceCase()) {
            case SEQ -> move(channel, place.getSeq(), 0);
            // Rows of both are numbered together, as they came. Of the log it says nothing: what has come into it since
            // was not seen.
            case OUTGOING -> move(channel, 0, place.getOutgoing());
            case PROVISIONAL -> move(channel, 0, place.getProvisional());
            case PLACE_NOT_SET -> throw new IllegalStateException("a place that is none");
        }
    }

    private static void move(LiveChannel channel, long seq, long provisional) {
        channel.row()
                .setReadSeq(Math.max(channel.row().getReadSeq(), seq))
                .setReadProvisional(Math.max(channel.row().getReadProvisional(), provisional));
    }

    /** The log ends at this place again: what comes behind it was not read. */
    static void takenBack(LiveChannel channel, long seq) {
        channel.row().setReadSeq(Math.min(channel.row().getReadSeq(), seq));
    }

    /** What stood at a place, as it waits for another one. */
    static StoredMessage displaced(LiveChannel channel, long seq, StoredMessage message) {
        return seq <= channel.row().getReadSeq() ? asRead(message) : message;
    }

    /** What has waited for its place, as it stands there. */
    static StoredMessage placed(LiveChannel channel, ProvisionalRows.Waiting waiting, StoredMessage message) {
        return isRead(channel, Keys.numberOf(waiting.key()), waiting.row()) ? asRead(message) : message;
    }

    private static StoredMessage asRead(StoredMessage message) {
        return message.toBuilder().setRead(true).build();
    }

    private static boolean isRead(LiveChannel channel, long number, StoredProvisional row) {
        return number <= channel.row().getReadProvisional() || row.getMessage().getRead();
    }

    /** Whether a row of the log is somebody else's word, or was to be, that was not read. */
    static boolean isUnread(LiveChannel channel, Stretch.Row row) {
        return row.seq() > channel.row().getReadSeq() && !row.message().getRead() && isNews(row.message());
    }

    /** The same of a row of PROVISIONAL. */
    static boolean isUnread(LiveChannel channel, long number, StoredProvisional row) {
        return !isRead(channel, number, row) && isNews(row.getMessage());
    }

    private static boolean isNews(StoredMessage row) {
        return !row.getOwn()
                && switch (row.getBodyCase()) {
                    case SAID, TEXT, UNKNOWN_FALLBACK, UNREADABLE -> true;
                    default -> false;
                };
    }

    /** Counts what was not read, as far as it is durable. */
    static Unread unread(DeviceStore store, LiveChannel channel) {
        Counter counter = new Counter(channel);
        store.scan(
                DeviceTable.HISTORY,
                Keys.numbered(channel.id(), channel.row().getReadSeq() + 1),
                Keys.endOf(channel.id()),
                counter::log);
        if (!counter.isMore) {
            ProvisionalRows.visit(store, channel, counter::provisional);
        }
        return new Unread(counter.count, counter.isMore, counter.first);
    }

    private static final class Counter {
        private final LiveChannel channel;
        private int rows;
        private int count;
        private boolean isMore;
        private Optional<ItemKey> first = Optional.empty();

        Counter(LiveChannel channel) {
            this.channel = channel;
        }

        boolean log(Bytes key, byte[] value) {
            Stretch.Row row = Stretch.Row.of(key, value);
            return look(isUnread(channel, row), Timelines.keyOf(row));
        }

        boolean provisional(long number, StoredProvisional row) {
            return look(isUnread(channel, number, row), Timelines.keyOf(new Stretch.Row(0, 0, row.getMessage())));
        }

        private boolean look(boolean unread, ItemKey key) {
            isMore = rows == ROWS_LOOKED_THROUGH_MAX || (unread && count == Unread.COUNT_MAX);
            if (isMore) {
                return false;
            }
            rows++;
            if (unread) {
                count++;
                first = first.isPresent() ? first : Optional.of(key);
            }
            return true;
        }
    }
}
