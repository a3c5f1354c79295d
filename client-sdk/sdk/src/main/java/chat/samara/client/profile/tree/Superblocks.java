package chat.samara.client.profile.tree;

import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The two copies of the superblock, and in which order they are written, so that one sync a commit is enough:
 *
 * <ol>
 *   <li>The new one goes into the copy of which it is not certain that it is on the disk. The other one, which is, stays until
 *   <li>a sync has made both the new one and the pages of its commit durable.
 *   <li>Then it is overwritten with the same: it opens what the commit has erased. The next sync makes that durable, or the next opening.
 * </ol>
 *
 * If the power goes off before that sync, the new superblock may be on the disk without all of its pages. So an opening that finds two commits looks
 * whether the later one is there as a whole.
 */
final class Superblocks {
    private static final int COPIES = Superblock.COPIES;

    private final BlockFile file;
    private final RandomSource random;

    /** The copy that is on the disk for certain, if {@link #certain}. */
    private int durableCopy;

    private boolean certain;

    private Superblocks(BlockFile file, RandomSource random, int durableCopy, boolean certain) {
        this.file = file;
        this.random = random;
        this.durableCopy = durableCopy;
        this.certain = certain;
    }

    /** Of a file in which there are none. */
    static Superblocks none(BlockFile file, RandomSource random) {
        return new Superblocks(file, random, COPIES - 1, true);
    }

    /** What an opening finds. */
    record Opened(Superblocks superblocks, Superblock superblock) {}

    /** @param ownKey it is sealed under the first of the keys */
    private record Found(int copy, Superblock superblock, boolean ownKey) {}

    /** Finds the last whole commit and makes both copies lead to it, under the first of the keys. */
    static Opened open(BlockFile file, List<byte[]> dataKeys, RandomSource random) throws IOException {
        List<Found> found = new ArrayList<>();
        for (int copy = 0; copy < COPIES; copy++) {
            find(file, copy, dataKeys).ifPresent(found::add);
        }
        found.sort(Comparator.comparingLong(it -> -it.superblock().commit()));
        if (found.isEmpty()) {
            throw new DamagedTreeException("neither of the two superblocks can be read");
        }
        Found last = found.get(0);
        boolean alike = found.size() == COPIES
                && found.get(1).superblock().commit() == last.superblock().commit();
        if (!alike
                && found.size() == COPIES
                && !whole(file, last.superblock(), found.get(1).superblock())) {
            last = found.get(1);
        }
        Superblocks superblocks = new Superblocks(file, random, last.copy(), false);
        if (!alike || found.stream().anyMatch(it -> !it.ownKey())) {
            superblocks.repair(last, dataKeys.get(0));
        }
        return new Opened(superblocks, last.superblock());
    }

    private static Optional<Found> find(BlockFile file, int copy, List<byte[]> dataKeys) throws IOException {
        for (int i = 0; i < dataKeys.size(); i++) {
            boolean ownKey = i == 0;
            Optional<Superblock> superblock = Superblock.read(file, copy, dataKeys.get(i));
            if (superblock.isPresent()) {
                return superblock.map(it -> new Found(copy, it, ownKey));
            }
        }
        return Optional.empty();
    }

    /** Whether all that the later commit has written is there. If it is not, it was never synced, and so the commit before is untouched. */
    private static boolean whole(BlockFile file, Superblock later, Superblock before) throws IOException {
        BlockMap usedBefore;
        try {
            usedBefore = BlockMap.decode(Pages.read(file, before.map()));
        } catch (DamagedTreeException overwritten) {
            // By a third commit, which could begin only when the later one of these was durable.
            return true;
        }
        try {
            Pages.read(file, later.map());
            readNewPages(file, later.root(), usedBefore);
            return true;
        } catch (DamagedTreeException missing) {
            return false;
        }
    }

    private static void readNewPages(BlockFile file, PageRef page, BlockMap usedBefore) throws IOException {
        if (usedBefore.uses(page.block())) {
            return;
        }
        Node node = Node.decode(Pages.read(file, page));
        if (node instanceof Inner inner) {
            for (int i = 0; i < inner.count(); i++) {
                readNewPages(file, (PageRef) inner.child(i), usedBefore);
            }
            return;
        }
        Leaf leaf = (Leaf) node;
        for (int i = 0; i < leaf.count(); i++) {
            if (leaf.value(i) instanceof PageRef value && !usedBefore.uses(value.block())) {
                Pages.read(file, value);
            }
        }
    }

    /** The other copy must go, and the good one, too, if it is under a key of before; but that one is touched last. */
    private void repair(Found good, byte[] dataKey) throws IOException {
        // What it leads to may have been written by a process that was killed before its sync.
        file.sync();
        byte[] sealed = good.superblock().seal(dataKey, random);
        write(COPIES - 1 - good.copy(), sealed);
        file.sync();
        if (!good.ownKey()) {
            write(good.copy(), sealed);
            file.sync();
        }
        certain = true;
    }

    /** Makes durable what was written before, and this superblock with it. */
    void replace(Superblock next, byte[] dataKey) throws IOException {
        if (!certain) {
            file.sync();
            certain = true;
        }
        int before = durableCopy;
        int other = COPIES - 1 - before;
        byte[] sealed = next.seal(dataKey, random);
        write(other, sealed);
        file.sync();
        durableCopy = other;
        write(before, sealed);
    }

    private void write(int copy, byte[] sealed) throws IOException {
        file.write((long) copy * Pages.BLOCK_BYTES, sealed);
    }
}
