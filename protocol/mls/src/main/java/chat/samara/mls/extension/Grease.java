package chat.samara.mls.extension;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import java.util.List;

/**
 * GREASE (RFC 9420 §13.5): code points without meaning, which a client may put among its capabilities, and into the extensions of its
 * leaf, KeyPackages and GroupInfos, so that implementations that do not ignore the unknown are found. Nothing in this library
 * treats them otherwise than any other unknown value when it receives them.
 */
public final class Grease {
    private static final int DATA_BYTES_MAX = 16;

    private static final List<Integer> VALUES = List.of(
            0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a, 0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca,
            0xdada, 0xeaea);

    private Grease() {}

    /** All of them. */
    public static List<Integer> values() {
        return VALUES;
    }

    /** One of them. */
    public static int value(RandomSource random) {
        return VALUES.get((random.bytes(1)[0] & 0xff) % VALUES.size());
    }

    /** An extension with up to {@value #DATA_BYTES_MAX} bytes of random data; its type must be listed by the own leaf. */
    public static Extension extension(int type, RandomSource random) {
        int length = (random.bytes(1)[0] & 0xff) % (DATA_BYTES_MAX + 1);
        return new Extension(type, Bytes.wrapUnsafe(random.bytes(length)));
    }
}
