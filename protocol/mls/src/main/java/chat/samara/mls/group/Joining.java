package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Joining by a Welcome (RFC 9420 §12.4.3.1), step by step as the RFC lists them. */
final class Joining {
    private static final String WELCOME_LABEL = "Welcome";

    private final KeyPackageBundle bundle;
    private final GroupEnvironment environment;
    private final Optional<Linkage> linkage;

    /**
     * @param linkage to the group that the new one must follow from; none for a group that stands by itself
     */
    Joining(KeyPackageBundle bundle, GroupEnvironment environment, Optional<Linkage> linkage) {
        this.bundle = bundle;
        this.environment = environment;
        this.linkage = linkage;
    }

    GroupState join(byte[] welcomeMessage, SignatureKeyPair signer, Optional<byte[]> ratchetTree) throws MlsException {
        if (!signer.publicKey().equals(bundle.keyPackage().leafNode().signatureKey())) {
            throw new MlsException(MlsError.KEY_MISMATCH, "a signature key that is not the KeyPackage's");
        }
        Welcome welcome = MlsMessage.decode(welcomeMessage).requireWelcome();
        GroupSecrets secrets = groupSecrets(welcome);
        try {
            return join(welcome, secrets, ratchetTree);
        } finally {
            secrets.erase();
        }
    }

    private GroupSecrets groupSecrets(Welcome welcome) throws MlsException {
        CipherSuite suite = bundle.keyPackage().suite();
        if (welcome.cipherSuite() != suite.code()) {
            throw new MlsException(
                    MlsError.INVALID_WELCOME,
                    "suite " + welcome.cipherSuite() + ", expected the KeyPackage's " + suite);
        }
        EncryptedGroupSecrets encrypted = welcome.secretsFor(bundle.ref())
                .orElseThrow(() -> new MlsException(MlsError.NOT_WELCOME, "no secrets for KeyPackage " + bundle.ref()));
        byte[] opened = suite.decryptWithLabel(
                bundle.initKeyPair(),
                WELCOME_LABEL,
                welcome.encryptedGroupInfo().arrayUnsafe(),
                encrypted.encryptedGroupSecrets());
        GroupSecrets secrets = TlsReader.decode(opened, GroupSecrets::readFrom);
        Arrays.fill(opened, (byte) 0);
        boolean sizes = secrets.joinerSecret().size() == suite.hashBytes()
                && secrets.pathSecret().map(Secret::size).orElse(suite.hashBytes()) == suite.hashBytes();
        if (!sizes) {
            secrets.erase();
            throw new MlsException(
                    MlsError.INVALID_WELCOME, "secrets of other sizes, expected " + suite.hashBytes() + " bytes");
        }
        return secrets;
    }

    private GroupState join(Welcome welcome, GroupSecrets secrets, Optional<byte[]> ratchetTree) throws MlsException {
        CipherSuite suite = bundle.keyPackage().suite();
        requireValid(secrets.psks());
        PskLookup lookup = linkage.map(link -> link.psks(environment.preSharedKeys()))
                .orElseGet(() -> new PskLookup(environment.preSharedKeys()));
        Secret pskSecret = lookup.combined(suite, secrets.psks());
        try {
            return join(welcome, secrets, pskSecret, ratchetTree);
        } finally {
            pskSecret.erase();
        }
    }

    /**
     * RFC 9420 §8.4, §12.2, §12.4.3.1: as in the commit's list, which the Welcome repeats. One that links the group to another is
     * there exactly if the group is joined as such, and only once.
     */
    private void requireValid(List<PreSharedKeyId> ids) throws MlsException {
        int nonceBytes = bundle.keyPackage().suite().hashBytes();
        int links = 0;
        for (PreSharedKeyId id : ids) {
            if (id.nonce().size() != nonceBytes) {
                throw invalid("a PSK nonce of " + id.nonce().size() + " bytes, expected " + nonceBytes);
            }
            if (id instanceof PreSharedKeyId.Resumption resumption && resumption.isLink()) {
                links++;
                if (linkage.isEmpty()) {
                    throw invalid("a resumption PSK of usage " + resumption.usage()
                            + ", expected none but where a successor or a branch is joined");
                }
                linkage.get().requirePsk(resumption);
            }
        }
        if (links != (linkage.isPresent() ? 1 : 0)) {
            throw invalid(links + " PSKs of a re-initialization or branch, expected one");
        }
        if (new HashSet<>(ids).size() != ids.size()) {
            throw invalid("one PSK twice among " + ids.size());
        }
    }

    private static MlsException invalid(String detail) {
        return new MlsException(MlsError.INVALID_WELCOME, detail + " (RFC 9420 §12.4.3.1)");
    }

    private GroupState join(Welcome welcome, GroupSecrets secrets, Secret pskSecret, Optional<byte[]> ratchetTree)
            throws MlsException {
        CipherSuite suite = bundle.keyPackage().suite();
        byte[] encoded =
                KeySchedule.openGroupInfo(suite, secrets.joinerSecret(), pskSecret, welcome.encryptedGroupInfo());
        GroupInfoIn groupInfo = TlsReader.decode(encoded, GroupInfoIn::readFrom);
        if (groupInfo.groupContext().cipherSuite() != suite.code()) {
            throw new MlsException(
                    MlsError.INVALID_GROUP_INFO,
                    "suite " + groupInfo.groupContext().cipherSuite() + ", expected the KeyPackage's " + suite);
        }
        environment.requireNewGroup(groupInfo.groupContext().groupId());
        PublicGroup publicGroup = PublicGroup.of(groupInfo, tree(groupInfo, ratchetTree), environment.authentication());
        if (linkage.isPresent()) {
            linkage.get().requireFollows(publicGroup, environment.authentication());
        }
        int ownLeaf = ownLeaf(publicGroup);
        if (groupInfo.signer() == ownLeaf) {
            throw new MlsException(MlsError.INVALID_GROUP_INFO, "signed by the very member that it welcomes");
        }
        EpochSecrets epochSecrets =
                KeySchedule.epochSecrets(suite, secrets.joinerSecret(), pskSecret, publicGroup.context());
        if (!epochSecrets.verifyConfirmationTag(
                publicGroup.context().confirmedTranscriptHash(), publicGroup.confirmationTag())) {
            epochSecrets.erase();
            throw new MlsException(MlsError.INVALID_CONFIRMATION_TAG, "of the GroupInfo in a Welcome");
        }
        TreePrivateKeys keys = TreePrivateKeys.joined(
                publicGroup.tree(),
                ownLeaf,
                bundle.encryptionKeyPair().copy(),
                groupInfo.signer(),
                secrets.pathSecret());
        return GroupState.of(publicGroup, keys, epochSecrets);
    }

    static byte[] tree(GroupInfoIn groupInfo, Optional<byte[]> ratchetTree) throws MlsException {
        Optional<Bytes> inside = Extension.find(groupInfo.extensions(), Extension.RATCHET_TREE);
        if (inside.isPresent()) {
            return inside.get().toByteArray();
        }
        return ratchetTree.orElseThrow(
                () -> new MlsException(MlsError.MISSING_TREE, "neither in the GroupInfo nor beside it"));
    }

    /** The leaf that is identical to the KeyPackage's. */
    private int ownLeaf(PublicGroup publicGroup) throws MlsException {
        OptionalInt leaf = publicGroup
                .tree()
                .leafWithSignatureKey(bundle.keyPackage().leafNode().signatureKey());
        if (leaf.isEmpty()
                || !publicGroup
                        .tree()
                        .leaf(leaf.getAsInt())
                        .equals(Optional.of(bundle.keyPackage().leafNode()))) {
            throw new MlsException(MlsError.INVALID_WELCOME, "no leaf in the tree is that of the KeyPackage");
        }
        return leaf.getAsInt();
    }
}
