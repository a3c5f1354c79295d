package chat.samara.server.core.channel.member;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredTree;
import chat.samara.server.core.store.proto.StoredWelcome;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Welcomes that wait for a device of this server. The Welcome itself stands in its commit's entry.
 *
 * <ul>
 *   <li>WELCOME: key: device id (16), a number that rises; value: {@link StoredWelcome}. Deleted when the device acknowledges. A device that
 *       never comes back has so many of each hub at most, and so many bytes of trees; one more is not kept ({@link WelcomeRoom}).
 *   <li>TREE: key: channel id (32), seq of the commit; value: {@link StoredTree}. Deleted with the last Welcome that needs it.
 * </ul>
 */
public final class WelcomeTable {
    private final Journal journal;

    public WelcomeTable(Journal journal) {
        this.journal = journal;
    }

    /** A Welcome that waits. */
    public record Waiting(
            Bytes key,
            ChannelId channel,
            long seq,
            Bytes entryHash,
            Bytes keyPackageRef,
            String hub,
            String addedBy,
            long treeBytes) {}

    /** The Welcomes that wait for the device, oldest first. */
    public static List<Waiting> waiting(Rows rows, DeviceId device) {
        List<Waiting> found = new ArrayList<>();
        rows.scanPrefix(Table.WELCOME, device.bytes(), (key, value) -> {
            StoredWelcome row = Stored.decode(Table.WELCOME, StoredWelcome.parser(), value);
            found.add(new Waiting(
                    key,
                    new ChannelId(Stored.bytes(row.getChannelId())),
                    row.getSeq(),
                    Stored.bytes(row.getEntryHash()),
                    Stored.bytes(row.getKeyPackageRef()),
                    row.getHub(),
                    row.getAddedBy(),
                    row.getTreeBytes()));
            return true;
        });
        return found;
    }

    /** A commit's Welcome waits for the device now. */
    void add(
            DeviceId device, Entry commit, Bytes keyPackageRef, ServerName hub, ChannelMember addedBy, long treeBytes) {
        journal.put(
                Table.WELCOME,
                Key.of(device.bytes()).and(nextNumber(device)).bytes(),
                Stored.encode(StoredWelcome.newBuilder()
                        .setChannelId(Protobuf.toByteString(commit.channel().bytes()))
                        .setSeq(commit.seq())
                        .setEntryHash(Protobuf.toByteString(commit.hash()))
                        .setKeyPackageRef(Protobuf.toByteString(keyPackageRef))
                        .setHub(hub.value())
                        .setAddedBy(addedBy.user().toString())
                        .setTreeBytes(treeBytes)
                        .build()));
    }

    private long nextNumber(DeviceId device) {
        List<Waiting> before = waiting(journal, device);
        return before.isEmpty() ? 1 : Key.numberAt(before.get(before.size() - 1).key(), DeviceId.SIZE_BYTES) + 1;
    }

    /** Hands all that waits for a device to another, in the same order, behind what waits for that one already. */
    void move(DeviceId device, DeviceId successor) {
        long number = nextNumber(successor);
        for (Waiting welcome : waiting(journal, device)) {
            Bytes row = journal.get(Table.WELCOME, welcome.key()).orElseThrow();
            journal.put(Table.WELCOME, Key.of(successor.bytes()).and(number++).bytes(), row);
            journal.delete(Table.WELCOME, welcome.key());
        }
    }

    void delete(Waiting welcome) {
        journal.delete(Table.WELCOME, welcome.key());
        Bytes treeKey = LogTable.key(welcome.channel(), welcome.seq());
        tree(treeKey).ifPresent(tree -> {
            if (tree.getWelcomesWaiting() <= 1) {
                journal.delete(Table.TREE, treeKey);
            } else {
                journal.put(
                        Table.TREE,
                        treeKey,
                        Stored.encode(tree.toBuilder()
                                .setWelcomesWaiting(tree.getWelcomesWaiting() - 1)
                                .build()));
            }
        });
    }

    private Optional<StoredTree> tree(Bytes key) {
        ChannelId channel = new ChannelId(key.slice(0, ChannelId.SIZE_BYTES));
        return journal.get(Table.TREE, key)
                .map(value -> Stored.decode(Table.TREE, channel, StoredTree.parser(), value));
    }

    /** The tree of the epoch that the commit began. */
    Optional<ByteString> tree(ChannelId channel, long seq) {
        return tree(LogTable.key(channel, seq)).map(StoredTree::getRatchetTree);
    }

    void putTree(Entry commit, byte[] ratchetTree, int welcomesWaiting) {
        journal.put(
                Table.TREE,
                LogTable.key(commit.channel(), commit.seq()),
                Stored.encode(StoredTree.newBuilder()
                        .setRatchetTree(ByteString.copyFrom(ratchetTree))
                        .setWelcomesWaiting(welcomesWaiting)
                        .build()));
    }
}
