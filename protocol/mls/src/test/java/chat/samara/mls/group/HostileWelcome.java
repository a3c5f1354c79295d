package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The Welcome to a {@link HostileCommit} (RFC 9420 §12.4.3.1), with the tree inside. Any part can be another than it should be, and what follows
 * from it is computed anew: another GroupContext has its own confirmation tag, signature and encryption.
 */
final class HostileWelcome {
    private final HostileMember sender;
    private final HostileCommit.Made commit;
    private final CipherSuite suite;
    private UnaryOperator<GroupContext> context = UnaryOperator.identity();
    private UnaryOperator<Bytes> tree = UnaryOperator.identity();
    private UnaryOperator<List<Extension>> extensions = UnaryOperator.identity();
    private UnaryOperator<Bytes> confirmationTag = UnaryOperator.identity();
    private UnaryOperator<GroupSecrets> groupSecrets = UnaryOperator.identity();
    private UnaryOperator<HpkeCiphertext> sealed = UnaryOperator.identity();
    private UnaryOperator<Welcome> welcome = UnaryOperator.identity();
    private int signerLeaf;
    private SignatureKeyPair signer;

    HostileWelcome(HostileMember sender, HostileCommit.Made commit) {
        this.sender = sender;
        this.commit = commit;
        this.suite = sender.group.publicGroup().suite();
        this.signerLeaf = sender.group.ownLeafIndex();
        this.signer = sender.signer();
    }

    /** Another GroupContext, with the secrets and tag that it leads to. */
    HostileWelcome context(UnaryOperator<GroupContext> change) {
        context = change;
        return this;
    }

    /** Another encoded tree than the one that the GroupContext is of. */
    HostileWelcome tree(UnaryOperator<Bytes> change) {
        tree = change;
        return this;
    }

    HostileWelcome extensions(UnaryOperator<List<Extension>> change) {
        extensions = change;
        return this;
    }

    HostileWelcome confirmationTag(UnaryOperator<Bytes> change) {
        confirmationTag = change;
        return this;
    }

    HostileWelcome groupSecrets(UnaryOperator<GroupSecrets> change) {
        groupSecrets = change;
        return this;
    }

    HostileWelcome sealed(UnaryOperator<HpkeCiphertext> change) {
        sealed = change;
        return this;
    }

    HostileWelcome welcome(UnaryOperator<Welcome> change) {
        welcome = change;
        return this;
    }

    HostileWelcome signedBy(int leaf, SignatureKeyPair key) {
        signerLeaf = leaf;
        signer = key;
        return this;
    }

    byte[] message() throws MlsException {
        GroupContext changed = context.apply(commit.context());
        EpochSecrets secrets =
                KeySchedule.epochSecrets(suite, commit.joinerSecret(), Secret.zeros(suite.hashBytes()), changed);
        Bytes tag = confirmationTag.apply(secrets.confirmationTag(changed.confirmedTranscriptHash()));
        List<Extension> inside = extensions.apply(List.of(new Extension(
                Extension.RATCHET_TREE,
                tree.apply(Bytes.wrapUnsafe(commit.tree().encode())))));
        return message(signed(changed, inside, tag).encode());
    }

    /** By hand: {@link GroupInfo#sign} would not sign for a suite that does not exist. */
    private TlsEncodable signed(GroupContext changed, List<Extension> inside, Bytes tag) {
        TlsEncodable unsigned =
                writer -> writer.struct(changed).vector(inside).opaque(tag).uint32(signerLeaf);
        Bytes signature = suite.signWithLabel(signer, "GroupInfoTBS", unsigned.encode());
        return new GroupInfoIn(changed, inside, tag, signerLeaf, signature);
    }

    /** With any bytes in place of the GroupInfo. */
    byte[] message(byte[] groupInfo) throws MlsException {
        Bytes sealedInfo =
                KeySchedule.sealGroupInfo(suite, commit.joinerSecret(), Secret.zeros(suite.hashBytes()), groupInfo);
        List<EncryptedGroupSecrets> entries = new ArrayList<>();
        for (Map.Entry<Integer, KeyPackageIn> joiner : commit.joiners().entrySet()) {
            Optional<Secret> pathSecret =
                    commit.path().map(path -> path.pathSecretFor(sender.group.ownLeafIndex(), joiner.getKey()));
            GroupSecrets forOne = groupSecrets.apply(new GroupSecrets(commit.joinerSecret(), pathSecret, List.of()));
            HpkeCiphertext ciphertext = suite.encryptWithLabel(
                    joiner.getValue().initKey(), "Welcome", sealedInfo.toByteArray(), forOne.encode(), sender.random());
            entries.add(new EncryptedGroupSecrets(joiner.getValue().ref(), sealed.apply(ciphertext)));
        }
        return new MlsMessage.OfWelcome(welcome.apply(new Welcome(suite.code(), entries, sealedInfo))).encode();
    }
}
