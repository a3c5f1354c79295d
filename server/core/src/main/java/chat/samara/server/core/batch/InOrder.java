package chat.samara.server.core.batch;

import chat.samara.wire.identity.ServerName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * What a peer has sent that is done in many parts, so many of them a step ({@link LongWork}), and all of it in the order in which it came. So many bytes of it wait at
 * the most. In memory only: if a part is undone, what waits of that peer is forgotten with it.
 */
public final class InOrder {
    private final LongWork longWork;
    private final long bytesWaitingMax;
    private final long bytesOfAllMax;
    private final Map<ServerName, OfPeer> ofPeers = new HashMap<>();

    /**
     * @param bytesWaitingMax bytes of one peer's that wait
     * @param bytesOfAllMax bytes of all peers' that wait, but for what comes of those of which nothing waits, or less than their part of that
     */
    public InOrder(LongWork longWork, long bytesWaitingMax, long bytesOfAllMax) {
        this.longWork = longWork;
        this.bytesWaitingMax = bytesWaitingMax;
        this.bytesOfAllMax = bytesOfAllMax;
    }

    private record Waiting(Iterator<Runnable> parts, long bytes) {}

    private static final class OfPeer {
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private long bytes;

        void add(Waiting more) {
            waiting.add(more);
            bytes += more.bytes;
        }

        void nextPart() {
            Waiting first = waiting.element();
            first.parts.next().run();
            if (!first.parts.hasNext()) {
                bytes -= first.bytes;
                waiting.remove();
            }
        }
    }

    /**
     * Does some of it at once if nothing waits before it, and the rest when it is the peer's turn.
     *
     * @param bytes what it takes in memory while it waits
     * @return false if so much waits that it is not taken
     */
    public boolean add(ServerName peer, long bytes, Iterator<Runnable> parts) {
        OfPeer before = ofPeers.get(peer);
        if (!parts.hasNext()) {
            return true;
        }
        if (before != null) {
            long ofPeer = before.bytes + bytes;
            boolean hasPart = bytesOfAll() + bytes <= bytesOfAllMax || ofPeer <= bytesOfAllMax / ofPeers.size();
            boolean hasRoom = ofPeer <= bytesWaitingMax && hasPart;
            if (hasRoom) {
                before.add(new Waiting(parts, bytes));
            }
            return hasRoom;
        }
        OfPeer all = new OfPeer();
        all.add(new Waiting(parts, bytes));
        ofPeers.put(peer, all);
        longWork.begin(peer, () -> goOn(peer, all));
        return true;
    }

    private long bytesOfAll() {
        return ofPeers.values().stream().mapToLong(it -> it.bytes).sum();
    }

    private boolean goOn(ServerName peer, OfPeer all) {
        if (!ofPeers.remove(peer, all)) {
            return false;
        }
        LongWork.Budget budget = longWork.budget();
        while (!all.waiting.isEmpty() && !budget.isSpent()) {
            budget.spend();
            all.nextPart();
        }
        if (all.waiting.isEmpty()) {
            return false;
        }
        ofPeers.put(peer, all);
        return true;
    }

    /** The link to the peer is gone: what waits is said again. */
    public void forget(ServerName peer) {
        ofPeers.remove(peer);
    }
}
