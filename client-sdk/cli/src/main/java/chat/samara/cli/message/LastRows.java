package chat.samara.cli.message;

import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds where in a log to begin, so that a person sees so many rows of it. */
final class LastRows {
    private static final int WHOLE_ROW_PLACES_MAX = 1_000;

    private final Channel channel;
    private final boolean folded;

    /** @param folded whether what one row says of many messages counts once ({@link Fold}) */
    LastRows(Channel channel, boolean folded) {
        this.channel = channel;
        this.folded = folded;
    }

    /** The place behind which the last {@code count} rows up to a place begin, or a row more or less. */
    long startOf(long count, long lastSeq) {
        long start = lastSeq;
        long missing = count;
        Stretch behind = new Stretch();
        while (missing > 0 && start > 0) {
            long end = start;
            start = Math.max(0, end - missing);
            Stretch stretch = new Stretch();
            read(start, end, stretch::take);
            missing -= stretch.rows - stretch.rowsSharedWith(behind);
            behind = stretch.isEmpty() ? behind : stretch;
        }
        return beginningOfRow(start, behind);
    }

    /** A row that begins further up is shown whole, unless it is very long. */
    private long beginningOfRow(long start, Stretch behind) {
        long begin = start;
        long from = Math.max(0, start - WHOLE_ROW_PLACES_MAX);
        Optional<Message> next = behind.name.isPresent() ? behind.name : behind.first;
        if (!folded || next.isEmpty()) {
            return start;
        }
        List<Message> before = new ArrayList<>();
        read(from, start, before::add);
        for (int i = before.size() - 1; i >= 0; i--) {
            Message message = before.get(i);
            boolean isPartOfIt = Fold.isOne(message, next.get()) || Fold.isNameBehind(message, next.get());
            boolean isNameWithin = message.body() instanceof MessageBody.Profile
                    && next.filter(it -> it.sender().equals(message.sender())).isPresent();
            if (isPartOfIt) {
                begin = message.seq().orElse(begin) - 1;
                next = Optional.of(message);
            } else if (!isNameWithin && !MessageSentence.isKeyRenewal(message.body())) {
                return begin;
            }
        }
        return begin;
    }

    /** Reads what stands between two places, page by page. */
    private void read(long afterSeq, long lastSeq, Consumer<Message> reader) {
        long at = afterSeq;
        while (at < lastSeq) {
            List<Message> page = channel.history(at, (int) Math.min(ChannelFeed.PAGE_MESSAGES, lastSeq - at));
            if (page.isEmpty()) {
                return;
            }
            for (Message message : page) {
                at = Math.max(at, message.seq().orElse(lastSeq));
                if (at <= lastSeq) {
                    reader.accept(message);
                }
            }
        }
    }

    /** What has something to show between two places: a renewal of keys has not. */
    private final class Stretch {
        private long rows;

        /** The channel's name at the beginning: perhaps what belongs to an addition in front of it. */
        private Optional<Message> name = Optional.empty();

        private Optional<Message> first = Optional.empty();
        private Optional<Message> last = Optional.empty();

        /** Whether the row of {@link #last} has the channel's name behind it. */
        private boolean isNamed;

        void take(Message message) {
            if (!MessageSentence.isKeyRenewal(message.body())) {
                count(message);
            }
        }

        private void count(Message message) {
            if (folded && isEmpty() && message.body() instanceof MessageBody.Profile) {
                name = Optional.of(message);
                rows++;
            } else if (isNameOfLast(Optional.of(message))) {
                rows += isNamed ? 0 : 1;
                isNamed = true;
            } else {
                boolean goesOn = goesOnWith(Optional.of(message));
                rows += goesOn ? 0 : 1;
                isNamed &= goesOn;
                first = first.isPresent() ? first : Optional.of(message);
                last = Optional.of(message);
            }
        }

        boolean isEmpty() {
            return rows == 0;
        }

        /** Those that were counted in both. */
        int rowsSharedWith(Stretch behind) {
            boolean isNameShared = isNameOfLast(behind.name);
            boolean isRowShared = goesOnWith(behind.first) && (behind.name.isEmpty() || isNameShared);
            return (isNameShared && isNamed ? 1 : 0) + (isRowShared ? 1 : 0);
        }

        private boolean goesOnWith(Optional<Message> next) {
            return folded && last.isPresent() && next.isPresent() && Fold.isOne(last.get(), next.get());
        }

        private boolean isNameOfLast(Optional<Message> next) {
            return folded && last.isPresent() && next.isPresent() && Fold.isNameBehind(last.get(), next.get());
        }
    }
}
