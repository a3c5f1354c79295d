package chat.samara.client.profile.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.RandomSource;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads and writes pages: runs of blocks, each sealed as a whole with AES-256-GCM under a random key that seals nothing else, padded with zeros to full
 * blocks.
 */
final class Pages {
    static final int BLOCK_BYTES = 4096;
    static final int TAG_BYTES = Aead.TAG_BYTES;

    /** A value's; more would be a mistake of the writer. */
    static final int PAGE_BYTES_MAX = 1 << 28;

    /** Of a reference to a node, whose length takes two bytes. */
    static final int NODE_REF_BYTES_MAX = 5 + 2 + PageRef.KEY_BYTES;

    private static final byte[] LABEL = "samara/v1/profile-page".getBytes(StandardCharsets.US_ASCII);

    /** A key is used once, so the nonce may always be the same. */
    private static final byte[] NONCE = new byte[Aead.NONCE_BYTES];

    private final BlockFile file;
    private final BlockMap map;
    private final RandomSource random;

    Pages(BlockFile file, BlockMap map, RandomSource random) {
        this.file = file;
        this.map = map;
        this.random = random;
    }

    /** Blocks that a page with so many bytes fills. */
    static int blocksFor(int bytes) {
        return (bytes + TAG_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES;
    }

    /** What a page holds; erase it if it is secret. */
    byte[] read(PageRef page) throws IOException {
        return read(file, page);
    }

    static byte[] read(BlockFile file, PageRef page) throws IOException {
        byte[] sealed = new byte[page.blocks() * BLOCK_BYTES];
        try {
            file.read((long) page.block() * BLOCK_BYTES, sealed);
            byte[] padded = Aead.AES_256_GCM.open(page.key(), NONCE, aad(page.block()), sealed);
            if (page.bytes() == padded.length) {
                return padded;
            }
            byte[] plain = Arrays.copyOf(padded, page.bytes());
            Arrays.fill(padded, (byte) 0);
            return plain;
        } catch (MlsException | EOFException e) {
            throw new DamagedTreeException(
                    "block " + page.block()
                            + " does not hold what was written there: it was changed or put back, or the disk has failed",
                    e);
        }
    }

    /** Writes a page into free blocks. */
    PageRef write(byte[] plain) throws IOException {
        if (plain.length > PAGE_BYTES_MAX) {
            throw new IllegalArgumentException("a value of " + plain.length + " bytes, the limit is " + PAGE_BYTES_MAX);
        }
        return writeAt(map.take(blocksFor(plain.length)), plain);
    }

    /** Writes the map of used blocks; where that itself lies is in it. */
    PageRef writeMap() throws IOException {
        int blocks = 1;
        while (blocksFor((map.length() + blocks) / Byte.SIZE + 1) > blocks) {
            blocks++;
        }
        int start = map.take(blocks);
        return writeAt(start, Arrays.copyOf(map.encode(), blocks * BLOCK_BYTES - TAG_BYTES));
    }

    private PageRef writeAt(int block, byte[] plain) throws IOException {
        PageRef page = new PageRef(block, plain.length, random.bytes(PageRef.KEY_BYTES));
        byte[] padded = Arrays.copyOf(plain, page.blocks() * BLOCK_BYTES - TAG_BYTES);
        byte[] sealed = Aead.AES_256_GCM.seal(page.key(), NONCE, aad(block), padded);
        Arrays.fill(padded, (byte) 0);
        file.write((long) block * BLOCK_BYTES, sealed);
        return page;
    }

    /** The page is needed no more once the running commit is durable. */
    void release(PageRef page) {
        map.release(page.block(), page.blocks());
    }

    private static byte[] aad(int block) {
        return ByteBuffer.allocate(LABEL.length + Integer.BYTES)
                .put(LABEL)
                .putInt(block)
                .array();
    }
}
