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
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/** Joining by a Welcome (RFC 9420 §12.4.3.1), step by step as the RFC lists them. */
final class Joining {
    private static final String WELCOME_LABEL = "Welcome";

    private final KeyPackageBundle bundle;
    private final GroupEnvironment environment;

    Joining(KeyPackageBundle bundle, GroupEnvironment environment) {
        this.bundle = bundle;
        this.environment = environment;
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
        if (!secrets.psks().isEmpty()) {
            secrets.erase();
            throw new MlsException(MlsError.PSK_UNAVAILABLE, secrets.psks().size() + " pre-shared keys, expected none");
        }
        return secrets;
    }

    private GroupState join(Welcome welcome, GroupSecrets secrets, Optional<byte[]> ratchetTree) throws MlsException {
        CipherSuite suite = bundle.keyPackage().suite();
        Secret noPsk = Secret.zeros(suite.hashBytes());
        byte[] encoded = KeySchedule.openGroupInfo(suite, secrets.joinerSecret(), noPsk, welcome.encryptedGroupInfo());
        GroupInfoIn groupInfo = TlsReader.decode(encoded, GroupInfoIn::readFrom);
        if (groupInfo.groupContext().cipherSuite() != suite.code()) {
            throw new MlsException(
                    MlsError.INVALID_GROUP_INFO,
                    "suite " + groupInfo.groupContext().cipherSuite() + ", expected the KeyPackage's " + suite);
        }
        PublicGroup publicGroup = PublicGroup.of(groupInfo, tree(groupInfo, ratchetTree), environment.authentication());
        int ownLeaf = ownLeaf(publicGroup);
        if (groupInfo.signer() == ownLeaf) {
            throw new MlsException(MlsError.INVALID_GROUP_INFO, "signed by the very member that it welcomes");
        }
        EpochSecrets epochSecrets =
                KeySchedule.epochSecrets(suite, secrets.joinerSecret(), noPsk, publicGroup.context());
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

    private static byte[] tree(GroupInfoIn groupInfo, Optional<byte[]> ratchetTree) throws MlsException {
        Optional<Bytes> inside = Extension.find(groupInfo.extensions(), Extension.RATCHET_TREE);
        if (inside.isPresent()) {
            return inside.get().toByteArray();
        }
        return ratchetTree.orElseThrow(
                () -> new MlsException(MlsError.MISSING_TREE, "neither in the Welcome nor beside it"));
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
