package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A range of rows in a transaction")
class StoreTransactionTest {
    private final MemoryStore store = new MemoryStore();
    private final StoreTransaction transaction = new StoreTransaction(store);

    private static Bytes key(String name) {
        return Bytes.ofUtf8(name);
    }

    private static byte[] value(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> rows(String from, String to) {
        return transaction.rows(DeviceTable.PIN, key(from), key(to)).entrySet().stream()
                .map(row -> new String(row.getKey().toByteArray(), StandardCharsets.UTF_8) + "="
                        + new String(row.getValue(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    @DisplayName(
            "is what the store has, with what the transaction has put and without what it has deleted, of that table"
                    + " only")
    void range() {
        store.put(DeviceTable.PIN, key("a"), value("stored"));
        store.put(DeviceTable.PIN, key("b"), value("stored"));
        store.put(DeviceTable.PIN, key("c"), value("stored"));
        store.put(DeviceTable.PIN, key("e"), value("stored"));
        transaction.delete(DeviceTable.PIN, key("a"));
        transaction.put(DeviceTable.PIN, key("b"), value("put"));
        transaction.put(DeviceTable.PIN, key("d"), value("put"));
        transaction.put(DeviceTable.PIN, key("e"), value("put"));
        transaction.put(DeviceTable.BLAME, key("c"), value("of another table"));
        assertThat(rows("a", "e")).containsExactly("b=put", "c=stored", "d=put");
        assertThat(rows("b", "c")).containsExactly("b=put");
        assertThat(rows("e", "a")).isEmpty();
        assertThat(rows("b", "b")).isEmpty();
        transaction.put(DeviceTable.PIN, key("a"), value("again"));
        transaction.delete(DeviceTable.PIN, key("d"));
        assertThat(rows("a", "e")).containsExactly("a=again", "b=put", "c=stored");
        transaction.commit();
        assertThat(rows("a", "f")).containsExactly("a=again", "b=put", "c=stored", "e=put");
    }
}
