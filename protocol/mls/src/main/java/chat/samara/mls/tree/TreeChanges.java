package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which nodes differ between two trees. Subtrees that are shared are not visited, so a commit's changes cost O(log n). */
final class TreeChanges {
    private final SortedMap<Integer, Optional<Bytes>> changes = new TreeMap<>();

    private TreeChanges() {}

    static SortedMap<Integer, Optional<Bytes>> between(Subtree before, Subtree after) {
        TreeChanges found = new TreeChanges();
        found.compare(raised(before, after.node), raised(after, before.node));
        return found.changes;
    }

    /** The tree extended until its root is at the level of another root. */
    private static Subtree raised(Subtree root, int otherRoot) {
        Subtree top = root;
        while (TreeMath.level(top.node) < TreeMath.level(otherRoot)) {
            int node = TreeMath.parent(top.node);
            top = Subtree.inner(node, null, top, new Subtree.Empty(TreeMath.right(node)));
        }
        return top;
    }

    @SuppressWarnings("ReferenceEquality") // the same object is the same subtree; another one is looked into
    private void compare(Subtree before, Subtree after) {
        if (before == after || (before.members() == 0 && after.members() == 0)) {
            return;
        }
        Optional<Bytes> old = RatchetTreeCodec.encodeNode(before);
        Optional<Bytes> fresh = RatchetTreeCodec.encodeNode(after);
        if (!old.equals(fresh)) {
            changes.put(after.node, fresh);
        }
        if (!TreeMath.isLeaf(after.node)) {
            compare(before.left(), after.left());
            compare(before.right(), after.right());
        }
    }
}
