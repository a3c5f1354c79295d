package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.tree.RatchetTree;
import java.util.HashMap;
import java.util.Map;

/**
 * The signature key pairs of this member: that of its leaf, and while a change of it waits for the log, the next one. Which of them is
 * the leaf's, the group's state says. Confined to the group's thread.
 */
final class OwnSigners {
    private final GroupState state;
    private final Map<Bytes, SignatureKeyPair> byPublicKey = new HashMap<>();

    OwnSigners(GroupState state, Iterable<SignatureKeyPair> pairs) {
        this.state = state;
        pairs.forEach(this::add);
    }

    void add(SignatureKeyPair pair) {
        byPublicKey.put(pair.publicKey(), pair);
    }

    /** That of the own leaf in the present epoch. */
    SignatureKeyPair current() {
        // Of the tree and not of the leaf, which would be parsed for every message.
        RatchetTree tree = state.publicGroup().tree();
        Bytes publicKey = tree.signatureKey(state.ownLeaf()).orElseThrow();
        SignatureKeyPair pair = byPublicKey.get(publicKey);
        if (pair == null) {
            throw new IllegalStateException(
                    "no private key for signature key " + publicKey + ", expected the leaf's own");
        }
        return pair;
    }

    /** Refuses to go on as a leaf whose private key is not at hand, with {@link MlsError#KEY_MISMATCH}. */
    void require(Bytes publicKey) throws MlsException {
        if (!byPublicKey.containsKey(publicKey)) {
            throw new MlsException(
                    MlsError.KEY_MISMATCH,
                    "the member's signature key " + publicKey + " is not among the key pairs that the group was given");
        }
    }
}
