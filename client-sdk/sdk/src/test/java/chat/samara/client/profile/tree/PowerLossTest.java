package chat.samara.client.profile.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.profile.tree.MemoryBlockFile.PowerLoss;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A sealed tree whose power goes off")
class PowerLossTest {
    private static final byte[] DATA_KEY = TreeModel.bytes(1, SealedTree.DATA_KEY_BYTES);
    private static final byte[] NEXT_KEY = TreeModel.bytes(2, SealedTree.DATA_KEY_BYTES);

    /** What of the unsynced sectors is kept, tried for each write. */
    private static final int LOSSES_EACH = 8;

    private static final int HUGE_TURN_CHANGES = 12_000;

    private static SealedTree open(MemoryBlockFile disk, Random random) throws IOException {
        return SealedTree.open(disk, List.of(DATA_KEY), random::nextBytes);
    }

    /** A tree with some turns in it; the same for the same seed. */
    private record Story(MemoryBlockFile disk, SealedTree tree, TreeModel model, Random random) {
        static Story begun(long seed) throws IOException {
            Random random = new Random(seed);
            MemoryBlockFile disk = new MemoryBlockFile();
            SealedTree tree = SealedTree.create(disk, DATA_KEY, random::nextBytes);
            TreeModel model = new TreeModel(random);
            // An odd number of turns as often as an even one: the copies of the superblock take turns, too.
            long turns = 6 + seed % 2;
            for (int turn = 0; turn < turns; turn++) {
                tree.commit(model.turn(30));
            }
            return new Story(disk, tree, model, random);
        }
    }

    @Test
    @DisplayName("at any write or sync of a turn has all of it or none, and goes on from there")
    void allOrNone() throws IOException {
        for (long seed = 1; seed <= 6; seed++) {
            Story measured = Story.begun(seed);
            int before = measured.disk().operations();
            measured.tree().commit(measured.model().turn(40));
            int operations = measured.disk().operations() - before;
            assertThat(operations).isGreaterThan(8);
            for (int operation = 1; operation <= operations; operation++) {
                loseAt(seed, before + operation);
            }
        }
    }

    private static void loseAt(long seed, int operation) throws IOException {
        Story story = Story.begun(seed);
        Map<String, String> before = story.model().expected();
        boolean lost = false;
        story.disk().losePowerAt(operation);
        try {
            story.tree().commit(story.model().turn(40));
        } catch (PowerLoss expected) {
            lost = true;
        }
        assertThat(lost).as("seed " + seed + ", operation " + operation).isTrue();
        for (int i = 0; i < LOSSES_EACH; i++) {
            String when = "seed " + seed + ", operation " + operation + ", loss " + i;
            MemoryBlockFile disk = story.disk().afterPowerLoss(story.random());
            SealedTree again = open(disk, story.random());
            Map<String, String> found = TreeModel.rowsOf(again);
            assertThat(found).as(when).isIn(before, story.model().expected());
            goesOn(disk, again, found, story.random(), when);
        }
    }

    /** The blocks of what was lost are free, and nothing durable is overwritten by what comes next, with one more loss right at its start. */
    private static void goesOn(
            MemoryBlockFile disk, SealedTree tree, Map<String, String> rows, Random random, String when)
            throws IOException {
        disk.losePowerAt(disk.operations() + 1 + random.nextInt(20));
        try {
            tree.commit(new TreeModel(random).turn(25));
        } catch (PowerLoss again) {
            SealedTree third = open(disk.afterPowerLoss(random), random);
            Map<String, String> found = TreeModel.rowsOf(third);
            if (found.equals(rows)) {
                third.commit(List.of(new SealedTree.Change.Put(new byte[] {42}, new byte[] {42})));
            }
            return;
        }
        TreeAutopsy autopsy = TreeAutopsy.of(disk.content(), DATA_KEY);
        assertThat(autopsy.marked()).as(when).isEqualTo(autopsy.reachable());
    }

    @Test
    @DisplayName(
            "in the turn after its process was killed has all of that turn or none, whatever the first process had not synced")
    void killedBefore() throws IOException {
        for (long seed = 1; seed <= 20; seed++) {
            for (int operation = 1; ; operation++) {
                Story story = Story.begun(seed);
                Map<String, String> before = story.model().expected();
                // Another process sees what was written, synced or not.
                SealedTree next = open(story.disk(), story.random());
                story.disk().losePowerAt(story.disk().operations() + operation);
                try {
                    next.commit(story.model().turn(20));
                    break;
                } catch (PowerLoss expected) {
                    SealedTree again = open(story.disk().afterPowerLoss(story.random()), story.random());
                    assertThat(TreeModel.rowsOf(again))
                            .as("seed " + seed + ", operation " + operation)
                            .isIn(before, story.model().expected());
                }
            }
        }
    }

    @Test
    @DisplayName("after a turn has all of it")
    void durableOnReturn() throws IOException {
        for (long seed = 1; seed <= 20; seed++) {
            Story story = Story.begun(seed);
            for (int turn = 0; turn < 5; turn++) {
                story.tree().commit(story.model().turn(20));
                MemoryBlockFile disk = story.disk().afterPowerLoss(story.random());
                assertThat(TreeModel.rowsOf(open(disk, story.random())))
                        .as("seed " + seed + ", turn " + turn)
                        .isEqualTo(story.model().expected());
            }
        }
    }

    @Test
    @DisplayName("while it gets another data key opens with the two, and afterwards with the new one only")
    void rekeying() throws IOException {
        for (long seed = 1; seed <= 10; seed++) {
            for (int operation = 1; ; operation++) {
                Story story = Story.begun(seed);
                story.disk().losePowerAt(story.disk().operations() + operation);
                try {
                    story.tree().rekey(NEXT_KEY);
                    break;
                } catch (PowerLoss expected) {
                    MemoryBlockFile disk = story.disk().afterPowerLoss(story.random());
                    SealedTree.open(disk, List.of(NEXT_KEY, DATA_KEY), story.random()::nextBytes)
                            .close();
                    SealedTree again = SealedTree.open(disk, List.of(NEXT_KEY), story.random()::nextBytes);
                    assertThat(TreeModel.rowsOf(again))
                            .as("seed " + seed + ", operation " + operation)
                            .isEqualTo(story.model().expected());
                    assertThat(TreeAutopsy.of(disk.content(), DATA_KEY)
                                    .reachable()
                                    .cardinality())
                            .as("what the old key opens")
                            .isEqualTo(Superblock.COPIES);
                }
            }
        }
    }

    @Test
    @DisplayName("at any write of a turn larger than every cache has all of it or none")
    void aTurnLargerThanEveryCache() throws IOException {
        Story measured = Story.begun(77);
        int before = measured.disk().operations();
        // 15 MB in well over a thousand nodes and pages.
        measured.tree().commit(measured.model().turn(HUGE_TURN_CHANGES));
        int operations = measured.disk().operations() - before;
        assertThat(operations).isGreaterThan(SealedTree.CACHED_NODES_MAX);
        Random random = new Random(78);
        for (int i = 0; i < 8; i++) {
            // The last of all are the syncs and the superblocks.
            int operation = i < 4 ? operations - i : 1 + random.nextInt(operations);
            Story story = Story.begun(77);
            Map<String, String> none = story.model().expected();
            List<SealedTree.Change> huge = story.model().turn(HUGE_TURN_CHANGES);
            story.disk().losePowerAt(before + operation);
            assertThatThrownBy(() -> story.tree().commit(huge)).isInstanceOf(PowerLoss.class);
            MemoryBlockFile after = story.disk().afterPowerLoss(story.random());
            assertThat(TreeModel.rowsOf(open(after, story.random())))
                    .as("operation " + operation + " of " + operations)
                    .isIn(none, story.model().expected());
        }
    }
}
