package chat.samara.client.profile.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.Hash;
import chat.samara.mls.crypto.RandomSource;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Where a tree begins. Block 0 and block 1 hold
 *
 * <pre>
 * salt (32 bytes) | AES-256-GCM under HMAC-SHA256(data key, label | salt) of:
 *   version (1) | commit (8 bytes) | root page | page of the map of used blocks | zeros
 * </pre>
 *
 * The salt makes the key a new one for each superblock, also for two that go on from the same copy of a file.
 *
 * @param commit number of the commit that wrote it, from 1
 */
record Superblock(long commit, PageRef root, PageRef map) {
    static final int COPIES = 2;

    private static final byte VERSION = 1;
    private static final int SALT_BYTES = 32;
    private static final byte[] LABEL = "samara/v1/profile-superblock".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONCE = new byte[Aead.NONCE_BYTES];

    byte[] seal(byte[] dataKey, RandomSource random) {
        byte[] salt = random.bytes(SALT_BYTES);
        byte[] plain = new byte[Pages.BLOCK_BYTES - SALT_BYTES - Aead.TAG_BYTES];
        ByteBuffer out = ByteBuffer.wrap(plain);
        out.put(VERSION).putLong(commit);
        root.encode(out);
        map.encode(out);
        byte[] key = keyOf(dataKey, salt);
        byte[] sealed = Aead.AES_256_GCM.seal(key, NONCE, LABEL, plain);
        Arrays.fill(key, (byte) 0);
        Arrays.fill(plain, (byte) 0);
        return ByteBuffer.allocate(Pages.BLOCK_BYTES).put(salt).put(sealed).array();
    }

    /** The superblock in one of the two places, if it is whole and this is its key. */
    static Optional<Superblock> read(BlockFile file, int copy, byte[] dataKey) throws IOException {
        byte[] block = new byte[Pages.BLOCK_BYTES];
        try {
            file.read((long) copy * Pages.BLOCK_BYTES, block);
        } catch (EOFException cutOff) {
            return Optional.empty();
        }
        byte[] key = keyOf(dataKey, Arrays.copyOf(block, SALT_BYTES));
        try {
            byte[] sealed = Arrays.copyOfRange(block, SALT_BYTES, block.length);
            return Optional.of(decode(ByteBuffer.wrap(Aead.AES_256_GCM.open(key, NONCE, LABEL, sealed))));
        } catch (MlsException tornOrOtherKey) {
            return Optional.empty();
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static Superblock decode(ByteBuffer in) throws DamagedTreeException {
        byte version = in.get();
        if (version != VERSION) {
            throw new DamagedTreeException("a superblock of version " + version + ", expected " + VERSION);
        }
        return new Superblock(in.getLong(), PageRef.decode(in), PageRef.decode(in));
    }

    private static byte[] keyOf(byte[] dataKey, byte[] salt) {
        return Hash.SHA256.mac(dataKey, LABEL, salt);
    }
}
