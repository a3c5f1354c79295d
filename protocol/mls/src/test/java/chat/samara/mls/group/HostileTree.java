package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.ParentNode;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Trees with single nodes exchanged, whatever that breaks; their hashes are those of what is in them. */
final class HostileTree {
    private HostileTree() {}

    static RatchetTree withLeaf(RatchetTree tree, int leafIndex, LeafNode leaf) {
        return changed(
                tree,
                nodes -> nodes.put(
                        2 * leafIndex, new TlsWriter().uint8(1).struct(leaf).toBytes()));
    }

    static RatchetTree withoutLeaf(RatchetTree tree, int leafIndex) {
        return changed(tree, nodes -> nodes.remove(2 * leafIndex));
    }

    static RatchetTree withParent(RatchetTree tree, int node, ParentNode parent) {
        return changed(
                tree,
                nodes -> nodes.put(node, new TlsWriter().uint8(2).struct(parent).toBytes()));
    }

    private static RatchetTree changed(RatchetTree tree, Consumer<Map<Integer, Bytes>> change) {
        Map<Integer, Bytes> nodes = new TreeMap<>();
        for (Map.Entry<Integer, Optional<Bytes>> node : tree.allNodes().entrySet()) {
            node.getValue().ifPresent(content -> nodes.put(node.getKey(), content));
        }
        change.accept(nodes);
        try {
            return RatchetTreeIn.ofNodes(tree.suite(), nodes).trusted();
        } catch (MlsException e) {
            throw new AssertionError("a tree of an impossible shape", e);
        }
    }
}
