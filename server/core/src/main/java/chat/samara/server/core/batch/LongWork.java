package chat.samara.server.core.batch;

import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What peers have sent and what would hold everybody up, and fill the open batch, if it were done at once. It is done in steps, one step of one peer a turn; all
 * others have theirs between two of them, since the next turn comes when what was written is durable ({@link Effect.GoOn}). In memory only, and a work of which a step is
 * undone is forgotten: whoever needs it sends or asks for it again.
 */
public final class LongWork {
    private final Journal journal;
    private final long stepBytesMax;
    private final Map<ServerName, Deque<Step>> waiting = new LinkedHashMap<>();
    private Optional<ServerName> underWay = Optional.empty();

    /** @param stepBytesMax bytes of groups, and bytes to write, after which a step is over */
    public LongWork(Journal journal, long stepBytesMax) {
        this.journal = journal;
        this.stepBytesMax = stepBytesMax;
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

        /** Whether the rest is for the next step. */
        public boolean isSpent() {
            return groupBytes >= stepBytesMax || journal.openBytes() - openBytes >= stepBytesMax;
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
            wake();
        }
    }

    /** Does one step when it is the peer's turn: of what is dear by itself, and what a peer can give reason for many times in one frame. */
    public void later(ServerName peer, Runnable step) {
        waits(peer, () -> {
            step.run();
            return false;
        });
        wake();
    }

    private void waits(ServerName peer, Step work) {
        waiting.computeIfAbsent(peer, it -> new ArrayDeque<>()).add(work);
    }

    /** The turn of the peer that has waited for longest, and of its works likewise. */
    public void goOn() {
        Iterator<Map.Entry<ServerName, Deque<Step>>> turns = waiting.entrySet().iterator();
        if (!turns.hasNext()) {
            return;
        }
        Map.Entry<ServerName, Deque<Step>> turn = turns.next();
        turns.remove();
        ServerName peer = turn.getKey();
        Deque<Step> works = turn.getValue();
        Step work = works.remove();
        if (!works.isEmpty()) {
            waiting.put(peer, works);
        }
        underWay = Optional.of(peer);
        if (work.goOn()) {
            waits(peer, work);
        }
        underWay = Optional.empty();
        wake();
    }

    /** Whose step was under way when an event was undone; empty if none was. */
    public Optional<ServerName> takePeerOfUndoneStep() {
        Optional<ServerName> undone = underWay;
        underWay = Optional.empty();
        return undone;
    }

    /** The link to the peer is gone: nothing of what it has sent waits any more. */
    public void forget(ServerName peer) {
        waiting.remove(peer);
    }

    /** Asks for a turn if anything waits for one. The one that was asked for before may have been undone. */
    public void wake() {
        if (!waiting.isEmpty()) {
            journal.emit(new Effect.GoOn());
        }
    }
}
