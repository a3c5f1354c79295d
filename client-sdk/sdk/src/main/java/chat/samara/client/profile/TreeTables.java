package chat.samara.client.profile;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.profile.tree.SealedTree.Change;
import chat.samara.mls.codec.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A device's tables in one {@link SealedTree}, whoever has its key and whatever file it is in. A row's key in the tree is the table's name, a zero byte and the
 * row's own key. What cannot be read is named by its table.
 *
 * <p>Used by one thread, which also closes the tree.
 */
public final class TreeTables implements DeviceStore {
    private final SealedTree tree;
    private final String name;

    /** @param name what errors call it, such as {@code the profile in samara-alice} */
    public TreeTables(SealedTree tree, String name) {
        this.tree = tree;
        this.name = name;
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        try {
            return tree.get(treeKey(table, key));
        } catch (IOException e) {
            throw unreadable(table, e);
        }
    }

    @Override
    public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        try {
            tree.scan(treeKey(table, fromInclusive), treeKey(table, toExclusive), rowsOf(table, visitor));
        } catch (IOException e) {
            throw unreadable(table, e);
        }
    }

    @Override
    public void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        try {
            tree.scanBack(treeKey(table, fromInclusive), treeKey(table, toExclusive), rowsOf(table, visitor));
        } catch (IOException e) {
            throw unreadable(table, e);
        }
    }

    private static SealedTree.Visitor rowsOf(DeviceTable table, Visitor visitor) {
        int prefix = treeKey(table, Bytes.EMPTY).length;
        return (key, value) -> visitor.row(Bytes.wrapUnsafe(Arrays.copyOfRange(key, prefix, key.length)), value);
    }

    private DeviceStoreException unreadable(DeviceTable table, IOException cause) {
        return new DeviceStoreException(
                "the table " + table + " of " + name + " cannot be read: " + cause.getMessage(), cause);
    }

    @Override
    public void commit(List<Write> writes) {
        List<Change> changes = new ArrayList<>(writes.size());
        for (Write write : writes) {
            byte[] key = treeKey(write.table(), write.key());
            changes.add(
                    write instanceof Write.Put put
                            ? new Change.Put(key, put.value().clone())
                            : new Change.Delete(key));
        }
        try {
            tree.commit(changes);
        } catch (IOException e) {
            throw new DeviceStoreException(name + " cannot be written: " + e.getMessage(), e);
        }
    }

    static byte[] treeKey(DeviceTable table, Bytes key) {
        byte[] tableName = table.name().getBytes(StandardCharsets.US_ASCII);
        byte[] treeKey = Arrays.copyOf(tableName, tableName.length + 1 + key.size());
        System.arraycopy(key.arrayUnsafe(), 0, treeKey, tableName.length + 1, key.size());
        return treeKey;
    }
}
