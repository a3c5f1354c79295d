package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A subtree of a ratchet tree, immutable: a change makes new nodes along one path and shares all others.
 *
 * <p>The tree hash (RFC 9420 §7.8) is computed when first asked for and kept, so after a change only the nodes of the
 * changed path are hashed again. Two threads may compute it at the same time; both get the same value, so the field needs no
 * lock. All subtrees of one tree are hashed with that tree's suite.
 *
 * <p>Leaves and keys are kept as they are encoded, and parsed when they are looked at: that takes about a microsecond and half
 * of the memory, and few of a big group's leaves are ever looked at.
 *
 * <p>A subtree without any non-blank node is always an {@link Empty}, whatever its size, so {@code members() == 0} means
 * that its resolution is empty (RFC 9420 §4.1.1).
 */
abstract sealed class Subtree permits Subtree.Leaf, Subtree.Inner, Subtree.Empty {
    private static final int NODE_TYPE_LEAF = 1;
    private static final int NODE_TYPE_PARENT = 2;
    private static final int PRESENT = 1;
    private static final byte[] BLANK = new byte[0];

    /** The index of the subtree's root in the array representation (RFC 9420 Appendix C). */
    final int node;

    private Subtree(int node) {
        this.node = node;
    }

    /** The number of non-blank leaves. */
    abstract int members();

    /** The child subtrees; only for subtrees that are not leaves. */
    abstract Subtree left();

    abstract Subtree right();

    /** The content of the root, if this is an intermediate node that is not blank. */
    Optional<ParentNode> parentNode() {
        return Optional.empty();
    }

    /**
     * What the root holds, as it is encoded, beginning with its public key: a LeafNode, or a ParentNode without its unmerged
     * leaves; empty where it is blank. The live array, the same for as long as the keys are the same.
     */
    abstract byte[] encoded();

    /** The tree hash (RFC 9420 §7.8). */
    abstract Bytes hash(CipherSuite suite);

    /** How the nodes on a path from a leaf to the root change. */
    interface PathEdit {
        /** The leaf's new content; null blanks it. */
        @Nullable
        LeafNode leaf();

        /** The new content of an intermediate node on the path; null blanks it. */
        @Nullable
        ParentNode parent(int node, @Nullable ParentNode current);
    }

    /** This subtree after an edit of the path from a leaf (by its index among leaves) up to this subtree's root. */
    final Subtree edit(int leafIndex, PathEdit edit) {
        if (TreeMath.isLeaf(node)) {
            LeafNode leaf = edit.leaf();
            return leaf == null ? new Empty(node) : new Leaf(node, leaf);
        }
        boolean goLeft = TreeMath.leafNode(leafIndex) < node;
        Subtree left = goLeft ? left().edit(leafIndex, edit) : left();
        Subtree right = goLeft ? right() : right().edit(leafIndex, edit);
        return withParent(edit.parent(node, parentNode().orElse(null)), left, right);
    }

    /** This subtree with some leaves blanked and taken out of all {@code unmerged_leaves} (RFC 9420 §7.9). */
    final Subtree withoutLeaves(LeafSet leaves) {
        LeafSet here = leaves.under(node);
        if (here.isEmpty() || members() == 0) {
            return this;
        }
        if (TreeMath.isLeaf(node)) {
            return new Empty(node);
        }
        ParentNode parent = parentNode().orElse(null);
        if (parent != null) {
            parent = parent.withUnmergedLeaves(parent.unmergedLeaves().without(here));
        }
        return withParent(parent, left().withoutLeaves(here), right().withoutLeaves(here));
    }

    /** The subtree of a node within this one. */
    final Subtree descend(int wanted) {
        Subtree at = this;
        while (at.node != wanted) {
            at = wanted < at.node ? at.left() : at.right();
        }
        return at;
    }

    /** Hands over the resolution (RFC 9420 §4.1.1), in its order, as node indices. */
    final void resolve(IntConsumer sink) {
        if (members() == 0) {
            return;
        }
        if (TreeMath.isLeaf(node)) {
            sink.accept(node);
            return;
        }
        Optional<ParentNode> parent = parentNode();
        if (parent.isPresent()) {
            sink.accept(node);
            parent.get().unmergedLeaves().stream().map(TreeMath::leafNode).forEach(sink);
        } else {
            left().resolve(sink);
            right().resolve(sink);
        }
    }

    /** An intermediate node, blank if {@code parent} is null. */
    static Subtree inner(int node, @Nullable ParentNode parent, Subtree left, Subtree right) {
        return parent == null
                ? inner(node, BLANK, LeafSet.EMPTY, left, right)
                : inner(node, Inner.encoded(parent), parent.unmergedLeaves(), left, right);
    }

    private static Subtree inner(int node, byte[] encoded, LeafSet unmergedLeaves, Subtree left, Subtree right) {
        if (left.members() == 0 && right.members() == 0) {
            if (encoded.length > 0) {
                throw new IllegalStateException("node " + node + " is not blank above no members, expected blank");
            }
            return new Empty(node);
        }
        return new Inner(node, encoded, unmergedLeaves, left, right);
    }

    /** This node with other content and children. Where the keys stay, so does their encoding, which the indexes point to. */
    private Subtree withParent(@Nullable ParentNode parent, Subtree left, Subtree right) {
        ParentNode now = parentNode().orElse(null);
        if (now != null
                && parent != null
                && now.encryptionKey().equals(parent.encryptionKey())
                && now.parentHash().equals(parent.parentHash())) {
            return inner(node, encoded(), parent.unmergedLeaves(), left, right);
        }
        return inner(node, parent, left, right);
    }

    /** A leaf that a member occupies. Its hash is not kept: it is asked for when the sibling changes, and seldom else. */
    static final class Leaf extends Subtree {
        private final byte[] encoded;

        Leaf(int node, LeafNode content) {
            this(node, content.encode());
        }

        /** Takes the encoding of a LeafNode, which the caller has parsed. */
        Leaf(int node, byte[] encoded) {
            super(node);
            this.encoded = encoded;
        }

        /** The leaf, parsed again each time. */
        LeafNode content() {
            return parsed(encoded, LeafNode::readFrom);
        }

        @Override
        byte[] encoded() {
            return encoded;
        }

        @Override
        int members() {
            return 1;
        }

        @Override
        Subtree left() {
            throw new IllegalStateException("node " + node + " is a leaf, expected a parent");
        }

        @Override
        Subtree right() {
            throw new IllegalStateException("node " + node + " is a leaf, expected a parent");
        }

        @Override
        Bytes hash(CipherSuite suite) {
            return suite.hash(new TlsWriter(16 + encoded.length)
                    .uint8(NODE_TYPE_LEAF)
                    .uint32(node / 2)
                    .uint8(PRESENT)
                    .raw(encoded)
                    .toByteArray());
        }
    }

    /** An intermediate node, blank or not, with at least one member below it. */
    static final class Inner extends Subtree {
        private final byte[] encoded;
        private final LeafSet unmergedLeaves;
        private final Subtree left;
        private final Subtree right;
        private final int members;
        private byte @Nullable [] hash;

        private Inner(int node, byte[] encoded, LeafSet unmergedLeaves, Subtree left, Subtree right) {
            super(node);
            this.encoded = encoded;
            this.unmergedLeaves = unmergedLeaves;
            this.left = left;
            this.right = right;
            this.members = left.members() + right.members();
        }

        private static byte[] encoded(ParentNode parent) {
            return new TlsWriter(80)
                    .opaque(parent.encryptionKey())
                    .opaque(parent.parentHash())
                    .toByteArray();
        }

        @Override
        byte[] encoded() {
            return encoded;
        }

        @Override
        int members() {
            return members;
        }

        @Override
        Subtree left() {
            return left;
        }

        @Override
        Subtree right() {
            return right;
        }

        @Override
        Optional<ParentNode> parentNode() {
            return encoded.length == 0
                    ? Optional.empty()
                    : Optional.of(parsed(
                            encoded, reader -> new ParentNode(reader.opaque(), reader.opaque(), unmergedLeaves)));
        }

        /** Appends the whole ParentNode. */
        void writeParentTo(TlsWriter writer) {
            unmergedLeaves.writeTo(writer.raw(encoded));
        }

        @Override
        Bytes hash(CipherSuite suite) {
            byte[] known = hash;
            if (known == null) {
                known = computedHash(suite).arrayUnsafe();
                hash = known;
            }
            return Bytes.wrapUnsafe(known);
        }

        private Bytes computedHash(CipherSuite suite) {
            TlsWriter input = new TlsWriter(256).uint8(NODE_TYPE_PARENT);
            if (encoded.length == 0) {
                input.uint8(0);
            } else {
                writeParentTo(input.uint8(PRESENT));
            }
            return suite.hash(
                    input.opaque(left.hash(suite)).opaque(right.hash(suite)).toByteArray());
        }
    }

    /** A subtree of blank nodes only. Its children are made when asked for, so an extended tree costs no memory. */
    static final class Empty extends Subtree {
        Empty(int node) {
            super(node);
        }

        @Override
        byte[] encoded() {
            return BLANK;
        }

        @Override
        int members() {
            return 0;
        }

        @Override
        Subtree left() {
            return new Empty(TreeMath.left(node));
        }

        @Override
        Subtree right() {
            return new Empty(TreeMath.right(node));
        }

        @Override
        Bytes hash(CipherSuite suite) {
            return BlankHash.of(suite, node);
        }
    }

    private static <T> T parsed(byte[] encoded, TlsReader.Decoder<T> decoder) {
        try {
            return TlsReader.decode(encoded, decoder);
        } catch (MlsException e) {
            throw new IllegalStateException(
                    "a node of " + encoded.length + " bytes, expected one that was parsed before", e);
        }
    }
}
