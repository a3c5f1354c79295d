package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.LeafNodeValidation;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreePrivateKeys;

/** Founding a group of one (RFC 9420 §11), in epoch 0. */
final class Founding {
    private Founding() {}

    static GroupState found(
            GroupConfig config, Credential credential, SignatureKeyPair signer, GroupEnvironment environment)
            throws MlsException {
        CipherSuite suite = config.suite();
        HpkeKeyPair leafKey = suite.generateKeyPair(environment.random());
        LeafNode leaf = new LeafNode(
                        leafKey.publicKey(),
                        signer.publicKey(),
                        credential,
                        config.capabilities(),
                        new LeafNodeSource.FromKeyPackage(config.lifetime().orElseGet(environment::leafLifetime)),
                        config.leafExtensions(),
                        Bytes.EMPTY)
                .signed(suite, signer);
        LeafNodeValidation.requireValid(leaf, suite, CredentialEvent.OWN, environment.authentication());
        LeafNodeValidation.requireAcceptableLifetime(leaf, environment.authentication());
        LeafNodeValidation.requireCurrent(leaf, environment.nowEpochSeconds());
        RatchetTree tree = RatchetTree.of(suite, leaf);
        GroupContext context = new GroupContext(
                suite.code(), config.groupId(), 0, tree.hash(), Bytes.EMPTY, config.groupContextExtensions());
        Secret epochSecret = Secret.random(suite.hashBytes(), environment.random());
        EpochSecrets secrets = EpochSecrets.derive(suite, epochSecret);
        epochSecret.erase();
        PublicGroup publicGroup =
                PublicGroup.founded(tree, context, secrets.confirmationTag(Bytes.EMPTY), environment.authentication());
        return GroupState.of(publicGroup, TreePrivateKeys.of(0, leafKey), secrets);
    }
}
