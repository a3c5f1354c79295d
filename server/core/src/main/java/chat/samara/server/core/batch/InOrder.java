package chat.samara.server.core.batch;

import chat.samara.wire.identity.ServerName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a peer has sent that is done in many parts, so many of them a step ({@link LongWork}), and all of it in the order in which it came. So much of it waits as
 * there is room ({@link RoomOfPeers}). In memory only: if a part is undone, what waits of that peer is forgotten with it.
 *
 * @param <S> what the parts of one step have in common
 */
public final class InOrder<S> {
    private final LongWork longWork;
    private final RoomOfPeers.Kind room;
    private final Function<LongWork.Budget, S> begins;
    private final BiConsumer<ServerName, S> ends;
    private final Map<ServerName, OfPeer> ofPeers = new HashMap<>();

    /**
     * @param begins makes what the parts of a step have in common, of what the step may cost
     * @param ends is given it at the end of the step
     */
    public InOrder(
            LongWork longWork,
            RoomOfPeers.Kind room,
            Function<LongWork.Budget, S> begins,
            BiConsumer<ServerName, S> ends) {
        this.longWork = longWork;
        this.room = room;
        this.begins = begins;
        this.ends = ends;
    }

    /** Of parts that have nothing in common but what their step may cost. */
    public static InOrder<LongWork.Budget> ofParts(LongWork longWork, RoomOfPeers.Kind room) {
        return new InOrder<>(longWork, room, budget -> budget, (peer, budget) -> {});
    }

    private record Waiting<S>(Iterator<Consumer<S>> parts, long bytes) {}

    private final class OfPeer {
        private final ServerName peer;
        private final Deque<Waiting<S>> waiting = new ArrayDeque<>();

        OfPeer(ServerName peer) {
            this.peer = peer;
        }

        void add(Waiting<S> more) {
            waiting.add(more);
            room.take(peer, more.bytes);
        }

        void nextPart(S step) {
            Waiting<S> first = waiting.element();
            first.parts.next().accept(step);
            // What the part has done may have ended the link.
            if (!first.parts.hasNext() && waiting.remove(first)) {
                room.giveBack(peer, first.bytes);
            }
        }

        /** Does a step. Returns whether there is more to do. */
        boolean goOn() {
            if (ofPeers.get(peer) != this) {
                return false;
            }
            LongWork.Budget budget = longWork.budget();
            S step = begins.apply(budget);
            boolean isDone = false;
            try {
                while (!waiting.isEmpty() && !budget.isSpent()) {
                    budget.spend();
                    nextPart(step);
                }
                ends.accept(peer, step);
                isDone = true;
            } finally {
                if (!isDone || waiting.isEmpty()) {
                    forget();
                }
            }
            return !waiting.isEmpty();
        }

        void forget() {
            ofPeers.remove(peer);
            waiting.forEach(it -> room.giveBack(peer, it.bytes));
            waiting.clear();
        }
    }

    /**
     * Does some of it at once if nothing waits before it, and the rest when it is the peer's turn.
     *
     * @param bytes what it takes in memory while it waits, at least 1
     * @return false if so much waits that it is not taken
     */
    public boolean add(ServerName peer, long bytes, Iterator<Consumer<S>> parts) {
        if (!parts.hasNext()) {
            return true;
        }
        if (!room.isFor(peer, bytes)) {
            return false;
        }
        OfPeer before = ofPeers.get(peer);
        if (before != null) {
            before.add(new Waiting<>(parts, bytes));
            return true;
        }
        OfPeer all = new OfPeer(peer);
        all.add(new Waiting<>(parts, bytes));
        ofPeers.put(peer, all);
        longWork.begin(peer, all::goOn);
        return true;
    }

    /** The link to the peer is gone: what waits is said again. */
    public void forget(ServerName peer) {
        OfPeer all = ofPeers.get(peer);
        if (all != null) {
            all.forget();
        }
    }
}
