package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Goes through a table a stretch at a time, round and round, and deletes what has grown old: so that housekeeping costs the same however
 * many rows there are. Where it stands is in memory only; after a start it begins anew.
 */
public final class Sweep {
    private final Journal journal;
    private final Table table;
    private Bytes from = Bytes.EMPTY;

    public Sweep(Journal journal, Table table) {
        this.journal = journal;
        this.table = table;
    }

    /** Looks at the next so many rows. */
    public void go(int rowsMax, Predicate<Bytes> isOld) {
        List<Bytes> old = new ArrayList<>();
        Bytes[] last = {Bytes.EMPTY};
        int[] seen = {0};
        journal.scan(table, from, Bytes.EMPTY, (key, value) -> {
            if (isOld.test(value)) {
                old.add(key);
            }
            last[0] = key;
            return ++seen[0] < rowsMax;
        });
        from = seen[0] < rowsMax ? Bytes.EMPTY : last[0];
        old.forEach(key -> journal.delete(table, key));
    }
}
