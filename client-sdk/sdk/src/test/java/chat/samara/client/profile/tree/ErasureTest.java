package chat.samara.client.profile.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.profile.tree.SealedTree.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file is searched with the data key known: every key that it still gives away is tried on every block. */
@DisplayName("What a commit deletes or overwrites")
class ErasureTest {
    private static final byte[] DATA_KEY = TreeModel.bytes(1, SealedTree.DATA_KEY_BYTES);

    /** Short, in a leaf, and in a page of its own. */
    private static final int[] SECRET_BYTES = {32, 700, 5000};

    private final MemoryBlockFile file = new MemoryBlockFile();
    private final Map<Integer, byte[]> secrets = new HashMap<>();
    private final List<byte[]> consumed = new ArrayList<>();

    private List<Change> turn(Random random) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int row = random.nextInt(150);
            byte[] key = {(byte) row};
            if (secrets.containsKey(row)) {
                consumed.add(secrets.remove(row));
            }
            if (random.nextBoolean()) {
                changes.add(new Change.Delete(key));
            } else {
                byte[] secret = TreeModel.bytes(random.nextLong(), SECRET_BYTES[random.nextInt(SECRET_BYTES.length)]);
                secrets.put(row, secret);
                changes.add(new Change.Put(key, secret.clone()));
            }
        }
        return changes;
    }

    private void searchTheFile(byte[] content, String when) throws IOException {
        TreeAutopsy autopsy = TreeAutopsy.of(content, DATA_KEY);
        // The search finds what is there to be found.
        for (byte[] secret : secrets.values()) {
            assertThat(autopsy.gives(start(secret))).as(when).isTrue();
        }
        for (byte[] secret : consumed) {
            assertThat(autopsy.gives(start(secret))).as(when).isFalse();
        }
        assertThat(autopsy.marked()).as("blocks in use, " + when).isEqualTo(autopsy.reachable());
    }

    /** Enough to know it by. */
    private static byte[] start(byte[] secret) {
        return java.util.Arrays.copyOf(secret, 32);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    @DisplayName("is nowhere in the file when the commit returns")
    void afterEveryCommit(long seed) throws IOException {
        Random random = new Random(seed);
        SealedTree tree = SealedTree.create(file, DATA_KEY, random::nextBytes);
        for (int turn = 0; turn < 25; turn++) {
            tree.commit(turn(random));
            searchTheFile(file.content(), "seed " + seed + ", turn " + turn);
        }
        tree.close();
        searchTheFile(file.content(), "seed " + seed + ", closed");
        assertThat(consumed).hasSizeGreaterThan(50);
    }

    @Test
    @DisplayName("is nowhere in the file after the power went off and it was opened again")
    void afterPowerLoss() throws IOException {
        for (int seed = 0; seed < 40; seed++) {
            secrets.clear();
            consumed.clear();
            Random random = new Random(seed);
            MemoryBlockFile disk = new MemoryBlockFile();
            SealedTree tree = SealedTree.create(disk, DATA_KEY, random::nextBytes);
            for (int turn = 0; turn < 4; turn++) {
                tree.commit(turn(random));
            }
            // Between the two superblocks at times, with the second one lost.
            MemoryBlockFile after = disk.afterPowerLoss(random);
            SealedTree.open(after, List.of(DATA_KEY), random::nextBytes);
            searchTheFile(after.content(), "seed " + seed);
        }
    }

    @Test
    @DisplayName("is nowhere in the file for who knows the data key of before a change of keys, nor is anything else")
    void afterANewDataKey() throws IOException {
        Random random = new Random(5);
        SealedTree tree = SealedTree.create(file, DATA_KEY, random::nextBytes);
        tree.commit(turn(random));
        tree.rekey(TreeModel.bytes(2, SealedTree.DATA_KEY_BYTES));
        tree.close();
        TreeAutopsy autopsy = TreeAutopsy.of(file.content(), DATA_KEY);
        assertThat(secrets.values()).isNotEmpty().noneMatch(secret -> autopsy.gives(start(secret)));
    }
}
