package chat.samara.client.device;

import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Another log than the one that was read here, as the server shows it. The hub itself has signed it if a head of its own contradicts the
 * last entry here, or stands in an unbroken chain on another entry in that place. Of a catch-up only the frame with the hub's newest entry has a
 * head, which a server that has read further than its hub may give before the frame's end, so a chain may go through many of them. Anything
 * else may be the work of whoever holds the connection, and proves nothing.
 *
 * @param end where the chain ends so far; empty if there is none
 * @param isProven whether a head of the hub's stands in it
 * @param chain what the frame shows of it
 */
record Fork(Optional<LogPosition> end, boolean isProven, List<EntryIn> chain) {
    private static final Fork NONE = new Fork(Optional.empty(), false, List.of());

    /** What a frame that does not follow on the channel's place shows, or that follows on what such a frame has shown before. */
    static Fork of(LiveChannel channel, LogVerifier verifier, Entries message) {
        LogPosition here = channel.position();
        try {
            Optional<Head> head = message.hasHead()
                    ? Optional.of(verifier.verifyHint(channel.id(), HeadIn.of(message.getHead()))
                            .head())
                    : Optional.empty();
            if (head.filter(it -> it.contradicts(here)).isPresent()) {
                return new Fork(Optional.empty(), true, List.of());
            }
            Optional<LogPosition> before = channel.reading().otherEnd;
            List<EntryIn> chain = behind(before.orElse(here), message);
            if (before.isEmpty() && !isOther(here, chain)) {
                return NONE;
            }
            LogPosition from = before.orElseGet(() -> new LogPosition(
                    here.channel(), here.term(), here.seq(), chain.get(0).claimedPrevious()));
            LogVerifier.Verified shown = verifier.verify(from, chain, Optional.empty());
            Optional<LogPosition> end = Optional.of(shown.position());
            Optional<LogPosition> signed = head.map(Head::position)
                    .filter(it -> it.seq() > from.seq()
                            && it.seq() <= shown.position().seq());
            if (head.filter(it -> it.seq() == here.seq()).isPresent()) {
                // It stands for the entry here, which is none of that chain.
                return NONE;
            }
            if (signed.isEmpty()) {
                return new Fork(
                        end, before.isPresent() && head.map(Head::position).equals(before), chain);
            }
            return shown.entries().stream().map(Entry::position).anyMatch(signed.get()::equals)
                    ? new Fork(end, true, chain)
                    : NONE;
        } catch (RefusedException e) {
            return NONE;
        }
    }

    private static List<EntryIn> behind(LogPosition place, Entries message) throws RefusedException {
        List<EntryIn> chain = new ArrayList<>();
        for (LogEntry logEntry : message.getEntriesList()) {
            EntryIn entry = EntryIn.shown(logEntry);
            if (entry.claimedSeq() > place.seq()) {
                chain.add(entry);
            }
        }
        return chain;
    }

    private static boolean isOther(LogPosition here, List<EntryIn> chain) {
        return !chain.isEmpty() && !chain.get(0).claimedPrevious().equals(here.entryHash());
    }

    boolean isNone() {
        return !isProven && end.isEmpty();
    }

    /** Nothing contradicts it so far, and nothing proves it. */
    boolean mayBe() {
        return !isProven && end.isPresent();
    }
}
