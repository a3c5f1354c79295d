package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Batch;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.RatchetTree.PathStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * TreeKEM (RFC 9420 §7.4–§7.6): fresh path secrets from a committer to the members below each node of its path. The
 * functions change nothing they are given; secrets of results belong to the caller, who erases them.
 */
public final class TreeKem {
    private static final String PATH_LABEL = "UpdatePathNode";

    private TreeKem() {}

    /** Makes and signs the committer's new leaf, once its key and parent hash are known. */
    @FunctionalInterface
    public interface LeafMaker {
        LeafNode leaf(Bytes encryptionKey, Bytes parentHash);
    }

    /** What a committer made. */
    public static final class CreatedPath {
        private final UpdatePath path;
        private final RatchetTree tree;
        private final TreePrivateKeys privateKeys;
        private final Secret commitSecret;
        private final Map<Integer, Secret> pathSecrets;
        private final int sender;

        private CreatedPath(
                UpdatePath path,
                RatchetTree tree,
                TreePrivateKeys privateKeys,
                Secret commitSecret,
                Map<Integer, Secret> pathSecrets,
                int sender) {
            this.path = path;
            this.tree = tree;
            this.privateKeys = privateKeys;
            this.commitSecret = commitSecret;
            this.pathSecrets = pathSecrets;
            this.sender = sender;
        }

        public UpdatePath path() {
            return path;
        }

        /** The tree with the path merged into it. */
        public RatchetTree tree() {
            return tree;
        }

        /** The committer's keys in that tree. */
        public TreePrivateKeys privateKeys() {
            return privateKeys;
        }

        public Secret commitSecret() {
            return commitSecret;
        }

        /** The path secret that a member added by this commit is to be told (RFC 9420 §12.4.3.1); the live object. */
        public Secret pathSecretFor(int addedLeaf) {
            int ancestor = TreeMath.commonAncestor(TreeMath.leafNode(sender), TreeMath.leafNode(addedLeaf));
            Secret secret = pathSecrets.get(ancestor);
            if (secret == null) {
                throw new IllegalArgumentException("leaf " + addedLeaf + ", expected one that the commit adds");
            }
            return secret;
        }

        /** Erases the path secrets; the private keys and the commit secret live on. */
        public void erasePathSecrets() {
            pathSecrets.values().forEach(Secret::erase);
        }
    }

    /**
     * Makes a fresh path for a committer (RFC 9420 §7.5, §12.4.1).
     *
     * @param tree with the commit's proposals applied
     * @param addedLeaves the leaves that the commit adds
     * @param own the committer's keys before the commit
     * @param provisionalContext the encoded provisional GroupContext for the tree with the path merged into it
     */
    public static CreatedPath createPath(
            RatchetTree tree,
            Set<Integer> addedLeaves,
            TreePrivateKeys own,
            LeafMaker leafMaker,
            Function<RatchetTree, byte[]> provisionalContext,
            RandomSource random)
            throws MlsException {
        CipherSuite suite = tree.suite();
        int sender = own.leafIndex();
        List<PathStep> steps = tree.filteredDirectPath(sender);
        Map<Integer, Secret> pathSecrets = new HashMap<>();
        Secret pathSecret = Secret.random(suite.hashBytes(), random);
        for (PathStep step : steps) {
            pathSecrets.put(step.node(), pathSecret);
            pathSecret = suite.deriveSecret(pathSecret, "path");
        }
        Map<Integer, HpkeKeyPair> pairs = new HashMap<>();
        List<Bytes> publicKeys = new ArrayList<>();
        List<HpkeKeyPair> nodeKeys = Batch.map(
                steps, step -> TreePrivateKeys.nodeKey(suite, Objects.requireNonNull(pathSecrets.get(step.node()))));
        for (int i = 0; i < steps.size(); i++) {
            pairs.put(steps.get(i).node(), nodeKeys.get(i));
            publicKeys.add(nodeKeys.get(i).publicKey());
        }
        HpkeKeyPair leafKey = suite.generateKeyPair(random);
        pairs.put(TreeMath.leafNode(sender), leafKey);
        PathMerge merge = PathMerge.of(tree, sender, publicKeys);
        LeafNode leaf = leafMaker.leaf(leafKey.publicKey(), merge.leafParentHash());
        RatchetTree merged = merge.mergedWith(leaf);
        byte[] context = provisionalContext.apply(merged);
        List<UpdatePathNode> nodes = sealed(tree, steps, addedLeaves, publicKeys, pathSecrets, context, random);
        TreePrivateKeys keys = own.with(pairs).prunedTo(merged);
        return new CreatedPath(new UpdatePath(leaf, nodes), merged, keys, pathSecret, pathSecrets, sender);
    }

    /** The nodes of a path: with each key its path secret, encrypted to all who are to know it (RFC 9420 §7.5). */
    private static List<UpdatePathNode> sealed(
            RatchetTree tree,
            List<PathStep> steps,
            Set<Integer> addedLeaves,
            List<Bytes> publicKeys,
            Map<Integer, Secret> pathSecrets,
            byte[] context,
            RandomSource random)
            throws MlsException {
        List<CipherSuite.Sealing> sealings = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        for (PathStep step : steps) {
            Secret secret = Objects.requireNonNull(pathSecrets.get(step.node()));
            for (int node : PathMerge.receivers(tree, step, addedLeaves)) {
                sealings.add(new CipherSuite.Sealing(tree.encryptionKey(node).orElseThrow(), secret));
            }
            ends.add(sealings.size());
        }
        List<HpkeCiphertext> sealed = tree.suite().encryptAllWithLabel(sealings, PATH_LABEL, context, random);
        List<UpdatePathNode> nodes = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < steps.size(); i++) {
            nodes.add(new UpdatePathNode(publicKeys.get(i), sealed.subList(start, ends.get(i))));
            start = ends.get(i);
        }
        return nodes;
    }

    /** What a receiver learned from a path. */
    public record OpenedPath(TreePrivateKeys privateKeys, Secret commitSecret) {}

    /**
     * Decrypts a receiver's path secret and derives what follows from it (RFC 9420 §7.5, §12.4.2).
     *
     * @param tree with the commit's proposals applied, without the path
     * @param merged the same with the path, from {@link PathMerge#verifyAndMerge}
     * @param own the receiver's keys before the commit
     * @param provisionalContext the encoded provisional GroupContext
     * @throws MlsException {@link MlsError#INVALID_PATH_SECRET} when no path secret is meant for this member, {@link
     *     MlsError#DECRYPTION_FAILED}, or {@link MlsError#KEY_MISMATCH} when a derived key is not the one in the path
     */
    public static OpenedPath openPath(
            RatchetTree tree,
            RatchetTree merged,
            int sender,
            UpdatePath path,
            Set<Integer> addedLeaves,
            TreePrivateKeys own,
            byte[] provisionalContext)
            throws MlsException {
        Opened opened = decryptPathSecret(tree, sender, path, addedLeaves, own.prunedTo(tree), provisionalContext);
        Map<Integer, HpkeKeyPair> fresh = new HashMap<>();
        Secret commitSecret;
        try {
            commitSecret = implant(merged, sender, opened.node, opened.pathSecret, fresh);
        } finally {
            opened.pathSecret.erase();
        }
        return new OpenedPath(own.with(fresh).prunedTo(merged), commitSecret);
    }

    private record Opened(int node, Secret pathSecret) {}

    static Secret openPathSecret(
            RatchetTree tree,
            int sender,
            UpdatePath path,
            Set<Integer> addedLeaves,
            TreePrivateKeys own,
            byte[] provisionalContext)
            throws MlsException {
        return decryptPathSecret(tree, sender, path, addedLeaves, own, provisionalContext).pathSecret;
    }

    private static Opened decryptPathSecret(
            RatchetTree tree,
            int sender,
            UpdatePath path,
            Set<Integer> addedLeaves,
            TreePrivateKeys own,
            byte[] provisionalContext)
            throws MlsException {
        List<PathStep> steps = tree.filteredDirectPath(sender);
        int ownNode = TreeMath.leafNode(own.leafIndex());
        for (int i = 0; i < steps.size(); i++) {
            if (!TreeMath.isInSubtree(ownNode, steps.get(i).copathChild())) {
                continue;
            }
            List<Integer> receivers = PathMerge.receivers(tree, steps.get(i), addedLeaves);
            List<HpkeCiphertext> sealed = path.nodes().get(i).encryptedPathSecrets();
            for (int j = 0; j < receivers.size(); j++) {
                Optional<HpkeKeyPair> pair = own.at(receivers.get(j));
                if (pair.isPresent()) {
                    byte[] secret =
                            tree.suite().decryptWithLabel(pair.get(), PATH_LABEL, provisionalContext, sealed.get(j));
                    return new Opened(steps.get(i).node(), sizedSecret(tree.suite(), secret));
                }
            }
        }
        throw new MlsException(
                MlsError.INVALID_PATH_SECRET, "no path secret for leaf " + own.leafIndex() + " (RFC 9420 §7.5)");
    }

    private static Secret sizedSecret(CipherSuite suite, byte[] bytes) throws MlsException {
        Secret secret = Secret.take(bytes);
        if (secret.size() != suite.hashBytes()) {
            secret.erase();
            throw new MlsException(
                    MlsError.INVALID_PATH_SECRET,
                    "a path secret of " + bytes.length + " bytes, expected " + suite.hashBytes());
        }
        return secret;
    }

    /**
     * Derives the key pairs of a committer's path from one node up to the root, checking each against the tree.
     *
     * @param merged the tree with the path in it, in which blank nodes on the committer's path are not part of the path
     * @param pathSecret of the first node; not erased here
     * @param keys receives the key pairs
     * @return the commit secret
     */
    static Secret implant(
            RatchetTree merged, int sender, int firstNode, Secret pathSecret, Map<Integer, HpkeKeyPair> keys)
            throws MlsException {
        CipherSuite suite = merged.suite();
        Secret current = pathSecret.copy();
        for (int node : TreeMath.directPath(TreeMath.leafNode(sender), merged.rootNode())) {
            boolean isBelow = TreeMath.level(node) < TreeMath.level(firstNode);
            Optional<Bytes> expected = merged.encryptionKey(node);
            if (isBelow || (expected.isEmpty() && node != firstNode)) {
                continue;
            }
            HpkeKeyPair pair = TreePrivateKeys.nodeKey(suite, current);
            if (expected.isEmpty() || !expected.get().equals(pair.publicKey())) {
                pair.erase();
                current.erase();
                throw TreePrivateKeys.mismatch(node);
            }
            keys.put(node, pair);
            Secret next = suite.deriveSecret(current, "path");
            current.erase();
            current = next;
        }
        return current;
    }
}
