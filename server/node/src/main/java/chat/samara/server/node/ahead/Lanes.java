package chat.samara.server.node.ahead;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait to be verified, and whose part is next. Members' have three parts of the work and peers' one; of each kind, small ones have a larger share than large ones. So a
 * publication does not wait for all large commits before it, and a large commit goes on all the same. What nobody else needs is shared by who is there, and nobody saves up a share.
 *
 * <p>In a lane, senders have their turns, one frame each, however many connections they have. A frame that was begun with is done with before the next one of its lane, so that no more
 * are read at a time than there are lanes.
 *
 * <p>Not thread-safe.
 */
final class Lanes {
    private final Group<Lane> members = new Group<>(Limits.MEMBERS_PRICE, Lane.ofAllSizes());
    private final Group<Lane> peers = new Group<>(Limits.PEERS_PRICE, Lane.ofAllSizes());
    private final Group<Group<Lane>> all = new Group<>(1, List.of(members, peers));

    /** Bytes of what waits and was not begun with, of each sender who has any. */
    private final Map<String, Long> bytes = new LinkedHashMap<>();

    private long bytesOfAll;

    /** A frame whose part is next. */
    record Next(Group<Lane> kind, Lane lane, Turn turn) {}

    /** What has a share of the work. */
    abstract static class Shared {
        private final int price;

        long paid;
        boolean waited;

        /** @param price of one signature: who pays twice as much has half as many */
        Shared(int price) {
            this.price = price;
        }

        abstract boolean isEmpty();

        void pay(int signatures) {
            paid += (long) price * signatures;
        }
    }

    /** What shares the work: next is who has paid least. */
    static final class Group<S extends Shared> extends Shared {
        private final List<S> parts;

        /** What whoever was last had paid before: who comes, or comes back, begins there. */
        private long paidByLast;

        Group(int price, List<S> parts) {
            super(price);
            this.parts = parts;
        }

        @Override
        boolean isEmpty() {
            return parts.stream().allMatch(Shared::isEmpty);
        }

        S next() {
            @Nullable S next = null;
            for (S part : parts) {
                boolean waits = !part.isEmpty();
                if (waits && !part.waited) {
                    part.paid = Math.max(part.paid, paidByLast);
                }
                part.waited = waits;
                if (waits && (next == null || part.paid < next.paid)) {
                    next = part;
                }
            }
            if (next == null) {
                throw new IllegalStateException("nothing waits, expected a frame");
            }
            paidByLast = next.paid;
            return next;
        }
    }

    /** Where frames wait that are about as large. */
    static final class Lane extends Shared {
        private final int frameBytesMax;

        /** Of each sender, what came first is first; the senders in the order of their turns. Of whoever's frame was begun with there may be nothing. */
        private final Map<String, Deque<Turn>> waiting = new LinkedHashMap<>();

        private Optional<Turn> begun = Optional.empty();

        private Lane(int frameBytesMax, int price) {
            super(price);
            this.frameBytesMax = frameBytesMax;
        }

        /** The smallest first. */
        static List<Lane> ofAllSizes() {
            return List.of(
                    new Lane(Limits.SMALL_FRAME_BYTES_MAX, Limits.SMALL_PRICE),
                    new Lane(Limits.MIDDLE_FRAME_BYTES_MAX, Limits.MIDDLE_PRICE),
                    new Lane(Integer.MAX_VALUE, Limits.LARGE_PRICE));
        }

        @Override
        boolean isEmpty() {
            return begun.isEmpty() && waiting.isEmpty();
        }

        private int size() {
            return waiting.values().stream().mapToInt(Deque::size).sum();
        }

        private Turn begin() {
            Turn turn = waiting.values().iterator().next().remove();
            begun = Optional.of(turn);
            return turn;
        }

        /** The sender comes after all who wait by now. */
        private void done(Turn last) {
            begun = Optional.empty();
            Deque<Turn> more = waiting.remove(last.whose());
            if (more != null && !more.isEmpty()) {
                waiting.put(last.whose(), more);
            }
        }

        /** The last that waits of a sender's. */
        private Optional<Turn> removeLastOf(String whose) {
            Deque<Turn> turns = waiting.getOrDefault(whose, new ArrayDeque<>());
            Optional<Turn> last = Optional.ofNullable(turns.pollLast());
            if (turns.isEmpty()) {
                waiting.remove(whose);
            }
            return last;
        }
    }

    /** Adds a frame. Returns those that have no place any more, if there is too much: of whoever has most that waits, what came last; it may be this one. */
    List<Turn> add(Turn turn) {
        lane(turn)
                .waiting
                .computeIfAbsent(turn.whose(), it -> new ArrayDeque<>())
                .add(turn);
        count(turn, turn.frameBytes());
        List<Turn> without = new ArrayList<>();
        while (bytesOfAll > Limits.WAITING_BYTES_MAX) {
            without.add(removeOfMost());
        }
        return without;
    }

    private Lane lane(Turn turn) {
        return group(turn.kind()).parts.stream()
                .filter(it -> turn.frameBytes() <= it.frameBytesMax)
                .findFirst()
                .orElseThrow();
    }

    private Group<Lane> group(Turn.Kind kind) {
        return kind == Turn.Kind.MEMBER ? members : peers;
    }

    private Turn removeOfMost() {
        // Of those who have as much, whoever came last.
        String most = bytes.entrySet().stream()
                .reduce((a, b) -> a.getValue() > b.getValue() ? a : b)
                .orElseThrow()
                .getKey();
        Turn last = lanes().stream()
                .sorted((a, b) -> b.frameBytesMax - a.frameBytesMax)
                .flatMap(it -> it.removeLastOf(most).stream())
                .findFirst()
                .orElseThrow();
        count(last, -last.frameBytes());
        return last;
    }

    private List<Lane> lanes() {
        return all.parts.stream().flatMap(it -> it.parts.stream()).toList();
    }

    private void count(Turn turn, int frameBytes) {
        bytesOfAll += frameBytes;
        bytes.compute(turn.whose(), (whose, before) -> {
            long now = (before == null ? 0 : before) + frameBytes;
            return now == 0 ? null : now;
        });
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Frames that wait and were not begun with. */
    int waiting() {
        return lanes().stream().mapToInt(Lane::size).sum();
    }

    /** The frame of which a part is to be verified next; there is one. */
    Next next() {
        Group<Lane> kind = all.next();
        Lane lane = kind.next();
        Turn turn = lane.begun.orElseGet(() -> {
            Turn begun = lane.begin();
            count(begun, -begun.frameBytes());
            return begun;
        });
        return new Next(kind, lane, turn);
    }

    /** A part was verified, which has taken as long as so many signatures. */
    void pay(Next part, int signatures) {
        part.kind().pay(signatures);
        part.lane().pay(signatures);
    }

    /** The frame is done with. */
    void done(Next last) {
        last.lane().done(last.turn());
    }

    /** Takes out all there are. */
    List<Turn> drain() {
        List<Turn> drained = new ArrayList<>();
        for (Lane lane : lanes()) {
            lane.begun.ifPresent(drained::add);
            lane.waiting.values().forEach(drained::addAll);
            lane.begun = Optional.empty();
            lane.waiting.clear();
        }
        bytes.clear();
        bytesOfAll = 0;
        return drained;
    }
}
