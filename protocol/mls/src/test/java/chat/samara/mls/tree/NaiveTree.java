package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A ratchet tree as RFC 9420 Appendix C describes it, an array that is changed in place and hashed from scratch: slow, and
 * plain enough to be checked by reading. Holds the key and unmerged leaves of each node only.
 */
final class NaiveTree {
    static final class Node {
        Bytes key = Bytes.EMPTY;
        Bytes parentHash = Bytes.EMPTY;
        TreeSet<Integer> unmerged = new TreeSet<>();
    }

    private final CipherSuite suite;
    final Map<Integer, LeafNode> leaves = new HashMap<>();
    final Map<Integer, Node> parents = new HashMap<>();
    int places = 1;

    NaiveTree(CipherSuite suite, LeafNode creator) {
        this.suite = suite;
        leaves.put(0, creator);
    }

    int add(LeafNode leaf) {
        int at = 0;
        while (leaves.containsKey(at)) {
            at++;
        }
        if (at == places) {
            places *= 2;
        }
        for (int node : TreeMath.directPath(2 * at, TreeMath.root(places))) {
            if (parents.containsKey(node)) {
                parents.get(node).unmerged.add(at);
            }
        }
        leaves.put(at, leaf);
        return at;
    }

    void update(int at, LeafNode leaf) {
        blankPath(at);
        leaves.put(at, leaf);
    }

    void remove(int at) {
        blankPath(at);
        leaves.remove(at);
        while (places > 1 && leaves.keySet().stream().noneMatch(leaf -> leaf >= places / 2)) {
            places /= 2;
            parents.keySet().removeIf(node -> node >= 2 * places - 1);
        }
    }

    void path(int at, LeafNode leaf, List<Bytes> keys, Map<Integer, Bytes> parentHashes) {
        List<Integer> filtered = filteredPath(at);
        blankPath(at);
        leaves.put(at, leaf);
        for (int i = 0; i < filtered.size(); i++) {
            Node node = new Node();
            node.key = keys.get(i);
            node.parentHash = Objects.requireNonNull(parentHashes.get(filtered.get(i)));
            parents.put(filtered.get(i), node);
        }
    }

    List<Integer> filteredPath(int at) {
        List<Integer> filtered = new ArrayList<>();
        int[] path = TreeMath.directPath(2 * at, TreeMath.root(places));
        int[] copath = TreeMath.copath(2 * at, TreeMath.root(places));
        for (int i = 0; i < path.length; i++) {
            if (!resolution(copath[i]).isEmpty()) {
                filtered.add(path[i]);
            }
        }
        return filtered;
    }

    List<Integer> resolution(int node) {
        if (TreeMath.isLeaf(node)) {
            return leaves.containsKey(node / 2) ? List.of(node) : List.of();
        }
        List<Integer> nodes = new ArrayList<>();
        if (parents.containsKey(node)) {
            nodes.add(node);
            parents.get(node).unmerged.forEach(leaf -> nodes.add(2 * leaf));
        } else {
            nodes.addAll(resolution(TreeMath.left(node)));
            nodes.addAll(resolution(TreeMath.right(node)));
        }
        return nodes;
    }

    private void blankPath(int at) {
        for (int node : TreeMath.directPath(2 * at, TreeMath.root(places))) {
            parents.remove(node);
        }
    }

    Bytes hash() {
        return hash(TreeMath.root(places));
    }

    Bytes hash(int node) {
        TlsWriter writer = new TlsWriter();
        if (TreeMath.isLeaf(node)) {
            writer.uint8(1).uint32(node / 2).optional(Optional.ofNullable(leaves.get(node / 2)));
            return suite.hash(writer.toByteArray());
        }
        writer.uint8(2);
        Node parent = parents.get(node);
        writer.uint8(parent == null ? 0 : 1);
        if (parent != null) {
            writer.opaque(parent.key).opaque(parent.parentHash).vector32(List.copyOf(parent.unmerged));
        }
        writer.opaque(hash(TreeMath.left(node))).opaque(hash(TreeMath.right(node)));
        return suite.hash(writer.toByteArray());
    }
}
