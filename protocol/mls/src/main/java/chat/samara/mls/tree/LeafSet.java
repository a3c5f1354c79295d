package chat.samara.mls.tree;

import chat.samara.mls.codec.TlsWriter;
import java.util.Arrays;
import java.util.stream.IntStream;

/** An immutable, sorted set of leaf indices: the {@code unmerged_leaves} of a parent node (RFC 9420 §7.1). */
public final class LeafSet {
    public static final LeafSet EMPTY = new LeafSet(new int[0]);

    private final int[] leaves;

    private LeafSet(int[] leaves) {
        this.leaves = leaves;
    }

    /**
     * The set of these leaves.
     *
     * @throws IllegalArgumentException when the indices are not strictly increasing; readers of bytes check
     *     {@link #isStrictlyIncreasing} first
     */
    public static LeafSet of(int... leaves) {
        if (!isStrictlyIncreasing(leaves)) {
            throw new IllegalArgumentException("leaves " + Arrays.toString(leaves) + ", expected strictly increasing");
        }
        return leaves.length == 0 ? EMPTY : new LeafSet(leaves.clone());
    }

    static boolean isStrictlyIncreasing(int[] leaves) {
        for (int i = 1; i < leaves.length; i++) {
            if (leaves[i - 1] >= leaves[i]) {
                return false;
            }
        }
        return true;
    }

    public int size() {
        return leaves.length;
    }

    public boolean isEmpty() {
        return leaves.length == 0;
    }

    public boolean contains(int leaf) {
        return Arrays.binarySearch(leaves, leaf) >= 0;
    }

    /** In increasing order. */
    public IntStream stream() {
        return Arrays.stream(leaves);
    }

    /** Appends {@code uint32 unmerged_leaves<V>}. */
    void writeTo(TlsWriter writer) {
        writer.varint(Integer.BYTES * leaves.length);
        for (int leaf : leaves) {
            writer.uint32(leaf);
        }
    }

    public LeafSet with(int leaf) {
        int at = Arrays.binarySearch(leaves, leaf);
        if (at >= 0) {
            return this;
        }
        int place = -at - 1;
        int[] more = new int[leaves.length + 1];
        System.arraycopy(leaves, 0, more, 0, place);
        more[place] = leaf;
        System.arraycopy(leaves, place, more, place + 1, leaves.length - place);
        return new LeafSet(more);
    }

    public LeafSet without(LeafSet others) {
        if (others.isEmpty() || isEmpty()) {
            return this;
        }
        int[] rest = stream().filter(leaf -> !others.contains(leaf)).toArray();
        return rest.length == leaves.length ? this : new LeafSet(rest);
    }

    /** Those leaves that lie in the subtree of a node. */
    public LeafSet under(int node) {
        int first = TreeMath.firstLeaf(node);
        int from = lowerBound(first);
        int to = lowerBound(first + TreeMath.leafPlaces(node));
        return to - from == leaves.length ? this : new LeafSet(Arrays.copyOfRange(leaves, from, to));
    }

    private int lowerBound(int value) {
        int at = Arrays.binarySearch(leaves, value);
        return at >= 0 ? at : -at - 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LeafSet set && Arrays.equals(leaves, set.leaves);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(leaves);
    }

    @Override
    public String toString() {
        return Arrays.toString(leaves);
    }
}
