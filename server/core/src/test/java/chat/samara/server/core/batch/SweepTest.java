package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Housekeeping that goes through a table")
final class SweepTest {
    private static final int ROWS = 10;
    private static final long OLD = 1;
    private static final long YOUNG = 2;

    private final Journal journal = new Journal(new MemoryStore());
    private final Sweep sweep = new Sweep(journal, Table.CLAIM);

    private static Bytes key(int number) {
        return Key.of("row").and(number).bytes();
    }

    private void put(int number, Bytes value) {
        journal.put(Table.CLAIM, key(number), value);
    }

    private void round(int rowsMax) {
        sweep.go(rowsMax, value -> Stored.number(Table.CLAIM, value) == OLD);
    }

    private List<Bytes> left() {
        List<Bytes> keys = new ArrayList<>();
        journal.scanPrefix(Table.CLAIM, Bytes.EMPTY, (key, value) -> keys.add(key));
        return keys;
    }

    @Test
    @DisplayName("passes over rows that cannot be understood, and deletes what is old before and behind them")
    void unreadable() {
        for (int i = 0; i < ROWS; i++) {
            put(i, Stored.number(i == 7 ? YOUNG : OLD));
        }
        put(0, Bytes.of(new byte[] {-1}));
        put(5, Bytes.of(new byte[] {-1}));
        for (int round = 0; round < ROWS; round++) {
            round(3);
        }
        assertThat(left()).containsExactly(key(0), key(5), key(7));
    }

    @Test
    @DisplayName("hides nothing else: a disk that fails, fails it")
    void failing() {
        put(0, Stored.number(OLD));
        StoreException gone = new StoreException(StoreException.Kind.IO, "gone");
        assertThatThrownBy(() -> sweep.go(1, value -> {
                    throw gone;
                }))
                .isSameAs(gone);
    }
}
