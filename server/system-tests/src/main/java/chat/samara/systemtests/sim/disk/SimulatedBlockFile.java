package chat.samara.systemtests.sim.disk;

import chat.samara.client.profile.tree.BlockFile;
import chat.samara.systemtests.sim.clock.Seed;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A profile's file as a bad disk keeps it: of what was not synced when power goes off, any sectors are there and others are not; a sync may be confirmed and
 * not done; bits flip; it is full.
 */
final class SimulatedBlockFile implements BlockFile {
    /** Smaller than a block: a block may be written in part. */
    private static final int SECTOR_BYTES = 512;

    private static final int NEVER = -1;

    /** What stood where something was written, to take it back, and what was written. */
    @SuppressWarnings("ArrayRecordComponent") // Laid on the file, never compared.
    private record Unsynced(int at, byte[] before, byte[] written, int lengthBefore) {}

    private final List<Unsynced> unsynced = new ArrayList<>();
    private byte[] content;
    private int length;
    private boolean syncsAreLost;
    private int operationsUntilLoss = NEVER;
    private int capacity = Integer.MAX_VALUE;
    private int flippedAt = NEVER;
    private boolean handedOutFlipped;

    SimulatedBlockFile() {
        this(new byte[0]);
    }

    private SimulatedBlockFile(byte[] content) {
        this.content = content;
        this.length = content.length;
    }

    /** What a process that copies the file finds in it. */
    SimulatedBlockFile copy() {
        return new SimulatedBlockFile(Arrays.copyOf(content, length));
    }

    /** Power goes off instead of the n-th write or sync from now; -1: it does not. */
    void losePowerAt(int operation) {
        operationsUntilLoss = operation;
    }

    /** From now on a sync is confirmed and nothing is done, until power goes off. */
    void loseSyncs() {
        syncsAreLost = true;
    }

    boolean syncsAreLost() {
        return syncsAreLost;
    }

    /** There is room for nothing more, or again for everything. */
    void full(boolean full) {
        capacity = full ? length : Integer.MAX_VALUE;
    }

    /** One bit is not what it was. */
    void flipABit(Seed seed) {
        if (length > 0 && flippedAt == NEVER) {
            flippedAt = seed.below(length);
            content[flippedAt] ^= (byte) (1 << seed.below(Byte.SIZE));
        }
    }

    /** Whether a bit is not what it was. */
    boolean isRotten() {
        return flippedAt != NEVER;
    }

    /** Whether somebody was given the flipped bit since this was asked last. */
    boolean takeHandedOutFlipped() {
        boolean handedOut = handedOutFlipped;
        handedOutFlipped = false;
        return handedOut;
    }

    /** Power is gone: of what was not synced, all up to some point is there, or some of the writes, or some sectors of each. */
    void powerLost(Seed seed) {
        for (int i = unsynced.size() - 1; i >= 0; i--) {
            Unsynced write = unsynced.get(i);
            System.arraycopy(write.before, 0, content, write.at, write.before.length);
            length = write.lengthBefore;
        }
        int way = seed.below(3);
        int upTo = way == 0 ? seed.below(unsynced.size() + 1) : unsynced.size();
        int quarters = 1 + seed.below(3);
        for (Unsynced write : unsynced.subList(0, upTo)) {
            boolean reached = way != 1 || seed.below(4) < quarters;
            for (int from = 0; reached && from < write.written.length; from += SECTOR_BYTES) {
                if (way != 2 || seed.below(4) < quarters) {
                    int to = Math.min(write.written.length, from + SECTOR_BYTES);
                    apply(write.at + from, Arrays.copyOfRange(write.written, from, to));
                }
            }
        }
        unsynced.clear();
        syncsAreLost = false;
    }

    @Override
    public void read(long at, byte[] into) throws IOException {
        if (at + into.length > length) {
            throw new EOFException("the file has " + length + " bytes");
        }
        System.arraycopy(content, (int) at, into, 0, into.length);
        handedOutFlipped |= flippedAt >= at && flippedAt < at + into.length;
    }

    @Override
    public void write(long at, byte[] bytes) throws IOException {
        if (at + bytes.length > capacity) {
            throw new IOException("No space left on device");
        }
        int place = (int) at;
        reserve(place + bytes.length);
        byte[] before = Arrays.copyOfRange(content, place, place + bytes.length);
        unsynced.add(new Unsynced(place, before, bytes.clone(), length));
        countDown();
        apply(place, bytes);
    }

    private void countDown() {
        if (operationsUntilLoss > 0 && --operationsUntilLoss == 0) {
            operationsUntilLoss = NEVER;
            throw new PowerLoss("while the profile was written");
        }
    }

    private void reserve(int bytes) {
        if (bytes > content.length) {
            content = Arrays.copyOf(content, Math.max(bytes, 2 * content.length));
        }
    }

    private void apply(int at, byte[] bytes) {
        reserve(at + bytes.length);
        System.arraycopy(bytes, 0, content, at, bytes.length);
        length = Math.max(length, at + bytes.length);
        if (flippedAt >= at && flippedAt < at + bytes.length) {
            flippedAt = NEVER;
        }
    }

    @Override
    public void sync() {
        countDown();
        if (!syncsAreLost) {
            unsynced.clear();
        }
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void truncate(long newLength) {
        sync();
        length = Math.min(length, (int) newLength);
        Arrays.fill(content, length, content.length, (byte) 0);
    }

    @Override
    public void close() {
        // Its content stays, as a file's does.
    }
}
