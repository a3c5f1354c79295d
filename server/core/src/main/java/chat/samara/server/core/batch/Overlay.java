package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.WriteBatch.Change;
import chat.samara.server.core.store.WriteBatch.DeleteRange;
import chat.samara.server.core.store.WriteBatch.Put;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The store as it will be once every batch is durable: changes that are not, over the rows that are.
 *
 * @param durable the rows underneath
 * @param layers the changes, oldest first
 */
record Overlay(Rows durable, List<WriteBatch> layers) implements Rows {
    @Override
    public Optional<Bytes> get(Table table, Bytes key) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            Optional<Change> change = layers.get(i).change(table, key);
            if (change.isPresent()) {
                return value(change.get());
            }
        }
        return durable.get(table, key);
    }

    @Override
    public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        NavigableMap<Bytes, Optional<Bytes>> changed = new TreeMap<>();
        List<DeleteRange> gone = new ArrayList<>();
        for (WriteBatch layer : layers) {
            for (DeleteRange range : layer.ranges(table)) {
                changed.keySet().removeIf(range::contains);
                gone.add(range);
            }
            layer.changes(table, fromInclusive, toExclusive)
                    .forEach(change -> changed.put(change.key(), value(change)));
        }
        if (changed.isEmpty() && gone.isEmpty()) {
            durable.scan(table, fromInclusive, toExclusive, visitor);
            return;
        }
        Merge merge = new Merge(changed, gone, visitor);
        durable.scan(table, fromInclusive, toExclusive, merge::visitDurable);
        merge.visitRest();
    }

    /** Whether a change removes the row, whether it is there or not: to know this the store is not asked. */
    boolean removes(Table table, Bytes key) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            Optional<Change> change = layers.get(i).change(table, key);
            if (change.isPresent()) {
                return value(change.get()).isEmpty();
            }
        }
        return false;
    }

    private static Optional<Bytes> value(Change change) {
        return change instanceof Put put ? Optional.of(put.value()) : Optional.empty();
    }

    /** Merges two sorted sequences; a change hides the durable row of the same key, and a range that is deleted all of its rows. */
    private static final class Merge {
        private final NavigableMap<Bytes, Optional<Bytes>> changed;
        private final List<DeleteRange> gone;
        private final Visitor visitor;
        private boolean stopped;

        Merge(NavigableMap<Bytes, Optional<Bytes>> changed, List<DeleteRange> gone, Visitor visitor) {
            this.changed = changed;
            this.gone = gone;
            this.visitor = visitor;
        }

        boolean visitDurable(Bytes key, Bytes value) {
            visitChanges(key);
            if (stopped) {
                return false;
            }
            Optional<Bytes> change = changed.remove(key);
            if (change == null) {
                stopped = !isGone(key) && !visitor.visit(key, value);
            } else if (change.isPresent()) {
                stopped = !visitor.visit(key, change.get());
            }
            return !stopped;
        }

        private boolean isGone(Bytes key) {
            for (DeleteRange range : gone) {
                if (range.contains(key)) {
                    return true;
                }
            }
            return false;
        }

        private void visitChanges(Bytes before) {
            Iterator<Map.Entry<Bytes, Optional<Bytes>>> first =
                    changed.headMap(before, false).entrySet().iterator();
            while (!stopped && first.hasNext()) {
                visit(first.next());
                first.remove();
            }
        }

        void visitRest() {
            Iterator<Map.Entry<Bytes, Optional<Bytes>>> rest =
                    changed.entrySet().iterator();
            while (!stopped && rest.hasNext()) {
                visit(rest.next());
            }
        }

        private void visit(Map.Entry<Bytes, Optional<Bytes>> change) {
            change.getValue().ifPresent(value -> stopped = !visitor.visit(change.getKey(), value));
        }
    }
}
