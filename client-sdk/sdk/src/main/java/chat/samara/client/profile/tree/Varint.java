package chat.samara.client.profile.tree;

import java.nio.ByteBuffer;

/** Numbers from 0 on, seven bits a byte, the lowest first. */
final class Varint {
    private static final int BYTES_MAX = 5;

    private Varint() {}

    static int bytes(int value) {
        int bytes = 1;
        for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }

    static void put(ByteBuffer out, int value) {
        int rest = value;
        while (rest > 0x7f) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static int get(ByteBuffer in) {
        int value = 0;
        for (int i = 0; i < BYTES_MAX; i++) {
            byte next = in.get();
            value |= (next & 0x7f) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a number of more than " + BYTES_MAX + " bytes, which no page holds");
    }
}
