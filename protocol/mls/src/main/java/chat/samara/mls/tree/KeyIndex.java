package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which node of a tree holds which public key: a persistent, ordered set of (key, node) pairs.
 *
 * <p>It is a balanced (AVL) tree and not a hash table, because the keys are chosen by members: colliding hashes would
 * let one of them slow down everybody's lookups. Every operation costs O(log n) and shares the rest with the index it
 * started from. A key may be held by several nodes for a moment (while a list of proposals is being applied);
 * {@link #duplicates()} says whether that is the case, so checking uniqueness (RFC 9420 §7.3) after a commit is O(1).
 *
 * <p>Immutable.
 */
final class KeyIndex {
    private final KeyField field;
    private final @Nullable Entry root;
    private final int duplicates;

    private KeyIndex(KeyField field, @Nullable Entry root, int duplicates) {
        this.field = field;
        this.root = root;
        this.duplicates = duplicates;
    }

    /** An index of nothing yet. */
    static KeyIndex of(KeyField field) {
        return new KeyIndex(field, null, 0);
    }

    /** A pair, whose key stands in the node's encoding: there are three for each member, so they have no copy of it. */
    private static final class Entry {
        final byte[] encoded;
        final int node;
        final @Nullable Entry left;
        final @Nullable Entry right;
        final int height;

        Entry(byte[] encoded, int node, @Nullable Entry left, @Nullable Entry right) {
            this.encoded = encoded;
            this.node = node;
            this.left = left;
            this.right = right;
            this.height = 1 + Math.max(height(left), height(right));
        }
    }

    /** Makes an index of many pairs at once, for less than adding them one by one. */
    static final class Collector {
        private final KeyField field;
        private final List<Entry> pairs = new ArrayList<>();

        Collector(KeyField field) {
            this.field = field;
        }

        /** Adds the key in the encoding of a node. */
        void add(byte[] encoded, int node) {
            pairs.add(new Entry(encoded, node, null, null));
        }

        KeyIndex index() {
            Entry[] sorted = pairs.toArray(Entry[]::new);
            Arrays.sort(sorted, (one, other) -> compare(field, one.encoded, one.node, other));
            int duplicates = 0;
            for (int i = 1; i < sorted.length; i++) {
                duplicates += field.compare(sorted[i].encoded, sorted[i - 1].encoded) == 0 ? 1 : 0;
            }
            return new KeyIndex(field, balanced(sorted, 0, sorted.length), duplicates);
        }

        private static @Nullable Entry balanced(Entry[] sorted, int from, int to) {
            if (to - from <= 1) {
                return from == to ? null : sorted[from];
            }
            int middle = (from + to) >>> 1;
            return join(sorted[middle], balanced(sorted, from, middle), balanced(sorted, middle + 1, to));
        }
    }

    /** The number of pairs whose key is also held by an earlier node. */
    int duplicates() {
        return duplicates;
    }

    boolean contains(Bytes key) {
        return find(key).isPresent();
    }

    /** The lowest node that holds the key. */
    OptionalInt find(Bytes key) {
        OptionalInt found = OptionalInt.empty();
        for (Entry at = root; at != null; ) {
            int order = field.compare(key, at.encoded);
            if (order == 0) {
                found = OptionalInt.of(at.node);
            }
            at = order <= 0 ? at.left : at.right;
        }
        return found;
    }

    /** With the key in the encoding of a node. */
    KeyIndex with(byte[] encoded, int node) {
        int more = contains(field.of(encoded)) ? 1 : 0;
        return new KeyIndex(field, insert(root, encoded, node), duplicates + more);
    }

    /** Forgets a pair that is in the index. */
    KeyIndex without(byte[] encoded, int node) {
        KeyIndex rest = new KeyIndex(field, delete(root, encoded, node), duplicates);
        return rest.contains(field.of(encoded)) ? new KeyIndex(field, rest.root, duplicates - 1) : rest;
    }

    private static int compare(KeyField field, byte[] encoded, int node, Entry entry) {
        int order = field.compare(encoded, entry.encoded);
        return order != 0 ? order : Integer.compare(node, entry.node);
    }

    private Entry insert(@Nullable Entry at, byte[] encoded, int node) {
        if (at == null) {
            return new Entry(encoded, node, null, null);
        }
        int order = compare(field, encoded, node, at);
        if (order == 0) {
            throw new IllegalStateException("node " + node + " is already in the index under its key");
        }
        return order < 0
                ? balance(at, insert(at.left, encoded, node), at.right)
                : balance(at, at.left, insert(at.right, encoded, node));
    }

    private @Nullable Entry delete(@Nullable Entry at, byte[] encoded, int node) {
        if (at == null) {
            throw new IllegalStateException("node " + node + " is not in the index under its key");
        }
        int order = compare(field, encoded, node, at);
        if (order < 0) {
            return balance(at, delete(at.left, encoded, node), at.right);
        }
        if (order > 0) {
            return balance(at, at.left, delete(at.right, encoded, node));
        }
        if (at.left == null || at.right == null) {
            return at.left == null ? at.right : at.left;
        }
        Entry next = at.right;
        while (next.left != null) {
            next = next.left;
        }
        return balance(next, at.left, delete(at.right, next.encoded, next.node));
    }

    private static int height(@Nullable Entry entry) {
        return entry == null ? 0 : entry.height;
    }

    private static Entry join(Entry pair, @Nullable Entry left, @Nullable Entry right) {
        return new Entry(pair.encoded, pair.node, left, right);
    }

    private static Entry balance(Entry pair, @Nullable Entry left, @Nullable Entry right) {
        if (left != null && left.height > height(right) + 1) {
            if (height(left.left) >= height(left.right) || left.right == null) {
                return join(left, left.left, join(pair, left.right, right));
            }
            Entry middle = left.right;
            return join(middle, join(left, left.left, middle.left), join(pair, middle.right, right));
        }
        if (right != null && right.height > height(left) + 1) {
            if (height(right.right) >= height(right.left) || right.left == null) {
                return join(right, join(pair, left, right.left), right.right);
            }
            Entry middle = right.left;
            return join(middle, join(pair, left, middle.left), join(right, middle.right, right.right));
        }
        return join(pair, left, right);
    }
}
