package chat.samara.mls.secrettree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.TreeMath;
import java.util.Optional;
import java.util.Set;

/**
 * The forward-secure exporter of draft-ietf-mls-extensions, "Exported Secrets": one secret for each component of an
 * application and epoch, given once. Unlike RFC 9420 §8.5's exporter, what was given cannot be derived again from the state,
 * and no component can derive another's.
 */
public final class ExporterTree {
    /** Components are numbered by a uint16. */
    public static final int COMPONENTS = 1 << 16;

    private final PuncturableTree secrets;

    /** A tree with nothing in it: until {@link #enter}, or to be filled by {@link #restoreNode}. */
    public ExporterTree(CipherSuite suite) {
        this.secrets = new PuncturableTree(suite, COMPONENTS);
    }

    /** Enters an epoch: the old one's secrets are erased. {@code application_export_secret} is taken, and erased too. */
    public void enter(Secret applicationExportSecret) {
        secrets.startFrom(applicationExportSecret);
    }

    /**
     * The secret of a component in this epoch, KDF.Nh bytes; it is consumed.
     *
     * @param componentId a uint16
     * @throws MlsException {@link MlsError#KEY_CONSUMED} if it was given before in this epoch, or there never was one
     */
    public Secret take(int componentId) throws MlsException {
        if (componentId < 0 || componentId >= COMPONENTS) {
            throw new IllegalArgumentException("component " + componentId + ", expected 0 to 65535");
        }
        int leafNode = TreeMath.leafNode(componentId);
        if (!secrets.holds(leafNode)) {
            throw new MlsException(
                    MlsError.KEY_CONSUMED,
                    String.format(
                            "the exported secret of component 0x%04x, expected one that is asked for once an epoch",
                            componentId));
        }
        return secrets.take(leafNode);
    }

    /** The nodes whose secret was added or erased since the last call. */
    public Set<Integer> drainChanges() {
        return secrets.drainChanges();
    }

    /** A node's secret as it is stored; empty if there is none. */
    public Optional<byte[]> encodeNode(int node) {
        return secrets.encode(node);
    }

    /** Puts back a node's secret. */
    public void restoreNode(int node, byte[] secret) {
        secrets.restore(node, secret);
    }

    /** Overwrites everything. */
    public void erase() {
        secrets.erase();
    }
}
