package chat.samara.mls.secrettree;

import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.TreeMath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A tree of secrets of which each leaf's can be taken once (RFC 9420 §9, §9.2). It starts as one secret at the root; taking a
 * leaf's splits the secrets on the way down to it, which are erased, leaving their siblings. So it holds about as many
 * secrets as leaves were taken times its height, and nothing that a taken one could be derived from.
 *
 * <p>Nodes whose secret has changed since the last {@link #drainChanges} are remembered, for storage node by node.
 */
final class PuncturableTree {
    private static final byte[] LEFT = {'l', 'e', 'f', 't'};
    private static final byte[] RIGHT = {'r', 'i', 'g', 'h', 't'};

    private final CipherSuite suite;
    private final int root;
    private final SortedMap<Integer, Secret> nodes = new TreeMap<>();
    private final Set<Integer> changed = new HashSet<>();

    /**
     * A tree with nothing in it yet.
     *
     * @param leafPlaces a power of two
     */
    PuncturableTree(CipherSuite suite, int leafPlaces) {
        this.suite = suite;
        this.root = TreeMath.root(leafPlaces);
    }

    /** Starts again from another secret at the root, which is taken: what is held is erased, and so is the argument. */
    void startFrom(Secret rootSecret) {
        erase();
        nodes.put(root, rootSecret.copy());
        rootSecret.erase();
        changed.add(root);
    }

    /** Puts back a node's secret as {@link #encode} gave it. */
    void restore(int node, byte[] secret) {
        nodes.put(node, Secret.copyOf(secret));
    }

    /** Whether the leaf's secret can still be derived. */
    boolean holds(int leafNode) {
        for (int node = leafNode; node != root; node = TreeMath.parent(node)) {
            if (nodes.containsKey(node)) {
                return true;
            }
        }
        return nodes.containsKey(root);
    }

    /** A leaf's secret, derived without changing anything; the caller erases it. */
    Secret look(int leafNode) {
        List<Integer> path = pathFromHeld(leafNode);
        Secret at = held(path.get(0)).copy();
        for (int i = 1; i < path.size(); i++) {
            Secret below = childSecret(at, path.get(i - 1), path.get(i));
            at.erase();
            at = below;
        }
        return at;
    }

    /** A leaf's secret, all on the way to it being erased and their siblings kept; the caller erases it. */
    Secret take(int leafNode) {
        List<Integer> path = pathFromHeld(leafNode);
        Secret at = held(path.get(0));
        nodes.remove(path.get(0));
        changed.add(path.get(0));
        for (int i = 1; i < path.size(); i++) {
            int parent = path.get(i - 1);
            int sibling = TreeMath.sibling(path.get(i));
            nodes.put(sibling, childSecret(at, parent, sibling));
            changed.add(sibling);
            Secret below = childSecret(at, parent, path.get(i));
            at.erase();
            at = below;
        }
        return at;
    }

    /** A node's secret as it is stored; empty if there is none. */
    Optional<byte[]> encode(int node) {
        return Optional.ofNullable(nodes.get(node))
                .map(secret -> secret.reveal().clone());
    }

    /** The nodes whose secret was added or erased since the last call. */
    Set<Integer> drainChanges() {
        Set<Integer> drained = Set.copyOf(changed);
        changed.clear();
        return drained;
    }

    /** How many secrets are held. */
    int size() {
        return nodes.size();
    }

    /** Overwrites everything. */
    void erase() {
        nodes.forEach((node, secret) -> {
            secret.erase();
            changed.add(node);
        });
        nodes.clear();
    }

    /** The nodes from the lowest one whose secret is held down to the leaf, both included. */
    private List<Integer> pathFromHeld(int leafNode) {
        List<Integer> path = new ArrayList<>();
        int node = leafNode;
        path.add(node);
        while (!nodes.containsKey(node)) {
            if (node == root) {
                throw new IllegalStateException(
                        "no secret above leaf node " + leafNode + ", expected one in this tree");
            }
            node = TreeMath.parent(node);
            path.add(node);
        }
        Collections.reverse(path);
        return path;
    }

    private Secret held(int node) {
        Secret secret = nodes.get(node);
        if (secret == null) {
            throw new IllegalStateException("no secret at node " + node + ", expected one");
        }
        return secret;
    }

    private Secret childSecret(Secret parentSecret, int parent, int child) {
        byte[] side = child == TreeMath.left(parent) ? LEFT : RIGHT;
        return suite.expandWithLabel(parentSecret, "tree", side, suite.hashBytes());
    }
}
