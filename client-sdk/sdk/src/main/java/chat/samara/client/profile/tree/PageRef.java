package chat.samara.client.profile.tree;

import java.nio.ByteBuffer;

/** Where a page lies and the key that opens it. The only way to a page: who loses the reference has erased it. */
final class PageRef implements Child, Value {
    static final int KEY_BYTES = 32;

    private final int block;
    private final int bytes;
    private final byte[] key;

    /**
     * @param block number of its first block
     * @param bytes length of what it holds, without padding and tag
     */
    PageRef(int block, int bytes, byte[] key) {
        this.block = block;
        this.bytes = bytes;
        this.key = key;
    }

    int block() {
        return block;
    }

    int bytes() {
        return bytes;
    }

    /** How many blocks it fills. */
    int blocks() {
        return Pages.blocksFor(bytes);
    }

    /** The live array. */
    byte[] key() {
        return key;
    }

    int encodedBytes() {
        return Varint.bytes(block) + Varint.bytes(bytes) + KEY_BYTES;
    }

    void encode(ByteBuffer out) {
        Varint.put(out, block);
        Varint.put(out, bytes);
        out.put(key);
    }

    static PageRef decode(ByteBuffer in) {
        int block = Varint.get(in);
        int bytes = Varint.get(in);
        byte[] key = new byte[KEY_BYTES];
        in.get(key);
        return new PageRef(block, bytes, key);
    }

    @Override
    public String toString() {
        return "PageRef(block " + block + ", " + bytes + " bytes)";
    }
}
