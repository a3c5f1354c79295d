package chat.samara.cli.message;

import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import java.util.List;
import java.util.Optional;

/** Finds where in a log to begin, so that a person sees so many rows of it. */
final class LastRows {
    private final Channel channel;
    private final boolean folded;

    /** @param folded whether what one row says of many messages counts once ({@link Fold}) */
    LastRows(Channel channel, boolean folded) {
        this.channel = channel;
        this.folded = folded;
    }

    /** The place behind which the last {@code count} rows up to a place begin, or a little less. */
    long startOf(long count, long lastSeq) {
        long start = lastSeq;
        long missing = count;
        Optional<Message> behind = Optional.empty();
        while (missing > 0 && start > 0) {
            long end = start;
            start = Math.max(0, end - missing);
            Stretch stretch = new Stretch();
            stretch.read(start, end);
            missing -= stretch.rows - (stretch.goesOnWith(behind) ? 1 : 0);
            behind = stretch.first.isPresent() ? stretch.first : behind;
        }
        return start;
    }

    /** What has something to show between two places: a renewal of keys has not. */
    private final class Stretch {
        private long rows;
        private Optional<Message> first = Optional.empty();
        private Optional<Message> last = Optional.empty();

        void read(long afterSeq, long lastSeq) {
            long at = afterSeq;
            while (at < lastSeq) {
                List<Message> page = channel.history(at, (int) Math.min(ChannelFeed.PAGE_MESSAGES, lastSeq - at));
                if (page.isEmpty()) {
                    return;
                }
                for (Message message : page) {
                    at = Math.max(at, message.seq().orElse(lastSeq));
                    if (at <= lastSeq && !MessageSentence.isKeyRenewal(message.body())) {
                        rows += goesOnWith(Optional.of(message)) ? 0 : 1;
                        first = first.isPresent() ? first : Optional.of(message);
                        last = Optional.of(message);
                    }
                }
            }
        }

        boolean goesOnWith(Optional<Message> next) {
            return folded && last.isPresent() && next.isPresent() && Fold.isOne(last.get(), next.get());
        }
    }
}
