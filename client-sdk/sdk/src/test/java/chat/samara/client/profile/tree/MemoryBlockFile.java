package chat.samara.client.profile.tree;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A file in memory that can lose power: at a chosen write or sync, after which sectors that were written since the last sync are there, or not, each for
 * itself.
 */
final class MemoryBlockFile implements BlockFile {
    /** Smaller than a block: a block may be written in part. */
    private static final int SECTOR_BYTES = 512;

    /** The power goes off; an Error, so that nothing in between handles it. */
    static final class PowerLoss extends Error {
        private static final long serialVersionUID = 1L;
    }

    @SuppressWarnings("ArrayRecordComponent") // Laid on the file, never compared.
    private record Unsynced(long at, byte[] bytes) {}

    private final List<Unsynced> unsynced = new ArrayList<>();
    private byte[] durable;
    private byte[] content;
    private int operations;
    private int lossAt = Integer.MAX_VALUE;

    MemoryBlockFile() {
        this(new byte[0]);
    }

    MemoryBlockFile(byte[] content) {
        this.content = content.clone();
        this.durable = content.clone();
    }

    /** What a process reads. */
    byte[] content() {
        return content.clone();
    }

    /** Writes and syncs so far. */
    int operations() {
        return operations;
    }

    /** The power goes off instead of this write or sync, counted from the first. */
    void losePowerAt(int operation) {
        lossAt = operation;
    }

    /**
     * What is on the disk after the power went off. Of what was not synced: everything up to some point, or some of the writes, or some sectors of each.
     */
    MemoryBlockFile afterPowerLoss(Random random) {
        MemoryBlockFile disk = new MemoryBlockFile(durable);
        int way = random.nextInt(3);
        int upTo = way == 0 ? random.nextInt(unsynced.size() + 1) : unsynced.size();
        int quarters = 1 + random.nextInt(3);
        for (Unsynced write : unsynced.subList(0, upTo)) {
            boolean reached = way != 1 || random.nextInt(4) < quarters;
            for (int from = 0; reached && from < write.bytes.length; from += SECTOR_BYTES) {
                if (way != 2 || random.nextInt(4) < quarters) {
                    int to = Math.min(write.bytes.length, from + SECTOR_BYTES);
                    disk.apply(write.at + from, Arrays.copyOfRange(write.bytes, from, to));
                }
            }
        }
        disk.durable = disk.content.clone();
        return disk;
    }

    @Override
    public void read(long at, byte[] into) throws IOException {
        if (at + into.length > content.length) {
            throw new EOFException("the file has " + content.length + " bytes");
        }
        System.arraycopy(content, (int) at, into, 0, into.length);
    }

    @Override
    public void write(long at, byte[] bytes) {
        unsynced.add(new Unsynced(at, bytes.clone()));
        if (++operations >= lossAt) {
            throw new PowerLoss();
        }
        apply(at, bytes);
    }

    private void apply(long at, byte[] bytes) {
        if (at + bytes.length > content.length) {
            content = Arrays.copyOf(content, (int) at + bytes.length);
        }
        System.arraycopy(bytes, 0, content, (int) at, bytes.length);
    }

    @Override
    public void sync() {
        if (++operations >= lossAt) {
            throw new PowerLoss();
        }
        durable = content.clone();
        unsynced.clear();
    }

    @Override
    public long length() {
        return content.length;
    }

    @Override
    public void truncate(long length) {
        content = Arrays.copyOf(content, (int) length);
        sync();
    }

    @Override
    public void close() {
        // Its content stays, as a file's does.
    }
}
