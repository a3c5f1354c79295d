package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import java.util.List;
import java.util.Map;

/** A ratchet tree as it was received: well-formed, and nothing more is known of it. Immutable. */
public final class RatchetTreeIn {
    private final RatchetTree parsed;

    private RatchetTreeIn(RatchetTree parsed) {
        this.parsed = parsed;
    }

    /**
     * Parses {@code optional<Node> ratchet_tree<V>} (RFC 9420 §12.4.3.3).
     *
     * @throws MlsException {@link MlsError#MALFORMED}, {@link MlsError#INVALID_TREE} for an impossible shape (such as blank
     *     nodes at the end), or {@link MlsError#LIMIT}
     */
    public static RatchetTreeIn decode(CipherSuite suite, byte[] bytes) throws MlsException {
        return new RatchetTreeIn(RatchetTreeCodec.decode(suite, bytes));
    }

    /** Puts together nodes that were stored one by one, see {@link RatchetTree#changesSince}. */
    public static RatchetTreeIn ofNodes(CipherSuite suite, Map<Integer, Bytes> nodes) throws MlsException {
        return new RatchetTreeIn(RatchetTreeCodec.decodeNodes(suite, nodes));
    }

    /** How many leaves it has that are not blank: known before any of them is verified, and so at little cost. */
    public int memberCount() {
        return parsed.memberCount();
    }

    /**
     * Verifies the tree's integrity as a joiner or observer must (RFC 9420 §12.4.3.1).
     *
     * @param expectedHash the {@code tree_hash} of the GroupContext
     * @throws MlsException with the code of the first rule that is broken
     */
    public RatchetTree verify(
            Bytes groupId,
            Bytes expectedHash,
            List<Extension> groupContextExtensions,
            AuthenticationService authentication)
            throws MlsException {
        if (!parsed.hash().equals(expectedHash)) {
            throw new MlsException(
                    MlsError.TREE_HASH_MISMATCH, "tree hash " + parsed.hash() + ", expected " + expectedHash);
        }
        TreeRules.verifyReceived(parsed, groupId, groupContextExtensions, authentication);
        return parsed;
    }

    /** The tree without verification: for one that comes out of this program's own store. */
    public RatchetTree trusted() {
        return parsed;
    }
}
