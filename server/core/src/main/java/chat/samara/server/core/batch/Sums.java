package chat.samara.server.core.batch;

import java.util.Map;
import java.util.TreeMap;

/** Sums over rows, by key, that are kept in memory so that nobody has to go through the rows. What undone work has added is taken back. */
public final class Sums<K extends Comparable<K>> {
    private final Journal journal;
    private final Map<K, Long> sums = new TreeMap<>();
    private final Map<K, Long> added = new TreeMap<>();
    private long work;

    public Sums(Journal journal) {
        this.journal = journal;
    }

    /** Before all rows are gone through. */
    public void clear() {
        sums.clear();
        added.clear();
    }

    /** The sum of the key; 0 where nothing was added. */
    public long get(K key) {
        return sums.getOrDefault(key, 0L);
    }

    /** Something changes by so much. */
    public void add(K key, long difference) {
        if (work != journal.work()) {
            added.clear();
            work = journal.work();
        }
        added.merge(key, difference, Long::sum);
        change(key, difference);
    }

    private void change(K key, long difference) {
        sums.merge(key, difference, (before, more) -> before + more == 0 ? null : before + more);
    }

    /** The work was undone. */
    public void undo() {
        if (work == journal.work()) {
            added.forEach((key, difference) -> change(key, -difference));
        }
        added.clear();
    }
}
