package chat.samara.client.profile.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.profile.tree.SealedTree.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A sealed tree")
class SealedTreeTest {
    private static final byte[] DATA_KEY = TreeModel.bytes(1, SealedTree.DATA_KEY_BYTES);

    private final MemoryBlockFile file = new MemoryBlockFile();

    private SealedTree create(long seed) throws IOException {
        return SealedTree.create(file, DATA_KEY, new Random(seed)::nextBytes);
    }

    private SealedTree open() throws IOException {
        return SealedTree.open(file, List.of(DATA_KEY), new Random(0)::nextBytes);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    @DisplayName("holds what a sorted map holds, whatever is put, replaced and deleted, over closing and opening")
    void likeASortedMap(long seed) throws IOException {
        Random random = new Random(seed);
        TreeModel model = new TreeModel(random);
        SealedTree tree = create(seed);
        for (int turn = 0; turn < 120; turn++) {
            tree.commit(model.turn(random.nextInt(random.nextInt(4) == 0 ? 400 : 20)));
            if (random.nextInt(10) == 0) {
                tree.close();
                tree = open();
            }
            if (turn % 7 == 0) {
                assertThat(TreeModel.rowsOf(tree))
                        .as("seed " + seed + ", turn " + turn)
                        .isEqualTo(model.expected());
            }
            byte[] some = model.someKey();
            assertThat(tree.get(some).map(TreeModel::hex)).isEqualTo(model.get(some));
        }
        tree.commit(model.deleteAll());
        assertThat(TreeModel.rowsOf(tree)).as("seed " + seed).isEmpty();
        tree.close();
        TreeAutopsy autopsy = TreeAutopsy.of(file.content(), DATA_KEY);
        // Two superblocks, an empty leaf, the map of blocks: what was freed is free.
        assertThat(autopsy.marked().cardinality()).as("seed " + seed).isEqualTo(4);
        assertThat(autopsy.marked()).isEqualTo(autopsy.reachable());
    }

    @Test
    @DisplayName("scans from and to where it is told, and stops when it is told")
    void scans() throws IOException {
        SealedTree tree = create(7);
        NavigableMap<Integer, byte[]> keys = new TreeMap<>();
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] key = {(byte) (i >> 8), (byte) i};
            keys.put(i, key);
            changes.add(new Change.Put(key.clone(), new byte[] {1}));
        }
        tree.commit(changes);
        for (int[] range : new int[][] {{0, 3000}, {17, 18}, {255, 257}, {1000, 2999}, {5, 5}, {9, 3}}) {
            List<String> seen = new ArrayList<>();
            tree.scan(bigEndian(range[0]), bigEndian(range[1]), (key, value) -> seen.add(TreeModel.hex(key)));
            List<String> expected = range[0] > range[1]
                    ? List.of()
                    : keys.subMap(range[0], range[1]).values().stream()
                            .map(TreeModel::hex)
                            .toList();
            assertThat(seen).as(Arrays.toString(range)).isEqualTo(expected);
        }
        List<String> first = new ArrayList<>();
        tree.scan(bigEndian(40), bigEndian(3000), (key, value) -> {
            first.add(TreeModel.hex(key));
            return first.size() < 2;
        });
        assertThat(first).containsExactly("0028", "0029");
    }

    private static byte[] bigEndian(int number) {
        return new byte[] {(byte) (number >> 8), (byte) number};
    }

    @Test
    @DisplayName("takes little more room than its rows, when they come in order")
    void fillsItsNodes() throws IOException {
        SealedTree tree = create(8);
        long bytes = 0;
        for (int turn = 0; turn < 200; turn++) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                byte[] key = TreeModel.bytes(0, 40);
                key[38] = (byte) ((turn * 50 + i) >> 8);
                key[39] = (byte) (turn * 50 + i);
                changes.add(new Change.Put(key, new byte[100]));
                bytes += 102;
            }
            tree.commit(changes);
        }
        tree.close();
        assertThat(file.length()).isBetween(bytes, bytes * 5 / 4);
    }

    @Test
    @DisplayName("gives the room of what is overwritten again and again to what comes next")
    void reusesRoom() throws IOException {
        SealedTree tree = create(9);
        for (int turn = 0; turn < 500; turn++) {
            tree.commit(List.of(
                    new Change.Put(new byte[] {1}, new byte[20_000]),
                    new Change.Put(new byte[] {2}, TreeModel.bytes(turn, 10))));
        }
        assertThat(file.length()).isLessThan(80_000);
    }

    @Test
    @DisplayName("does not open under another key, and opens under no older one after it was given a new one")
    void rekeyed() throws IOException {
        SealedTree tree = create(10);
        tree.commit(List.of(new Change.Put(new byte[] {1}, new byte[] {2})));
        byte[] next = TreeModel.bytes(2, SealedTree.DATA_KEY_BYTES);
        tree.rekey(next);
        tree.close();
        assertThatThrownBy(this::open).isInstanceOf(DamagedTreeException.class);
        SealedTree again = SealedTree.open(file, List.of(next), new Random(1)::nextBytes);
        assertThat(again.get(new byte[] {1}))
                .hasValueSatisfying(it -> assertThat(it).containsExactly(2));
    }

    @Test
    @DisplayName("refuses a key beyond its limit, and everything after a commit that failed")
    void limits() throws IOException {
        SealedTree tree = create(11);
        tree.commit(List.of(new Change.Put(new byte[SealedTree.KEY_BYTES_MAX], new byte[] {1})));
        assertThatThrownBy(() ->
                        tree.commit(List.of(new Change.Put(new byte[SealedTree.KEY_BYTES_MAX + 1], new byte[] {1}))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tree.commit(List.of())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tree.get(new byte[] {1})).isInstanceOf(IllegalStateException.class);
        tree.close();
        assertThat(TreeModel.rowsOf(open())).hasSize(1);
    }

    @Test
    @DisplayName("notices every block that is changed, and returns nothing that was not written")
    void noticesChanges() throws IOException {
        Random random = new Random(12);
        TreeModel model = new TreeModel(random);
        SealedTree tree = create(12);
        for (int turn = 0; turn < 10; turn++) {
            tree.commit(model.turn(60));
        }
        tree.close();
        byte[] whole = file.content();
        BitSet inUse = TreeAutopsy.of(whole, DATA_KEY).reachable();
        assertThat(inUse.cardinality()).isGreaterThan(10);
        for (int block = 0; block < whole.length / Pages.BLOCK_BYTES; block++) {
            byte[] changed = whole.clone();
            int bit = random.nextInt(Pages.BLOCK_BYTES * Byte.SIZE);
            changed[block * Pages.BLOCK_BYTES + bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            // Of the two superblocks, one is enough.
            boolean mustBeRefused = block >= Superblock.COPIES && inUse.get(block);
            assertThat(refusedOrRight(changed, model.expected()))
                    .as("block " + block)
                    .isEqualTo(mustBeRefused);
        }
    }

    @Test
    @DisplayName("notices every block that is put back to what it was a commit before, or exchanged for another")
    void noticesOlderBlocks() throws IOException {
        Random random = new Random(13);
        TreeModel model = new TreeModel(random);
        SealedTree tree = create(13);
        for (int turn = 0; turn < 30; turn++) {
            tree.commit(model.turn(40));
        }
        byte[] before = file.content();
        tree.commit(model.turn(40));
        tree.close();
        byte[] after = file.content();
        int noticed = 0;
        for (int block = 2; block < Math.min(before.length, after.length) / Pages.BLOCK_BYTES; block++) {
            int at = block * Pages.BLOCK_BYTES;
            byte[] mixed = after.clone();
            System.arraycopy(before, at, mixed, at, Pages.BLOCK_BYTES);
            noticed += !Arrays.equals(mixed, after) && refusedOrRight(mixed, model.expected()) ? 1 : 0;
            byte[] swapped = after.clone();
            int other = 2 + random.nextInt(after.length / Pages.BLOCK_BYTES - 2);
            System.arraycopy(after, other * Pages.BLOCK_BYTES, swapped, at, Pages.BLOCK_BYTES);
            refusedOrRight(swapped, model.expected());
        }
        assertThat(noticed).isPositive();
    }

    /** Whether reading all of it is refused; fails if it is not and something else is read. */
    private static boolean refusedOrRight(byte[] content, Map<String, String> expected) {
        try (SealedTree tree =
                SealedTree.open(new MemoryBlockFile(content), List.of(DATA_KEY), new Random(0)::nextBytes)) {
            assertThat(TreeModel.rowsOf(tree)).isEqualTo(expected);
            return false;
        } catch (DamagedTreeException refused) {
            return true;
        } catch (IOException unexpected) {
            throw new AssertionError("only damage may be seen here", unexpected);
        }
    }
}
