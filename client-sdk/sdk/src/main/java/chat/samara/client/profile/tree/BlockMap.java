package chat.samara.client.profile.tree;

import java.util.BitSet;

/** Which blocks are in use. What the durable tree uses is not given away before the commit that frees it is durable itself. */
final class BlockMap {
    /** Two superblocks. */
    private static final int RESERVED = 2;

    /** Everything that may not be given away now. */
    private final BitSet used;

    /** Of these, what the running commit has taken. */
    private final BitSet fresh = new BitSet();

    /** Of these, what the running commit needs no more. */
    private final BitSet leaving = new BitSet();

    BlockMap() {
        this(new BitSet());
    }

    private BlockMap(BitSet used) {
        this.used = used;
        used.set(0, RESERVED);
    }

    static BlockMap decode(byte[] encoded) {
        return new BlockMap(BitSet.valueOf(encoded));
    }

    boolean uses(int block) {
        return used.get(block);
    }

    /** Takes so many blocks in a row; the number of the first. */
    int take(int count) {
        int start = used.nextClearBit(RESERVED);
        for (int end = used.nextSetBit(start); end >= 0 && end - start < count; end = used.nextSetBit(start)) {
            start = used.nextClearBit(end);
        }
        used.set(start, start + count);
        fresh.set(start, start + count);
        return start;
    }

    /** These are needed no more once the running commit is durable. */
    void release(int start, int count) {
        for (int block = start; block < start + count; block++) {
            if (fresh.get(block)) {
                // Nothing durable ever used it.
                fresh.clear(block);
                used.clear(block);
            } else {
                leaving.set(block);
            }
        }
    }

    /** One bit a block, as it is after the running commit. */
    byte[] encode() {
        BitSet after = (BitSet) used.clone();
        after.andNot(leaving);
        return after.toByteArray();
    }

    /** Length of the file in blocks, as far as anything is in use. */
    int length() {
        return used.length();
    }

    /** The running commit is durable. */
    void committed() {
        used.andNot(leaving);
        leaving.clear();
        fresh.clear();
    }
}
