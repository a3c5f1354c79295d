package chat.samara.server.core.channel.reader;

import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import java.util.Optional;

/**
 * A place in a log, and the part of the log that is read on from there: the one that the next entry lies in, or the first if that
 * lies before all. It never leads on into another part: a device that was removed and added again follows anew.
 */
final class Cursor {
    private final EntryForm form;
    private long sentThrough;
    private boolean begun;

    /** The entry at {@code sentThrough} was sent, and not only said to be there. */
    private boolean sent;

    private Optional<StoredStretch> stretch = Optional.empty();

    /** Consecutive entries of a log, both ends included. */
    record Range(long from, long through) {}

    Cursor(Readers.Start start) {
        this.sentThrough = start.afterSeq();
        this.form = start.form();
    }

    /** How the device takes the log's entries. */
    EntryForm form() {
        return form;
    }

    /** The last entry that was sent, or what the device has said that it has. */
    long sentThrough() {
        return sentThrough;
    }

    void sent(long throughSeq) {
        sentThrough = throughSeq;
        sent = true;
    }

    /** Whether the device was sent the entry before the range, in this session. */
    boolean leadsOn(Range range) {
        return sent && range.from == sentThrough + 1;
    }

    /** Whether the device was told where it stands, or was sent something, since it follows. */
    boolean isBegun() {
        return begun;
    }

    void begin() {
        begun = true;
    }

    void refresh(StoredReader row) {
        long next = sentThrough + 1;
        leaveWhatItHasPassed(row);
        stretch = row.getStretchesList().stream()
                .filter(it -> stretch.isPresent()
                        ? it.getFromSeq() == stretch.get().getFromSeq()
                        : next >= it.getFromSeq() && (it.getThroughSeq() == 0 || next <= it.getThroughSeq()))
                .findFirst();
        if (stretch.isEmpty() && next < row.getStretches(0).getFromSeq()) {
            stretch = Optional.of(row.getStretches(0));
        }
    }

    /**
     * Nobody is sent more than a part of the log holds. Who is behind its end all the same has said so: a server that was restored from an
     * older copy learns only now, from the hub, that the device was removed there, and added again before the place where it stands.
     */
    private void leaveWhatItHasPassed(StoredReader row) {
        stretch = stretch.filter(known -> row.getStretchesList().stream()
                .noneMatch(it -> it.getFromSeq() == known.getFromSeq()
                        && it.getThroughSeq() != 0
                        && sentThrough > it.getThroughSeq()));
    }

    /** What comes next, at most through the head. Empty if there is nothing to read. */
    Optional<Range> next(long headSeq) {
        return stretch.flatMap(it -> {
            long through = it.getThroughSeq() == 0 ? headSeq : Math.min(headSeq, it.getThroughSeq());
            long from = Math.max(sentThrough + 1, it.getFromSeq());
            return from <= through ? Optional.of(new Range(from, through)) : Optional.empty();
        });
    }
}
