package chat.samara.client.profile.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A node of the tree, changed in memory only:
 *
 * <pre>
 * leaf  = 0 | count | prefix | count × (rest of key | value)
 * inner = 1 | count | prefix | child | (count - 1) × (rest of separator | child)
 * prefix, rest = length | bytes;  value = 2·length | bytes, or 1 | page reference;  child = page reference
 * </pre>
 *
 * Numbers are {@link Varint}s. What all keys of a node begin with is written once. A separator is the lowest key that the child behind it may hold.
 */
abstract sealed class Node implements Child permits Leaf, Inner {
    static final byte LEAF = 0;
    static final byte INNER = 1;

    /** A node fills one block. */
    static final int BYTES_MAX = Pages.BLOCK_BYTES - Pages.TAG_BYTES;

    /** With more, a node could not hold the few keys that it takes to be split. */
    static final int KEY_BYTES_MAX = 640;

    private static final int TYPE_BYTES = 1;

    /** What was split off a node to its right, and the lowest key that may be there. */
    // Never compared, and the array is nobody else's.
    @SuppressWarnings("ArrayRecordComponent")
    record Split(byte[] separator, Node right) {}

    /** Rows of a leaf, children of an inner node. */
    abstract int count();

    /** What a node with these of its rows or children only would take. */
    abstract int encodedBytes(int from, int to);

    abstract void encode(ByteBuffer out);

    /** Moves the rows or children from there on into a new node. */
    abstract Split splitAt(int index);

    /** A new node with what this one and its right neighbour hold. */
    abstract Node joined(byte[] separator, Node right);

    final int encodedBytes() {
        return encodedBytes(0, count());
    }

    /**
     * Splits a node until each part fits.
     *
     * @param appended the last row or child is the newest; then it begins a node of its own, as rows that come in order would otherwise leave half-filled
     *     nodes behind
     */
    final List<Split> splitToFit(boolean appended) {
        List<Split> splits = new ArrayList<>();
        Node rest = this;
        boolean atEnd = appended;
        while (rest.encodedBytes() > BYTES_MAX) {
            Split split = rest.splitAt(rest.splitPoint(atEnd));
            splits.add(split);
            rest = split.right();
            atEnd = false;
        }
        return splits;
    }

    private int splitPoint(boolean atEnd) {
        int last = count() - 1;
        if (atEnd && encodedBytes(0, last) <= BYTES_MAX) {
            return last;
        }
        int half = encodedBytes() / 2;
        int index = 1;
        while (index < last && encodedBytes(0, index) < half && encodedBytes(0, index + 1) <= BYTES_MAX) {
            index++;
        }
        return index;
    }

    final byte[] encoded() {
        ByteBuffer out = ByteBuffer.allocate(encodedBytes());
        encode(out);
        return out.array();
    }

    static Node decode(byte[] encoded) throws DamagedTreeException {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        byte type = in.get();
        return switch (type) {
            case LEAF -> Leaf.decodeBody(in);
            case INNER -> Inner.decodeBody(in);
            default -> throw new DamagedTreeException("a node of type " + type + ", expected 0 or 1");
        };
    }

    /** Bytes that a node takes for all but its rows or children. */
    static int headBytes(int count, int prefix) {
        return TYPE_BYTES + Varint.bytes(count) + Varint.bytes(prefix) + prefix;
    }

    /** Length of what all of these sorted keys begin with. */
    static int prefixOf(List<byte[]> keys, int from, int to) {
        if (from >= to) {
            return 0;
        }
        byte[] first = keys.get(from);
        int mismatch = Arrays.mismatch(first, keys.get(to - 1));
        return mismatch < 0 ? first.length : mismatch;
    }

    static void encodeHead(ByteBuffer out, byte type, int count, List<byte[]> keys, int prefix) {
        out.put(type);
        Varint.put(out, count);
        Varint.put(out, prefix);
        if (prefix > 0) {
            out.put(keys.get(0), 0, prefix);
        }
    }

    static int restBytes(byte[] key, int prefix) {
        return Varint.bytes(key.length - prefix) + key.length - prefix;
    }

    static void encodeRest(ByteBuffer out, byte[] key, int prefix) {
        Varint.put(out, key.length - prefix);
        out.put(key, prefix, key.length - prefix);
    }

    static byte[] decodeBytes(ByteBuffer in) {
        byte[] bytes = new byte[Varint.get(in)];
        in.get(bytes);
        return bytes;
    }

    static byte[] decodeRest(ByteBuffer in, byte[] prefix) {
        int rest = Varint.get(in);
        byte[] key = Arrays.copyOf(prefix, prefix.length + rest);
        in.get(key, prefix.length, rest);
        return key;
    }
}
