package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import chat.samara.mls.welcome.GroupInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Commits of a true member that every observer finds in order, and that some or all of the other members cannot process. In this package, since
 * it takes what no application is given.
 */
public final class Sabotage {
    private Sabotage() {}

    /** What is wrong with a commit. */
    public enum Fault {
        CONFIRMATION_TAG,
        MEMBERSHIP_TAG,
        /** No path secret opens. */
        ALL_PATH_SECRETS,
        /** The path secret for those nearest to the committer does not open; all others' do. */
        SOME_PATH_SECRETS,
        /** All can process it; but who returns by its GroupInfo returns into nothing. */
        EXTERNAL_PUB,
        /** Both at once: who is thrown out returns into nothing, and looks like a cheat to those who are in. */
        SOME_PATH_SECRETS_AND_EXTERNAL_PUB
    }

    /**
     * A commit that renews the member's keys, with the GroupInfo that belongs to it; the group itself stays as it is.
     *
     * @param member a copy of the member's group
     */
    public static CommitBundle commit(
            Group member, SignatureKeyPair signer, Bytes authenticatedData, Fault fault, RandomSource random)
            throws MlsException {
        GroupState state = member.state();
        PublicGroup group = member.publicGroup();
        CipherSuite suite = group.suite();
        AppliedProposals applied = group.commitProposals().apply(member.ownLeafIndex(), List.of());
        TreeKem.CreatedPath created = TreeKem.createPath(
                applied.tree(),
                Set.of(),
                state.keysFor(applied.tree()),
                (key, parentHash) ->
                        leaf(state, key, parentHash).signed(suite, signer, group.groupId(), state.ownLeaf()),
                merged -> group.provisionalContext(merged, applied.extensions()).encode(),
                random);
        AuthenticatedContent signed = AuthenticatedContent.sign(
                suite,
                WireFormat.PUBLIC_MESSAGE,
                new FramedContent(
                        group.groupId(),
                        group.epoch(),
                        new Sender.Member(state.ownLeaf()),
                        authenticatedData,
                        new Content.OfCommit(new Commit(List.of(), Optional.of(garbled(created.path(), fault))))),
                group.context(),
                signer);
        GroupContext context = group.nextContext(created.tree(), applied.extensions(), signed);
        Secret joiner = KeySchedule.joinerSecret(suite, state.secrets().init().copy(), created.commitSecret(), context);
        EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, Secret.zeros(suite.hashBytes()), context);
        Bytes tag = secrets.confirmationTag(context.confirmedTranscriptHash());
        Bytes shown = fault == Fault.CONFIRMATION_TAG ? otherThan(tag) : tag;
        byte[] message = new MlsMessage.OfPublicMessage(signed.withConfirmationTag(shown)
                        .toPublicMessage(suite, group.context(), state.secrets().membership()))
                .encode();
        if (fault == Fault.MEMBERSHIP_TAG) {
            message[message.length - 1] ^= 1;
        }
        Bytes externalPub = fault == Fault.EXTERNAL_PUB || fault == Fault.SOME_PATH_SECRETS_AND_EXTERNAL_PUB
                ? suite.generateKeyPair(random).publicKey()
                : secrets.externalPublicKey();
        GroupInfo groupInfo =
                GroupInfo.sign(context, List.of(ExternalPub.toExtension(externalPub)), shown, state.ownLeaf(), signer);
        return new CommitBundle(
                Bytes.of(message),
                Optional.empty(),
                CommitAssembly.encode(groupInfo),
                group.after(created.tree(), context, Optional.empty(), shown));
    }

    private static LeafNode leaf(GroupState state, Bytes key, Bytes parentHash) {
        LeafNode old = state.ownLeafNode();
        return new LeafNode(
                key,
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                new LeafNodeSource.FromCommit(parentHash),
                old.extensions(),
                Bytes.EMPTY);
    }

    private static UpdatePath garbled(UpdatePath path, Fault fault) {
        int nodes = switch (fault) {
            case ALL_PATH_SECRETS -> path.nodes().size();
            case SOME_PATH_SECRETS, SOME_PATH_SECRETS_AND_EXTERNAL_PUB -> 1;
            case CONFIRMATION_TAG, MEMBERSHIP_TAG, EXTERNAL_PUB -> 0;
        };
        List<UpdatePathNode> changed = new ArrayList<>(path.nodes());
        for (int i = 0; i < nodes; i++) {
            List<HpkeCiphertext> sealed = new ArrayList<>();
            for (HpkeCiphertext each : path.nodes().get(i).encryptedPathSecrets()) {
                sealed.add(new HpkeCiphertext(each.kemOutput(), otherThan(each.ciphertext())));
            }
            changed.set(i, new UpdatePathNode(path.nodes().get(i).encryptionKey(), sealed));
        }
        return new UpdatePath(path.leafNode(), changed);
    }

    private static Bytes otherThan(Bytes bytes) {
        byte[] other = bytes.toByteArray();
        other[0] ^= 1;
        return Bytes.of(other);
    }
}
