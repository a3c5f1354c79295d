package chat.samara.server.core.batch;

import chat.samara.server.core.Effect;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/**
 * Work on one input that would hold everybody up, and fill the open batch, if it were done at once. It is done in steps, one step of one work a turn; all
 * others have theirs between two of them, since the next turn comes when what was written is durable ({@link Effect.SendMore}). In memory only, and what is
 * left of a work whose step is undone is forgotten: whoever needs it sends or asks for it again.
 */
public final class LongWork {
    private final Journal journal;
    private final long stepBytesMax;
    private final Deque<BooleanSupplier> waiting = new ArrayDeque<>();

    /** @param stepBytesMax bytes of groups, and bytes to write, after which a step is over */
    public LongWork(Journal journal, long stepBytesMax) {
        this.journal = journal;
        this.stepBytesMax = stepBytesMax;
    }

    /** What one step may cost. The first piece of work is done however much it costs. */
    public final class Budget {
        private final long openBytes = journal.openBytes();
        private long groupBytes;

        /** A handshake in a group of so many bytes is verified: that costs as much as the group is large. */
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

    /**
     * Does the first step now.
     *
     * @param step does a step, and returns whether there is more to do
     */
    public void begin(BooleanSupplier step) {
        if (step.getAsBoolean()) {
            waiting.add(step);
            wake();
        }
    }

    /** The turn of the work that has waited for longest. */
    public void goOn() {
        BooleanSupplier next = waiting.poll();
        if (next != null && next.getAsBoolean()) {
            waiting.add(next);
        }
        wake();
    }

    /** Has a turn come, if anything waits for one: also where the one that was to come was undone. */
    public void wake() {
        if (!waiting.isEmpty()) {
            journal.emit(new Effect.SendMore());
        }
    }
}
