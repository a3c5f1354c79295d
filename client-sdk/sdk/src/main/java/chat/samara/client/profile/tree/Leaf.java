package chat.samara.client.profile.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A node with rows, in the order of their keys. */
final class Leaf extends Node {
    /** A longer value gets a page of its own: a leaf has to hold a few. */
    static final int INLINE_BYTES_MAX = 1024;

    private final List<byte[]> keys;
    private final List<Value> values;

    Leaf() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    private Leaf(List<byte[]> keys, List<Value> values) {
        this.keys = keys;
        this.values = values;
    }

    @Override
    int count() {
        return keys.size();
    }

    byte[] key(int index) {
        return keys.get(index);
    }

    Value value(int index) {
        return values.get(index);
    }

    /** Place of the first row with this key or a higher one. */
    int firstFrom(byte[] key) {
        int found = find(key);
        return found < 0 ? -found - 1 : found;
    }

    Optional<Value> get(byte[] key) {
        int found = find(key);
        return found < 0 ? Optional.empty() : Optional.of(values.get(found));
    }

    /** Sets a row; the value that was there, if any. */
    Optional<Value> put(byte[] key, Value value) {
        int found = find(key);
        if (found >= 0) {
            return Optional.of(values.set(found, value));
        }
        keys.add(-found - 1, key);
        values.add(-found - 1, value);
        return Optional.empty();
    }

    /** Takes a row away; the value that was there, if any. */
    Optional<Value> remove(byte[] key) {
        int found = find(key);
        if (found < 0) {
            return Optional.empty();
        }
        keys.remove(found);
        return Optional.of(values.remove(found));
    }

    boolean endsWith(byte[] key) {
        return Arrays.equals(keys.get(keys.size() - 1), key);
    }

    private int find(byte[] key) {
        return Collections.binarySearch(keys, key, Arrays::compareUnsigned);
    }

    @Override
    int encodedBytes(int from, int to) {
        int prefix = prefixOf(keys, from, to);
        int bytes = headBytes(to - from, prefix);
        for (int i = from; i < to; i++) {
            bytes += restBytes(keys.get(i), prefix) + valueBytes(values.get(i));
        }
        return bytes;
    }

    private static int valueBytes(Value value) {
        if (value instanceof Value.Inline inline) {
            return Varint.bytes(2 * inline.bytes().length) + inline.bytes().length;
        }
        return 1 + ((PageRef) value).encodedBytes();
    }

    @Override
    void encode(ByteBuffer out) {
        int prefix = prefixOf(keys, 0, keys.size());
        encodeHead(out, LEAF, keys.size(), keys, prefix);
        for (int i = 0; i < keys.size(); i++) {
            encodeRest(out, keys.get(i), prefix);
            if (values.get(i) instanceof Value.Inline inline) {
                Varint.put(out, 2 * inline.bytes().length);
                out.put(inline.bytes());
            } else {
                Varint.put(out, 1);
                ((PageRef) values.get(i)).encode(out);
            }
        }
    }

    static Leaf decodeBody(ByteBuffer in) {
        int count = Varint.get(in);
        byte[] prefix = decodeBytes(in);
        Leaf leaf = new Leaf();
        for (int i = 0; i < count; i++) {
            leaf.keys.add(decodeRest(in, prefix));
            int kind = Varint.get(in);
            if (kind == 1) {
                leaf.values.add(PageRef.decode(in));
            } else {
                byte[] bytes = new byte[kind / 2];
                in.get(bytes);
                leaf.values.add(new Value.Inline(bytes));
            }
        }
        return leaf;
    }

    @Override
    Split splitAt(int index) {
        List<byte[]> movedKeys = keys.subList(index, keys.size());
        List<Value> movedValues = values.subList(index, values.size());
        Leaf right = new Leaf(new ArrayList<>(movedKeys), new ArrayList<>(movedValues));
        movedKeys.clear();
        movedValues.clear();
        // As short as it can be and still tell the two apart.
        byte[] first = right.keys.get(0);
        int same = Arrays.mismatch(keys.get(index - 1), first);
        return new Split(Arrays.copyOf(first, same + 1), right);
    }

    @Override
    Leaf joined(byte[] separator, Node right) {
        Leaf other = (Leaf) right;
        Leaf all = new Leaf(new ArrayList<>(keys), new ArrayList<>(values));
        all.keys.addAll(other.keys);
        all.values.addAll(other.values);
        return all;
    }
}
