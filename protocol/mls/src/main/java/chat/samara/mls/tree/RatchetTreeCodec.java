package chat.samara.mls.tree;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The {@code ratchet_tree} form of a tree: {@code optional<Node> ratchet_tree<V>} (RFC 9420 §12.4.3.3). */
final class RatchetTreeCodec {
    private static final int NODE_TYPE_LEAF = 1;
    private static final int NODE_TYPE_PARENT = 2;
    private static final int NODES_MAX = 2 * Limits.LEAVES_MAX - 1;

    private RatchetTreeCodec() {}

    static byte[] encode(Subtree root) {
        return new TlsWriter(4096)
                .vector(List.of(writer -> new InOrder(writer).append(root)))
                .toByteArray();
    }

    /** Writes {@code optional<Node>} of every node in order. Blank ones are written once another comes: none is the last. */
    private static final class InOrder {
        private final TlsWriter writer;
        private int blanks;

        InOrder(TlsWriter writer) {
            this.writer = writer;
        }

        void append(Subtree at) {
            if (at.members() == 0) {
                blanks += 2 * TreeMath.leafPlaces(at.node) - 1;
            } else if (at instanceof Subtree.Leaf leaf) {
                append(NODE_TYPE_LEAF, leaf.content);
            } else {
                append(at.left());
                Optional<ParentNode> parent = at.parentNode();
                if (parent.isPresent()) {
                    append(NODE_TYPE_PARENT, parent.get());
                } else {
                    blanks++;
                }
                append(at.right());
            }
        }

        private void append(int type, TlsEncodable node) {
            for (; blanks > 0; blanks--) {
                writer.uint8(0);
            }
            writer.uint8(1).uint8(type).struct(node);
        }
    }

    /** The {@code Node} struct of a subtree's root; empty where that is blank. */
    static Optional<Bytes> encodeNode(Subtree at) {
        if (at instanceof Subtree.Leaf leaf) {
            return Optional.of(
                    new TlsWriter().uint8(NODE_TYPE_LEAF).struct(leaf.content).toBytes());
        }
        return at.parentNode()
                .map(parent ->
                        new TlsWriter().uint8(NODE_TYPE_PARENT).struct(parent).toBytes());
    }

    /** Builds the tree of nodes that {@link #encodeNode} has written, by node index; blank nodes are left out. */
    static RatchetTree decodeNodes(CipherSuite suite, Map<Integer, Bytes> encoded) throws MlsException {
        List<Placed> nodes = new ArrayList<>(encoded.size());
        for (Map.Entry<Integer, Bytes> node : new TreeMap<>(encoded).entrySet()) {
            int place = node.getKey();
            if (place < 0) {
                throw invalid("node " + place + ", expected an index");
            }
            if (place >= NODES_MAX) {
                throw new MlsException(
                        MlsError.LIMIT, "node " + place + ", expected at most those of LEAVES_MAX leaves");
            }
            nodes.add(new Placed(place, TlsReader.decode(node.getValue().arrayUnsafe(), RatchetTreeCodec::readNode)));
        }
        return assemble(suite, nodes);
    }

    /**
     * Builds the tree that the bytes describe, checking its shape and no more: the result is as trustworthy as its source.
     *
     * @throws MlsException {@link MlsError#MALFORMED} for bytes that are no ratchet tree, {@link MlsError#INVALID_TREE} for a
     *     shape that no sequence of commits leads to, {@link MlsError#LIMIT} for more than {@code LEAVES_MAX} leaves
     */
    static RatchetTree decode(CipherSuite suite, byte[] bytes) throws MlsException {
        return assemble(suite, TlsReader.decode(bytes, RatchetTreeCodec::readNodes));
    }

    /** A node that is not blank, and its index. */
    private record Placed(int node, TlsEncodable content) {}

    /** A blank node is one byte, and nothing is kept of it: an input of blank nodes costs no memory. */
    private static List<Placed> readNodes(TlsReader reader) throws MlsException {
        List<Placed> nodes = new ArrayList<>();
        boolean lastIsBlank = false;
        int node = 0;
        for (TlsReader items = reader.nested(); items.hasRemaining(); node++) {
            if (node >= NODES_MAX) {
                throw new MlsException(
                        MlsError.LIMIT, "more than " + NODES_MAX + " nodes, expected those of LEAVES_MAX leaves");
            }
            Optional<TlsEncodable> content = items.optional(RatchetTreeCodec::readNode);
            lastIsBlank = content.isEmpty();
            if (content.isPresent()) {
                nodes.add(new Placed(node, content.get()));
            }
        }
        if (lastIsBlank) {
            throw invalid("a blank last node, expected none (RFC 9420 §12.4.3.3)");
        }
        return nodes;
    }

    private static RatchetTree assemble(CipherSuite suite, List<Placed> nodes) throws MlsException {
        if (nodes.isEmpty()) {
            throw invalid("a tree of no nodes, expected at least one leaf");
        }
        checkShape(nodes);
        int last = nodes.get(nodes.size() - 1).node;
        int level = 0;
        while (2L * TreeMath.leafPlaces(TreeMath.rootOfLevel(level)) - 1 <= last) {
            level++;
        }
        Subtree root = build(nodes, 0, nodes.size(), TreeMath.rootOfLevel(level));
        return indexed(suite, nodes, root);
    }

    private static TlsEncodable readNode(TlsReader reader) throws MlsException {
        int type = reader.uint8();
        return switch (type) {
            case NODE_TYPE_LEAF -> LeafNode.readFrom(reader);
            case NODE_TYPE_PARENT -> ParentNode.readFrom(reader);
            default ->
                throw new MlsException(MlsError.MALFORMED, "node type " + type + ", expected leaf (1) or parent (2)");
        };
    }

    private static void checkShape(List<Placed> nodes) throws MlsException {
        for (Placed placed : nodes) {
            if (TreeMath.isLeaf(placed.node) != (placed.content instanceof LeafNode)) {
                throw invalid("node " + placed.node + " is of the wrong type for its place");
            }
        }
        // A last node that is a parent would stand above an empty right subtree; see build().
    }

    /** The subtree of a node, out of the nodes that are in it: those from {@code from} up to {@code to} in the list. */
    private static Subtree build(List<Placed> nodes, int from, int to, int node) throws MlsException {
        if (from == to) {
            return new Subtree.Empty(node);
        }
        if (TreeMath.isLeaf(node)) {
            return new Subtree.Leaf(node, (LeafNode) nodes.get(from).content);
        }
        int middle = firstNotBelow(nodes, from, to, node);
        boolean present = middle < to && nodes.get(middle).node == node;
        Subtree left = build(nodes, from, middle, TreeMath.left(node));
        Subtree right = build(nodes, present ? middle + 1 : middle, to, TreeMath.right(node));
        if (present && (left.members() == 0 || right.members() == 0)) {
            // Removing the last leaf of a subtree blanks every node above it, and a path skips nodes above an empty
            // copath
            // child (RFC 9420 §4.1.2, §12.1.3); so no commit leads here, and truncation may rely on it.
            throw invalid("node " + node + " is not blank but one of its subtrees is empty, expected a blank node");
        }
        return Subtree.inner(node, present ? (ParentNode) nodes.get(middle).content : null, left, right);
    }

    private static int firstNotBelow(List<Placed> nodes, int from, int to, int node) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nodes.get(middle).node < node) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static RatchetTree indexed(CipherSuite suite, List<Placed> nodes, Subtree root) {
        KeyIndex.Collector encryptionKeys = new KeyIndex.Collector();
        KeyIndex.Collector signatureKeys = new KeyIndex.Collector();
        Census.Counter census = new Census.Counter();
        for (Placed placed : nodes) {
            if (placed.content instanceof LeafNode leaf) {
                encryptionKeys.add(leaf.encryptionKey(), placed.node);
                signatureKeys.add(leaf.signatureKey(), placed.node);
                census.count(leaf);
            } else if (placed.content instanceof ParentNode parent) {
                encryptionKeys.add(parent.encryptionKey(), placed.node);
            }
        }
        return new RatchetTree(suite, root, encryptionKeys.index(), signatureKeys.index(), census.total());
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_TREE, detail);
    }
}
