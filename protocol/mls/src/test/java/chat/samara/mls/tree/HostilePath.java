package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
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
import java.util.function.UnaryOperator;

/**
 * A committer's path (RFC 9420 §7.5) of which each part can be another than it should be, with all that follows from it computed
 * anew: the parent hashes are those of the keys that are sent, and the path secrets are sealed in the context of the tree that
 * results.
 */
public final class HostilePath {
    /** What is encrypted to a node in place of the path secret. */
    @FunctionalInterface
    public interface Sealed {
        byte[] plaintext(int receiverNode, byte[] pathSecret);
    }

    /** What came of it; {@code pathSecrets} by the node that they are of. */
    public record Made(UpdatePath path, RatchetTree tree, Secret commitSecret, Map<Integer, Secret> pathSecrets) {
        /** The secret that a member is told whom this commit adds. */
        public Secret pathSecretFor(int sender, int addedLeaf) {
            Secret secret =
                    pathSecrets.get(TreeMath.commonAncestor(TreeMath.leafNode(sender), TreeMath.leafNode(addedLeaf)));
            if (secret == null) {
                throw new AssertionError("leaf " + addedLeaf + " is not below the path of " + sender);
            }
            return secret;
        }
    }

    private final RatchetTree tree;
    private final int sender;
    private final Set<Integer> excluded;
    private UnaryOperator<List<Bytes>> keys = UnaryOperator.identity();
    private Optional<Bytes> leafKey = Optional.empty();
    private Sealed sealed = (node, secret) -> secret;
    private boolean unrelatedSecrets;

    /**
     * @param excluded the leaves that are not encrypted to
     */
    public HostilePath(RatchetTree tree, int sender, Set<Integer> excluded) {
        this.tree = tree;
        this.sender = sender;
        this.excluded = excluded;
    }

    /** Other public keys than those of the path secrets, leaf to root. */
    public HostilePath keys(UnaryOperator<List<Bytes>> change) {
        keys = change;
        return this;
    }

    /** Another key for the leaf than a fresh one. */
    public HostilePath leafKey(Optional<Bytes> key) {
        leafKey = key;
        return this;
    }

    public HostilePath sealed(Sealed change) {
        sealed = change;
        return this;
    }

    /** Each node has a random secret of its own, with the right key, instead of one that follows from the one below. */
    public HostilePath unrelatedSecrets(boolean unrelated) {
        unrelatedSecrets = unrelated;
        return this;
    }

    public Made make(TreeKem.LeafMaker leafMaker, Function<RatchetTree, byte[]> context, RandomSource random)
            throws MlsException {
        CipherSuite suite = tree.suite();
        List<PathStep> steps = tree.filteredDirectPath(sender);
        Map<Integer, Secret> secrets = new HashMap<>();
        List<Bytes> honest = new ArrayList<>();
        Secret secret = Secret.random(suite.hashBytes(), random);
        for (PathStep step : steps) {
            secrets.put(step.node(), secret);
            honest.add(TreePrivateKeys.nodeKey(suite, secret).publicKey());
            secret = unrelatedSecrets ? Secret.random(suite.hashBytes(), random) : suite.deriveSecret(secret, "path");
        }
        List<Bytes> sent = keys.apply(List.copyOf(honest));
        HpkeKeyPair fresh = suite.generateKeyPair(random);
        PathMerge merge = PathMerge.of(tree, sender, sent);
        LeafNode leaf = leafMaker.leaf(leafKey.orElse(fresh.publicKey()), merge.leafParentHash());
        RatchetTree merged = merge.mergedWith(leaf);
        byte[] encoded = context.apply(merged);
        List<UpdatePathNode> nodes = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            List<HpkeCiphertext> ciphertexts = new ArrayList<>();
            byte[] pathSecret =
                    Objects.requireNonNull(secrets.get(steps.get(i).node())).reveal();
            for (int receiver : PathMerge.receivers(tree, steps.get(i), excluded)) {
                Bytes key = tree.encryptionKey(receiver).orElseThrow();
                byte[] plaintext = sealed.plaintext(receiver, pathSecret);
                ciphertexts.add(suite.encryptWithLabel(key, "UpdatePathNode", encoded, plaintext, random));
            }
            nodes.add(new UpdatePathNode(sent.get(i), ciphertexts));
        }
        return new Made(new UpdatePath(leaf, nodes), merged, secret, secrets);
    }
}
