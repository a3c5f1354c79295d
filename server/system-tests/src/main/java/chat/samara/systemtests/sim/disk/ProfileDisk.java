package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.profile.TreeTables;
import chat.samara.client.profile.tree.SealedTree;
import chat.samara.mls.codec.Bytes;
import chat.samara.systemtests.sim.clock.Seed;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The store that a profile has on people's disks, {@link TreeTables} in a {@link SealedTree}, over a file that loses, tears and flips. Its data key is at hand: the
 * passphrase that wraps it on people's disks would only cost time here.
 */
public final class ProfileDisk implements DeviceDisk {
    /** Writes and syncs of a commit, about: where in a commit power goes off. */
    private static final int OPERATIONS_PER_COMMIT = 12;

    private final Seed seed;
    private final byte[] dataKey;
    private final SimulatedBlockFile file;
    private boolean made;
    private boolean full;
    private boolean atFault;
    private boolean setBack;
    private boolean syncsWereLost;
    private boolean lastCommitLost;
    private Runnable whenCommitted = () -> {};

    /** How many commits were confirmed. */
    private long confirmed;

    private @Nullable SealedTree tree;
    private @Nullable TreeTables tables;

    /** Empty. */
    public ProfileDisk(Seed seed) {
        this(seed, seed.bytes(SealedTree.DATA_KEY_BYTES), new SimulatedBlockFile(), false, 0);
    }

    private ProfileDisk(Seed seed, byte[] dataKey, SimulatedBlockFile file, boolean made, long confirmed) {
        this.seed = seed;
        this.dataKey = dataKey;
        this.file = file;
        this.made = made;
        this.confirmed = confirmed;
    }

    @Override
    public ProfileDisk copy() {
        return new ProfileDisk(seed, dataKey, file.copy(), made, confirmed);
    }

    @Override
    public void open() {
        opened();
    }

    private TreeTables opened() {
        boolean rotten = file.isRotten();
        try {
            SealedTree found =
                    made ? SealedTree.open(file, List.of(dataKey), seed) : SealedTree.create(file, dataKey, seed);
            made = true;
            TreeTables fresh = new TreeTables(found, "the simulated profile");
            tree = found;
            tables = fresh;
            compareWithConfirmed(found.commits(), rotten);
            // One of two superblocks, or a page that no commit needs any more: found by what is beside it.
            file.takeHandedOutFlipped();
            return fresh;
        } catch (IOException e) {
            throw new DeviceStoreException("the simulated profile cannot be opened: " + e.getMessage(), e);
        }
    }

    /**
     * After a power loss one of the two superblocks may be that of the commit before. If the other one rots just then, or a page of the last
     * commit, that is gone without a word, as if it had never been confirmed: the store cannot tell these apart. Nothing else may be gone.
     */
    private void compareWithConfirmed(long commits, boolean rotten) {
        if (commits < confirmed && !syncsWereLost) {
            if (commits + 1 < confirmed || !rotten) {
                throw new IllegalStateException(
                        "the store opens its commit " + commits + ", having confirmed " + confirmed);
            }
            lastCommitLost = true;
        }
        syncsWereLost = false;
        confirmed = commits;
    }

    private TreeTables tables() {
        TreeTables open = tables;
        return open == null ? opened() : open;
    }

    @Override
    public void losePowerAtCommit(int nth, boolean durable) {
        file.losePowerAt(nth < 0 ? nth : 1 + seed.below(nth * OPERATIONS_PER_COMMIT));
    }

    /** Syncs are confirmed and not done from now on, until the device stops: what was said last may be gone then, or the whole of it cannot be read. */
    public void loseSyncs() {
        atFault = true;
        file.loseSyncs();
    }

    /** Whether it confirms what it does not do. */
    public boolean isLosing() {
        return file.syncsAreLost();
    }

    /** Lets a bit flip. */
    public void flipABit() {
        atFault = true;
        file.flipABit(seed);
    }

    /** Fills the disk, or makes room. */
    public void full(boolean isFull) {
        full = isFull;
        file.full(isFull);
    }

    @Override
    public boolean isToBlame() {
        return full || atFault;
    }

    @Override
    public boolean takeSetBack() {
        boolean was = setBack;
        setBack = false;
        return was;
    }

    @Override
    public boolean takeLastCommitLost() {
        boolean was = lastCommitLost;
        lastCommitLost = false;
        return was;
    }

    @Override
    public void whenCommitted(Runnable action) {
        whenCommitted = action;
    }

    @Override
    public boolean takeMisread() {
        return file.takeHandedOutFlipped();
    }

    @Override
    public void crashed() {
        tables = null;
        // A process that is killed leaves what it has written; power takes what was not synced.
        if (seed.chance(0.7)) {
            setBack |= file.syncsAreLost();
            syncsWereLost |= file.syncsAreLost();
            file.powerLost(seed);
        }
        if (!made) {
            file.truncate(0);
        }
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        return tables().get(table, key);
    }

    @Override
    public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        tables().scan(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        tables().scanBack(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public void commit(List<Write> writes) {
        tables().commit(writes);
        confirmed = Objects.requireNonNull(tree).commits();
        whenCommitted.run();
    }
}
