package chat.samara.mls.crypto;

import java.math.BigInteger;
import java.util.Optional;

/** The two numbers of an ECDSA signature and their only encoding: DER's {@code SEQUENCE { INTEGER, INTEGER }} (RFC 3279 §2.2.3). */
record EcdsaSignature(BigInteger r, BigInteger s) {
    private static final int SEQUENCE = 0x30;
    private static final int INTEGER = 0x02;
    private static final int LENGTH_IN_ONE_MORE_BYTE = 0x81;
    private static final int SHORT_LENGTH_MAX = 0x7f;

    /** Empty for whatever DER would have written in another way, for negative numbers and for trailing bytes. */
    static Optional<EcdsaSignature> decode(byte[] bytes) {
        int start = contentStart(bytes);
        if (start < 0) {
            return Optional.empty();
        }
        int middle = integerEnd(bytes, start);
        if (middle < 0 || integerEnd(bytes, middle) != bytes.length) {
            return Optional.empty();
        }
        return Optional.of(new EcdsaSignature(integer(bytes, start, middle), integer(bytes, middle, bytes.length)));
    }

    byte[] encode() {
        byte[] first = r.toByteArray();
        byte[] second = s.toByteArray();
        int length = 4 + first.length + second.length;
        int header = length > SHORT_LENGTH_MAX ? 3 : 2;
        byte[] bytes = new byte[header + length];
        bytes[0] = SEQUENCE;
        bytes[1] = (byte) LENGTH_IN_ONE_MORE_BYTE;
        bytes[header - 1] = (byte) length;
        put(bytes, header, first);
        put(bytes, header + 2 + first.length, second);
        return bytes;
    }

    private static void put(byte[] bytes, int at, byte[] integer) {
        bytes[at] = INTEGER;
        bytes[at + 1] = (byte) integer.length;
        System.arraycopy(integer, 0, bytes, at + 2, integer.length);
    }

    /** Where the sequence's content begins, or -1. No signature of these curves is longer than 255 bytes. */
    private static int contentStart(byte[] bytes) {
        if (bytes.length < 3 || bytes[0] != SEQUENCE) {
            return -1;
        }
        int first = bytes[1] & 0xff;
        if (first <= SHORT_LENGTH_MAX) {
            return first == bytes.length - 2 ? 2 : -1;
        }
        int second = bytes[2] & 0xff;
        boolean minimal = first == LENGTH_IN_ONE_MORE_BYTE && second > SHORT_LENGTH_MAX;
        return minimal && second == bytes.length - 3 ? 3 : -1;
    }

    /** Where the integer that starts here ends, or -1 if it is negative, not minimal or does not fit. */
    private static int integerEnd(byte[] bytes, int start) {
        if (bytes.length - start < 3 || bytes[start] != INTEGER) {
            return -1;
        }
        int length = bytes[start + 1] & 0xff;
        if (length < 1 || length > SHORT_LENGTH_MAX || length > bytes.length - start - 2) {
            return -1;
        }
        boolean negative = bytes[start + 2] < 0;
        boolean padded = length > 1 && bytes[start + 2] == 0 && bytes[start + 3] >= 0;
        return negative || padded ? -1 : start + 2 + length;
    }

    private static BigInteger integer(byte[] bytes, int start, int end) {
        return new BigInteger(bytes, start + 2, end - start - 2);
    }
}
