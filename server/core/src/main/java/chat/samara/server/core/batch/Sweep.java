package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes through a table a stretch at a time, round and round, and deletes what has grown old: so that housekeeping costs the same however
 * many rows there are. Where it stands is in memory only; after a start it begins anew. A row that cannot be understood stays, and keeps no other from its end;
 * the log tells of it once.
 */
public final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    private final Journal journal;
    private final Table table;
    private Bytes from = Bytes.EMPTY;

    /** Keys of rows of which the log has told. */
    private final Set<Bytes> told = new TreeSet<>();

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
            if (isOld(key, value, isOld)) {
                old.add(key);
            }
            last[0] = key;
            return ++seen[0] < rowsMax;
        });
        from = seen[0] < rowsMax ? Bytes.EMPTY : last[0];
        old.forEach(key -> journal.delete(table, key));
    }

    private boolean isOld(Bytes key, Bytes value, Predicate<Bytes> isOld) {
        try {
            return isOld.test(value);
        } catch (StoreException unreadable) {
            if (!unreadable.isDamage()) {
                throw unreadable;
            }
            if (told.size() < Limits.UNREADABLE_ROWS_TOLD_MAX && told.add(key)) {
                LOG.error(
                        "the row {} of table {} cannot be read, and stays: {}",
                        key.hex(),
                        table,
                        unreadable.toString());
            }
            return false;
        }
    }
}
