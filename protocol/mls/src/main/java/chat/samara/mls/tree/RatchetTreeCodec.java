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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The {@code ratchet_tree} form of a tree: {@code optional<Node> ratchet_tree<V>} (RFC 9420 §12.4.3.3). */
final class RatchetTreeCodec {
    private static final int NODE_TYPE_LEAF = 1;
    private static final int NODE_TYPE_PARENT = 2;
    private static final int NODES_MAX = 2 * Limits.LEAVES_MAX - 1;

    private RatchetTreeCodec() {}

    static byte[] encode(Subtree root) {
        List<TlsEncodable> nodes = new ArrayList<>();
        appendInOrder(root, nodes);
        int last = nodes.size();
        while (last > 0 && nodes.get(last - 1) == BLANK) {
            last--;
        }
        TlsWriter writer = new TlsWriter();
        writer.vector(nodes.subList(0, last));
        return writer.toByteArray();
    }

    private static final TlsEncodable BLANK = writer -> writer.uint8(0);

    private static void appendInOrder(Subtree at, List<TlsEncodable> nodes) {
        if (at instanceof Subtree.Leaf leaf) {
            nodes.add(writer -> writer.uint8(1).uint8(NODE_TYPE_LEAF).struct(leaf.content));
        } else if (TreeMath.isLeaf(at.node)) {
            nodes.add(BLANK);
        } else {
            appendInOrder(at.left(), nodes);
            Optional<ParentNode> parent = at.parentNode();
            nodes.add(
                    parent.isEmpty()
                            ? BLANK
                            : writer -> writer.uint8(1).uint8(NODE_TYPE_PARENT).struct(parent.get()));
            appendInOrder(at.right(), nodes);
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
        int last = encoded.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
        if (last >= NODES_MAX) {
            throw new MlsException(MlsError.LIMIT, "node " + last + ", expected at most those of LEAVES_MAX leaves");
        }
        List<Optional<TlsEncodable>> nodes = new ArrayList<>(Collections.nCopies(last + 1, Optional.empty()));
        for (Map.Entry<Integer, Bytes> node : encoded.entrySet()) {
            if (node.getKey() < 0) {
                throw invalid("node " + node.getKey() + ", expected an index");
            }
            TlsEncodable content = TlsReader.decode(node.getValue().arrayUnsafe(), RatchetTreeCodec::readNode);
            nodes.set(node.getKey(), Optional.of(content));
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

    /** A blank node is one byte and many times that in memory, so the nodes are counted as they come. */
    private static List<Optional<TlsEncodable>> readNodes(TlsReader reader) throws MlsException {
        List<Optional<TlsEncodable>> nodes = new ArrayList<>();
        for (TlsReader items = reader.nested(); items.hasRemaining(); ) {
            if (nodes.size() >= NODES_MAX) {
                throw new MlsException(
                        MlsError.LIMIT, "more than " + NODES_MAX + " nodes, expected those of LEAVES_MAX leaves");
            }
            nodes.add(items.optional(RatchetTreeCodec::readNode));
        }
        return nodes;
    }

    private static RatchetTree assemble(CipherSuite suite, List<Optional<TlsEncodable>> nodes) throws MlsException {
        checkShape(nodes);
        int level = 0;
        while (2L * TreeMath.leafPlaces(TreeMath.rootOfLevel(level)) - 1 < nodes.size()) {
            level++;
        }
        Subtree root = build(nodes, TreeMath.rootOfLevel(level));
        return indexed(suite, root);
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

    private static void checkShape(List<Optional<TlsEncodable>> nodes) throws MlsException {
        if (nodes.isEmpty()) {
            throw invalid("a tree of no nodes, expected at least one leaf");
        }
        for (int node = 0; node < nodes.size(); node++) {
            Optional<TlsEncodable> content = nodes.get(node);
            if (content.isPresent() && TreeMath.isLeaf(node) != (content.get() instanceof LeafNode)) {
                throw invalid("node " + node + " is of the wrong type for its place");
            }
        }
        // A last node that is a parent would stand above an empty right subtree; see build().
        if (nodes.get(nodes.size() - 1).isEmpty()) {
            throw invalid("a blank last node, expected none (RFC 9420 §12.4.3.3)");
        }
    }

    private static Subtree build(List<Optional<TlsEncodable>> nodes, int node) throws MlsException {
        if (TreeMath.firstLeaf(node) * 2 >= nodes.size()) {
            return new Subtree.Empty(node);
        }
        TlsEncodable content = node < nodes.size() ? nodes.get(node).orElse(null) : null;
        if (TreeMath.isLeaf(node)) {
            return content instanceof LeafNode leaf ? new Subtree.Leaf(node, leaf) : new Subtree.Empty(node);
        }
        Subtree left = build(nodes, TreeMath.left(node));
        Subtree right = build(nodes, TreeMath.right(node));
        @Nullable ParentNode parent = content instanceof ParentNode present ? present : null;
        if (parent != null && (left.members() == 0 || right.members() == 0)) {
            // Removing the last leaf of a subtree blanks every node above it, and a path skips nodes above an empty
            // copath
            // child (RFC 9420 §4.1.2, §12.1.3); so no commit leads here, and truncation may rely on it.
            throw invalid("node " + node + " is not blank but one of its subtrees is empty, expected a blank node");
        }
        return Subtree.inner(node, parent, left, right);
    }

    private static RatchetTree indexed(CipherSuite suite, Subtree root) {
        Indexes indexes = new Indexes();
        indexes.addAll(root);
        return new RatchetTree(suite, root, indexes.encryptionKeys, indexes.signatureKeys, indexes.census.total());
    }

    private static final class Indexes {
        private KeyIndex encryptionKeys = KeyIndex.EMPTY;
        private KeyIndex signatureKeys = KeyIndex.EMPTY;
        private final Census.Counter census = new Census.Counter();

        void addAll(Subtree at) {
            if (at instanceof Subtree.Leaf leaf) {
                encryptionKeys = encryptionKeys.with(leaf.content.encryptionKey(), at.node);
                signatureKeys = signatureKeys.with(leaf.content.signatureKey(), at.node);
                census.count(leaf.content);
            } else if (at.members() > 0) {
                at.parentNode()
                        .ifPresent(parent -> encryptionKeys = encryptionKeys.with(parent.encryptionKey(), at.node));
                addAll(at.left());
                addAll(at.right());
            }
        }
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_TREE, detail);
    }
}
