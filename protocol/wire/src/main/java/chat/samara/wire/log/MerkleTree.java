package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.identity.SigningLabel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The Merkle tree of a batch, hashed as in RFC 6962 §2.1: leaves as {@code SHA-256(0x00 || leaf)}, nodes as
 * {@code SHA-256(0x01 || left || right)}, and a tree of n leaves split at the largest power of two below n. A leaf is
 * {@code label || 0x00 || item}, so that a record can never stand for a head.
 *
 * <p>All levels are kept, from the leaves up. A level's last node without a sibling is lifted unchanged to the next level: that
 * gives the same root as RFC 6962's recursive split, level by level and without recursion.
 */
public final class MerkleTree {
    private static final byte[] LEAF = {0};
    private static final byte[] NODE = {1};

    private final List<List<Bytes>> levels;

    private MerkleTree(List<List<Bytes>> levels) {
        this.levels = levels;
    }

    /** The tree over leaf hashes, at least one. Costs one hash a leaf. */
    public static MerkleTree of(List<Bytes> leafHashes) {
        if (leafHashes.isEmpty()) {
            throw new IllegalArgumentException("a tree of no leaves, expected at least one");
        }
        List<List<Bytes>> levels = new ArrayList<>();
        List<Bytes> level = List.copyOf(leafHashes);
        levels.add(level);
        while (level.size() > 1) {
            List<Bytes> above = new ArrayList<>((level.size() + 1) / 2);
            for (int i = 0; i + 1 < level.size(); i += 2) {
                above.add(nodeHash(level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                above.add(level.get(level.size() - 1));
            }
            levels.add(above);
            level = above;
        }
        return new MerkleTree(levels);
    }

    /** The hash of a leaf that holds this item for this purpose. */
    public static Bytes leafHash(SigningLabel label, Bytes item) {
        return Sha256.of(LEAF, label.signedBytes(item));
    }

    /** How many leaves. */
    public int size() {
        return levels.get(0).size();
    }

    /** The root, 32 bytes. */
    public Bytes root() {
        return levels.get(levels.size() - 1).get(0);
    }

    /** The siblings from the leaf up. */
    public List<Bytes> path(int leafIndex) {
        List<Bytes> path = new ArrayList<>();
        int index = leafIndex;
        for (List<Bytes> level : levels.subList(0, levels.size() - 1)) {
            int sibling = index ^ 1;
            if (sibling < level.size()) {
                path.add(level.get(sibling));
            }
            index >>= 1;
        }
        return path;
    }

    /**
     * The root that a leaf and its path lead to in a tree of so many leaves (RFC 9162 §2.1.3.2); empty if the path has the wrong
     * length for the place, or the place is outside of the tree.
     */
    public static Optional<Bytes> rootOf(Bytes leafHash, int leafIndex, int leafCount, List<Bytes> path) {
        if (leafIndex < 0 || leafIndex >= leafCount) {
            return Optional.empty();
        }
        Bytes hash = leafHash;
        int index = leafIndex;
        int next = 0;
        for (int width = leafCount; width > 1; width -= width / 2) {
            if ((index ^ 1) < width) {
                if (next == path.size()) {
                    return Optional.empty();
                }
                Bytes sibling = path.get(next++);
                hash = (index & 1) == 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash);
            }
            index >>= 1;
        }
        return next == path.size() ? Optional.of(hash) : Optional.empty();
    }

    private static Bytes nodeHash(Bytes left, Bytes right) {
        return Sha256.of(NODE, left.arrayUnsafe(), right.arrayUnsafe());
    }
}
