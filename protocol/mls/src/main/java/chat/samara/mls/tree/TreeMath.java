package chat.samara.mls.tree;

/**
 * The arithmetic of array-based full binary trees (RFC 9420 Appendix C).
 *
 * <p>Node indices: leaf {@code n} is node {@code 2n}, parents are odd. A tree always has a power of two of leaves, so a
 * node's index, level and children do not change when the tree is extended or truncated; only the root does.
 */
public final class TreeMath {
    /** The root's level can be at most this, so every node index fits a positive {@code int}. */
    public static final int LEVEL_MAX = 30;

    private TreeMath() {}

    /** The number of array entries of a tree with {@code leaves} leaves. */
    public static int nodeWidth(int leaves) {
        return leaves == 0 ? 0 : 2 * (leaves - 1) + 1;
    }

    /** The level of a node: 0 for leaves, one more than its children for parents. */
    public static int level(int node) {
        return Integer.numberOfTrailingZeros(~node);
    }

    public static boolean isLeaf(int node) {
        return (node & 1) == 0;
    }

    /** The root of a full tree with {@code leaves} (a power of two) leaves. */
    public static int root(int leaves) {
        if (Integer.bitCount(leaves) != 1) {
            throw new IllegalArgumentException("leaves = " + leaves + ", expected a power of two");
        }
        return leaves - 1;
    }

    /** The root of a full tree whose root has the given level. */
    public static int rootOfLevel(int level) {
        return (1 << level) - 1;
    }

    public static int left(int parent) {
        return parent ^ (1 << childLevel(parent));
    }

    public static int right(int parent) {
        return parent ^ (3 << childLevel(parent));
    }

    private static int childLevel(int parent) {
        int level = level(parent);
        if (level == 0) {
            throw new IllegalArgumentException("node " + parent + " is a leaf, expected a parent");
        }
        return level - 1;
    }

    /** The parent of a node that is not the root of its tree. */
    public static int parent(int node) {
        int level = level(node);
        int bit = (node >> (level + 1)) & 1;
        return (node | (1 << level)) ^ (bit << (level + 1));
    }

    /** The other child of the node's parent. */
    public static int sibling(int node) {
        int parent = parent(node);
        return node < parent ? right(parent) : left(parent);
    }

    /** The direct path of a node in a tree with the given root, nearest ancestor first; empty for the root itself. */
    public static int[] directPath(int node, int root) {
        int[] path = new int[level(root) - level(node)];
        int at = node;
        for (int i = 0; i < path.length; i++) {
            at = parent(at);
            path[i] = at;
        }
        return path;
    }

    /** The copath of a node: the sibling of the node and of each of its ancestors below the root. */
    public static int[] copath(int node, int root) {
        int[] path = new int[level(root) - level(node)];
        int at = node;
        for (int i = 0; i < path.length; i++) {
            path[i] = sibling(at);
            at = parent(at);
        }
        return path;
    }

    /** Whether {@code node} is {@code ancestor} or lies under it. */
    public static boolean isInSubtree(int node, int ancestor) {
        int level = level(ancestor);
        return level(node) <= level && (node >> (level + 1)) == (ancestor >> (level + 1));
    }

    /** The lowest node whose subtree holds both nodes. */
    public static int commonAncestor(int one, int other) {
        int at = level(one) >= level(other) ? one : other;
        int under = level(one) >= level(other) ? other : one;
        while (!isInSubtree(under, at)) {
            at = parent(at);
        }
        return at;
    }

    /** The index of the leftmost leaf (among leaves) in the node's subtree. */
    public static int firstLeaf(int node) {
        int level = level(node);
        return (node >> (level + 1)) << level;
    }

    /** The number of leaf places in the node's subtree. */
    public static int leafPlaces(int node) {
        return 1 << level(node);
    }

    /** The node index of a leaf. */
    public static int leafNode(int leafIndex) {
        return 2 * leafIndex;
    }
}
