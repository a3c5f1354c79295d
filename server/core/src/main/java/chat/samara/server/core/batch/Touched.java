package chat.samara.server.core.batch;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the piece of work that is under way may have changed in memory. If it meets a bug, its rows were never written: then so much of the memory
 * beside them is read anew, and nothing else. Once the work is {@link Journal#keep kept}, what it touched is as good as anything.
 */
public final class Touched<T extends Comparable<T>> {
    private final Journal journal;
    private final SortedSet<T> things = new TreeSet<>();
    private long work;

    public Touched(Journal journal) {
        this.journal = journal;
    }

    /** The work may change this, or has. */
    public void add(T thing) {
        if (work != journal.work()) {
            things.clear();
            work = journal.work();
        }
        things.add(thing);
    }

    /** What the work touched that was undone just now. Forgets it. */
    public SortedSet<T> takeUndone() {
        SortedSet<T> taken = work == journal.work() ? new TreeSet<>(things) : new TreeSet<>();
        things.clear();
        return taken;
    }
}
