package chat.samara.server.core.batch;

import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What peers have sent and what would hold everybody up, and fill the open batch, if it were done at once. It is done in steps, one step of a peer a turn; all
 * others have theirs between two of them, since the next turn comes when what was written is durable, and when it is that peer's: what a step costs, that
 * peer owes ({@link Effect.GoOn}). In memory only, and a work of which a step is undone is forgotten: whoever needs it sends or asks for it again.
 */
public final class LongWork {
    private final Journal journal;
    private final long stepBytesMax;
    private final RoomOfPeers room;

    /** Of each peer, the work that has waited for longest is first. */
    private final Map<ServerName, Deque<Step>> waiting = new TreeMap<>();

    /** Of each peer, the channels of which something waits that is done once. */
    private final Map<ServerName, Set<ChannelId>> later = new TreeMap<>();

    /**
     * @param stepBytesMax bytes of groups, and bytes to write, after which a step is over
     * @param bytesWaitingMax bytes in memory of what waits of all peers, as {@link RoomOfPeers} has them
     */
    public LongWork(Journal journal, long stepBytesMax, long bytesWaitingMax) {
        this.journal = journal;
        this.stepBytesMax = stepBytesMax;
        this.room = new RoomOfPeers(bytesWaitingMax);
    }

    /** The room for one kind of what waits, so many bytes of a peer: all kinds together have that of all peers. */
    public RoomOfPeers.Kind room(long bytesOfPeerMax) {
        return room.kind(bytesOfPeerMax);
    }

    /** A work that is done step by step. */
    @FunctionalInterface
    public interface Step {
        /** Does the next step. Returns whether there is another one to do. */
        boolean goOn();
    }

    /** What one step may cost. The first thing in it is done however much it costs. */
    public final class Budget {
        private final long openBytes = journal.openBytes();
        private long groupBytes;

        /** A record or an entry was looked at, whatever came of it. */
        public void spend() {
            groupBytes += Limits.STEP_BYTES_PER_RECORD;
        }

        /** A group of so many bytes was loaded, or a handshake was verified in it: that costs as much as the group is large. */
        public void spend(long bytesOfGroup) {
            groupBytes += bytesOfGroup;
        }

        /** What this step may still cost; 0 or less: nothing. */
        public long left() {
            return stepBytesMax - Math.max(groupBytes, journal.openBytes() - openBytes);
        }

        /** Whether the rest is for the next step. */
        public boolean isSpent() {
            return left() <= 0;
        }
    }

    /** What the step that begins now may cost. */
    public Budget budget() {
        return new Budget();
    }

    /** Does the first step of what a peer has sent, now; the others when it is that peer's turn. */
    public void begin(ServerName peer, Step work) {
        if (work.goOn()) {
            waits(peer, work);
        }
    }

    /**
     * Does one step when it is the peer's turn: of what is dear by itself, and what a peer can give reason for many times in one frame. Of a channel one
     * waits; it counts for all reasons that were given by then.
     */
    public void later(ServerName peer, ChannelId channel, Runnable step) {
        if (later.computeIfAbsent(peer, it -> new TreeSet<>()).add(channel)) {
            waits(peer, () -> {
                later.get(peer).remove(channel);
                step.run();
                return false;
            });
        }
    }

    private void waits(ServerName peer, Step work) {
        boolean isFirst = !waiting.containsKey(peer);
        waiting.computeIfAbsent(peer, it -> new ArrayDeque<>()).add(work);
        if (isFirst) {
            ask(peer);
        }
    }

    private void ask(ServerName peer) {
        journal.emit(new Effect.GoOn(peer));
    }

    /** The peer's turn. Its works take turns likewise. */
    public void goOn(ServerName peer) {
        Deque<Step> works = waiting.get(peer);
        if (works == null) {
            return;
        }
        Step work = works.remove();
        boolean isMore = false;
        try {
            // What the step itself begins finds that something waits, and asks for no other turn.
            isMore = work.goOn();
        } finally {
            if (isMore) {
                works.add(work);
            }
            if (works.isEmpty()) {
                waiting.remove(peer, works);
            } else {
                ask(peer);
            }
        }
    }

    /** The link to the peer is gone: nothing of what it has sent waits any more. */
    public void forget(ServerName peer) {
        waiting.remove(peer);
        later.remove(peer);
    }

    /** Asks for a turn of each peer of which anything waits. The one that was asked for before may have been undone. */
    public void wake() {
        waiting.keySet().forEach(this::ask);
    }
}
