package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.store.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is remembered of the store's rows")
final class RememberedRowsTest {
    private static final Bytes KEY = Bytes.ofUtf8("key");
    private static final Bytes OTHER = Bytes.ofUtf8("other");

    private final Map<Bytes, Bytes> stored = new HashMap<>();
    private final List<Bytes> asked = new ArrayList<>();
    private final RememberedRows rows = new RememberedRows(new Rows() {
        @Override
        public Optional<Bytes> get(Table table, Bytes key) {
            asked.add(key);
            return Optional.ofNullable(stored.get(key));
        }

        @Override
        public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
            throw new UnsupportedOperationException("a scan, expected none");
        }
    });

    @Test
    @DisplayName("in one piece of work the store is asked once for a row, be it there or not")
    void onceInOneWork() {
        stored.put(KEY, KEY);
        for (int i = 0; i < 3; i++) {
            assertThat(rows.get(Table.SUBMISSION, KEY)).contains(KEY);
            assertThat(rows.get(Table.SUBMISSION, OTHER)).isEmpty();
        }
        assertThat(asked).containsExactly(KEY, OTHER);
    }

    @Test
    @DisplayName("what has changed by then is seen by the next piece of work")
    void againInTheNext() {
        assertThat(rows.get(Table.SUBMISSION, KEY)).isEmpty();
        stored.put(KEY, OTHER);
        rows.forget();
        assertThat(rows.get(Table.SUBMISSION, KEY)).contains(OTHER);
    }

    @Test
    @DisplayName("who is in a channel is remembered until that is written, and that somebody is not in it is not")
    void lasting() {
        assertThat(rows.get(Table.READER, KEY)).isEmpty();
        stored.put(KEY, KEY);
        rows.forget();
        assertThat(rows.get(Table.READER, KEY)).contains(KEY);
        rows.forget();
        assertThat(rows.get(Table.READER, KEY)).contains(KEY);
        assertThat(asked).hasSize(2);
        rows.written(Table.READER, KEY);
        stored.remove(KEY);
        assertThat(rows.get(Table.READER, KEY)).isEmpty();
    }

    @Test
    @DisplayName("no more rows are remembered than the limit, and no large ones (I7)")
    void bounded() {
        for (int i = 0; i <= Limits.ROWS_REMEMBERED_MAX; i++) {
            Bytes key = Bytes.ofUtf8("key " + i);
            stored.put(key, KEY);
            assertThat(rows.get(Table.READER, key)).contains(KEY);
        }
        Bytes first = Bytes.ofUtf8("key 0");
        Bytes last = Bytes.ofUtf8("key " + Limits.ROWS_REMEMBERED_MAX);
        stored.put(OTHER, Bytes.of(new byte[Limits.ROW_REMEMBERED_BYTES_MAX + 1]));
        asked.clear();
        for (Bytes key : List.of(last, first, OTHER, OTHER)) {
            assertThat(rows.get(Table.READER, key)).isPresent();
        }
        assertThat(asked).containsExactly(first, OTHER, OTHER);
    }
}
