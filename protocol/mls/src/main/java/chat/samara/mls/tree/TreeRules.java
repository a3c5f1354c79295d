package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.crypto.Batch;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rules that a whole tree has to meet: all of them when it is received (RFC 9420 §12.4.3.1), and after a commit those
 * that a change can break, which the tree answers without a visit to every leaf.
 */
public final class TreeRules {
    private TreeRules() {}

    /**
     * Verifies a tree from outside. Costs O(n) signature verifications, which are done on the cores there are ({@link Batch}).
     *
     * @param groupContextExtensions what the group's parameters demand of each member
     */
    static void verifyReceived(
            RatchetTree tree,
            Bytes groupId,
            List<Extension> groupContextExtensions,
            AuthenticationService authentication)
            throws MlsException {
        checkUnmergedLeaves(tree.subtree(tree.rootNode()), LeafSet.EMPTY);
        checkMembers(tree, groupContextExtensions);
        ParentHashes.verifyAll(tree.suite(), tree.subtree(tree.rootNode()));
        checkParentKeys(tree.suite(), tree.subtree(tree.rootNode()));
        checkLeaves(tree, groupId, authentication);
    }

    /**
     * What must hold among the members after every commit (RFC 9420 §7.3, §11.1, §12.2, §13.4): keys are unique, every
     * credential type in use and everything the group demands is supported by all.
     */
    public static void checkMembers(RatchetTree tree, List<Extension> groupContextExtensions) throws MlsException {
        if (tree.hasDuplicateSignatureKeys()) {
            throw new MlsException(MlsError.DUPLICATE_KEY, "two members have one signature key (RFC 9420 §7.3)");
        }
        if (tree.hasDuplicateEncryptionKeys()) {
            throw new MlsException(
                    MlsError.DUPLICATE_KEY, "two nodes have one encryption key (RFC 9420 §7.3, §12.4.3.1)");
        }
        for (int type : tree.census().credentialTypesInUse().toArray()) {
            if (!tree.census().allListCredential(type)) {
                throw new MlsException(
                        MlsError.UNSUPPORTED_CREDENTIAL,
                        "credential type " + type + " is in use, but not every member lists it (RFC 9420 §7.3)");
            }
        }
        checkDemands(tree.census(), groupContextExtensions);
    }

    /**
     * What a leaf must meet that replaces another one of the same member, by an Update or a Commit (RFC 9420 §7.3, §5.3.1):
     * a different encryption key, and a credential that may follow the old one.
     */
    public static void checkReplacement(LeafNode old, LeafNode fresh, AuthenticationService authentication)
            throws MlsException {
        if (fresh.encryptionKey().equals(old.encryptionKey())) {
            throw new MlsException(
                    MlsError.INVALID_LEAF_NODE,
                    "the encryption key of the leaf that is replaced, expected a new one (RFC 9420 §7.3)");
        }
        if (!authentication.acceptsSuccessor(old.credential(), fresh.credential())) {
            throw new MlsException(
                    MlsError.CREDENTIAL_REJECTED, "the new credential may not follow the old one (RFC 9420 §5.3.1)");
        }
    }

    private static void checkDemands(Census census, List<Extension> groupContextExtensions) throws MlsException {
        for (Extension extension : groupContextExtensions) {
            requireExtension(census, extension.type());
        }
        Optional<AppDataDictionary> appData = AppDataDictionary.inGroupContext(groupContextExtensions);
        if (appData.isPresent()) {
            for (int componentId : appData.get().listed()) {
                if (!census.allListComponent(componentId)) {
                    throw unsupported("component", componentId);
                }
            }
        }
        Optional<RequiredCapabilities> required = RequiredCapabilities.in(groupContextExtensions);
        if (required.isEmpty()) {
            return;
        }
        for (int type : required.get().extensions()) {
            requireExtension(census, type);
        }
        for (int type : required.get().proposals()) {
            requireProposal(census, type);
        }
        for (int type : required.get().credentials()) {
            if (!census.allListCredential(type)) {
                throw unsupported("credential type", type);
            }
        }
    }

    private static void requireExtension(Census census, int type) throws MlsException {
        if (!Extension.isDefaultType(type) && !census.allListExtension(type)) {
            throw unsupported("extension type", type);
        }
    }

    private static void requireProposal(Census census, int type) throws MlsException {
        if (!Capabilities.isDefaultProposal(type) && !census.allListProposal(type)) {
            throw unsupported("proposal type", type);
        }
    }

    private static MlsException unsupported(String what, int type) {
        return new MlsException(
                MlsError.UNSUPPORTED_EXTENSION,
                String.format("%s 0x%04x, expected every member to support it (RFC 9420 §11.1, §13.4)", what, type));
    }

    /**
     * RFC 9420 §12.4.3.1: an unmerged leaf is a non-blank descendant, and every non-blank node between lists it, too.
     *
     * @param required the unmerged leaves of the next non-blank node above
     */
    static void checkUnmergedLeaves(Subtree at, LeafSet required) throws MlsException {
        LeafSet here = required.under(at.node);
        if (at.members() == 0) {
            if (!here.isEmpty()) {
                throw invalid("leaves " + here + " are unmerged and blank");
            }
            return;
        }
        if (TreeMath.isLeaf(at.node)) {
            return;
        }
        Optional<ParentNode> parent = at.parentNode();
        if (parent.isPresent()) {
            LeafSet unmerged = parent.get().unmergedLeaves();
            if (unmerged.under(at.node).size() != unmerged.size()) {
                throw invalid("node " + at.node + " lists unmerged leaves that are not below it");
            }
            if (!here.without(unmerged).isEmpty()) {
                throw invalid("node " + at.node + " does not list leaves that are unmerged above it");
            }
            if (unmerged.size() >= at.members()) {
                throw invalid("node " + at.node + " has no merged leaf, so nobody can have set its key");
            }
            here = unmerged;
        }
        checkUnmergedLeaves(at.left(), here);
        checkUnmergedLeaves(at.right(), here);
    }

    private static void checkParentKeys(CipherSuite suite, Subtree at) throws MlsException {
        if (at.members() == 0 || TreeMath.isLeaf(at.node)) {
            return;
        }
        Optional<ParentNode> parent = at.parentNode();
        if (parent.isPresent()) {
            suite.requireValidHpkeKey(parent.get().encryptionKey());
        }
        checkParentKeys(suite, at.left());
        checkParentKeys(suite, at.right());
    }

    /** RFC 9420 §7.3 for each leaf by itself. The application is asked on the caller's thread, before any signature. */
    private static void checkLeaves(RatchetTree tree, Bytes groupId, AuthenticationService authentication)
            throws MlsException {
        List<PlacedLeaf> leaves = new ArrayList<>(tree.memberCount());
        tree.forEachLeaf((leaf, index) -> leaves.add(new PlacedLeaf(leaf, index)));
        for (PlacedLeaf placed : leaves) {
            LeafNodeValidation.requireValid(placed.leaf, tree.suite(), CredentialEvent.GROUP, authentication);
            LeafNodeValidation.requireAcceptableLifetime(placed.leaf, authentication);
        }
        Batch.forEach(leaves, placed -> placed.leaf.verifySignature(tree.suite(), groupId, placed.index));
    }

    private record PlacedLeaf(LeafNode leaf, int index) {}

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_TREE, detail + " (RFC 9420 §12.4.3.1)");
    }
}
