package chat.samara.mls.crypto.conscrypt;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Which 32 bytes BoringSSL takes for an Ed25519 public key and Samara does not. */
final class EdwardsKeys {
    private static final int BYTES = 32;
    private static final byte SIGN_OFF = 0x7f;

    /** The first byte of p = 2^255 − 19 in little endian; all others are ff, the last 7f. */
    private static final int P_FIRST_BYTE = 0xed;

    /** The y-coordinates of the eight points whose order divides 8; x is told by the sign bit, which is left out here. */
    private static final List<byte[]> SMALL_ORDER = Stream.of(
                    "0000000000000000000000000000000000000000000000000000000000000000",
                    "0100000000000000000000000000000000000000000000000000000000000000",
                    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
            .map(HexFormat.of()::parseHex)
            .toList();

    private EdwardsKeys() {}

    /** False for encodings that are not the shortest, and for points of small order; whether it is a point at all is not looked at. */
    static boolean mayBeKey(byte[] publicKey) {
        byte[] y = publicKey.clone();
        y[BYTES - 1] &= SIGN_OFF;
        if (isNotBelowP(y)) {
            return false;
        }
        for (byte[] small : SMALL_ORDER) {
            if (Arrays.equals(small, y)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNotBelowP(byte[] y) {
        if (y[BYTES - 1] != SIGN_OFF || (y[0] & 0xff) < P_FIRST_BYTE) {
            return false;
        }
        for (int i = 1; i < BYTES - 1; i++) {
            if (y[i] != (byte) 0xff) {
                return false;
            }
        }
        return true;
    }
}
