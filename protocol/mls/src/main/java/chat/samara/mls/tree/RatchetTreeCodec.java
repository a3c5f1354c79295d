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
            } else if (TreeMath.isLeaf(at.node)) {
                appendRoot(at);
            } else {
                append(at.left());
                appendRoot(at);
                append(at.right());
            }
        }

        private void appendRoot(Subtree at) {
            if (at.encoded().length == 0) {
                blanks++;
                return;
            }
            for (; blanks > 0; blanks--) {
                writer.uint8(0);
            }
            writeNode(writer.uint8(1), at);
        }
    }

    /** Appends the {@code Node} struct of a subtree's root, which is not blank. */
    private static void writeNode(TlsWriter writer, Subtree at) {
        if (at instanceof Subtree.Inner inner) {
            inner.writeParentTo(writer.uint8(NODE_TYPE_PARENT));
        } else {
            writer.uint8(NODE_TYPE_LEAF).raw(at.encoded());
        }
    }

    /** The {@code Node} struct of a subtree's root; empty where that is blank. */
    static Optional<Bytes> encodeNode(Subtree at) {
        if (at.encoded().length == 0) {
            return Optional.empty();
        }
        TlsWriter writer = new TlsWriter();
        writeNode(writer, at);
        return Optional.of(writer.toBytes());
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
            nodes.add(TlsReader.decode(node.getValue().arrayUnsafe(), reader -> readNode(reader, place)));
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

    /**
     * A node that is not blank, and its index.
     *
     * @param content a LeafNode or ParentNode
     * @param encoded the same as it was read
     */
    private record Placed(int node, TlsEncodable content, Bytes encoded) {}

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
            int place = node;
            Optional<Placed> content = items.optional(present -> readNode(present, place));
            lastIsBlank = content.isEmpty();
            content.ifPresent(nodes::add);
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

    private static Placed readNode(TlsReader reader, int place) throws MlsException {
        int type = reader.uint8();
        int start = reader.position();
        TlsEncodable content = switch (type) {
            case NODE_TYPE_LEAF -> LeafNode.readFrom(reader);
            case NODE_TYPE_PARENT -> ParentNode.readFrom(reader);
            default ->
                throw new MlsException(MlsError.MALFORMED, "node type " + type + ", expected leaf (1) or parent (2)");
        };
        return new Placed(place, content, reader.since(start));
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
            return new Subtree.Leaf(node, nodes.get(from).encoded.arrayUnsafe());
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
        Census.Counter census = new Census.Counter();
        for (Placed placed : nodes) {
            if (placed.content instanceof LeafNode leaf) {
                census.count(leaf);
            }
        }
        KeyIndex.Collector encryptionKeys = new KeyIndex.Collector(KeyField.ENCRYPTION_KEY);
        KeyIndex.Collector signatureKeys = new KeyIndex.Collector(KeyField.SIGNATURE_KEY);
        collectKeys(root, encryptionKeys, signatureKeys);
        return new RatchetTree(suite, root, encryptionKeys.index(), signatureKeys.index(), census.total());
    }

    private static void collectKeys(Subtree at, KeyIndex.Collector encryptionKeys, KeyIndex.Collector signatureKeys) {
        if (at.encoded().length > 0) {
            encryptionKeys.add(at.encoded(), at.node);
        }
        if (at instanceof Subtree.Leaf) {
            signatureKeys.add(at.encoded(), at.node);
        } else if (at.members() > 0) {
            collectKeys(at.left(), encryptionKeys, signatureKeys);
            collectKeys(at.right(), encryptionKeys, signatureKeys);
        }
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_TREE, detail);
    }
}
