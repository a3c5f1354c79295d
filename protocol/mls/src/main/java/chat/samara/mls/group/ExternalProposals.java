package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.util.Optional;

/**
 * Proposals from outside a group (RFC 9420 §12.1.8): MLSMessages with a PublicMessage, for its members to commit. They are good
 * for one epoch, and only where the group's authentication service admits their sender. Free of state; callable from any thread.
 */
public final class ExternalProposals {
    private ExternalProposals() {}

    /**
     * A proposal by someone whom the group's {@code external_senders} extension names: a server, say.
     *
     * @param random for the nonce of a pre-shared key (RFC 9420 §8.4)
     * @param group of the present epoch
     * @param senderIndex the sender's place in the extension
     * @param signer with the key that stands there
     * @param nowEpochSeconds a KeyPackage must be within its lifetime
     * @throws MlsException as {@link PublicGroup#verify} would refuse it, {@link MlsError#INVALID_SENDER} for an Update among them;
     *     or {@link MlsError#LIFETIME}
     */
    public static byte[] bySender(
            PublicGroup group,
            int senderIndex,
            SignatureKeyPair signer,
            ProposalDraft draft,
            byte[] authenticatedData,
            long nowEpochSeconds,
            RandomSource random)
            throws MlsException {
        FramedContent content = new FramedContent(
                group.groupId(),
                group.epoch(),
                new Sender.External(senderIndex),
                Bytes.of(authenticatedData),
                new Content.OfProposal(proposal(draft, group.suite(), nowEpochSeconds, random)));
        PublicMessageIn message =
                AuthenticatedContent.signOutside(group.suite(), content, signer).toPublicMessage();
        group.verify(message);
        return new MlsMessage.OfPublicMessage(message).encode();
    }

    /**
     * A would-be member's proposal to be added itself. It need not know more of the group than its id and epoch.
     *
     * @param keyPackage its own, of the group's suite
     * @param signer with the KeyPackage's signature key
     * @throws MlsException {@link MlsError#KEY_MISMATCH} for another's KeyPackage, {@link MlsError#LIFETIME}
     */
    public static byte[] byNewMember(
            Bytes groupId,
            long epoch,
            KeyPackage keyPackage,
            SignatureKeyPair signer,
            byte[] authenticatedData,
            long nowEpochSeconds)
            throws MlsException {
        if (!keyPackage.leafNode().signatureKey().equals(signer.publicKey())) {
            throw new MlsException(MlsError.KEY_MISMATCH, "a signature key that is not the KeyPackage's");
        }
        CipherSuite suite = keyPackage.suite();
        keyPackage.requireCurrent(nowEpochSeconds);
        FramedContent content = new FramedContent(
                groupId,
                epoch,
                new Sender.NewMemberProposal(),
                Bytes.of(authenticatedData),
                new Content.OfProposal(new Proposal.Add(keyPackage.content())));
        return new MlsMessage.OfPublicMessage(
                        AuthenticatedContent.signOutside(suite, content, signer).toPublicMessage())
                .encode();
    }

    private static Proposal proposal(ProposalDraft draft, CipherSuite suite, long nowEpochSeconds, RandomSource random)
            throws MlsException {
        if (draft instanceof ProposalDraft.Add add) {
            add.keyPackage().requireCurrent(nowEpochSeconds);
            return new Proposal.Add(add.keyPackage().content());
        }
        Optional<Proposal> complete = draft.complete();
        if (complete.isPresent()) {
            return complete.get();
        }
        Bytes nonce = Bytes.wrapUnsafe(random.bytes(suite.hashBytes()));
        if (draft instanceof ProposalDraft.ExternalPsk psk) {
            return new Proposal.PreSharedKey(new PreSharedKeyId.External(psk.pskId(), nonce));
        }
        if (draft instanceof ProposalDraft.ResumptionPsk psk) {
            return new Proposal.PreSharedKey(
                    new PreSharedKeyId.Resumption(PreSharedKeyId.USAGE_APPLICATION, psk.groupId(), psk.epoch(), nonce));
        }
        throw new MlsException(
                MlsError.INVALID_SENDER,
                "an Update from outside the group, which only members make (RFC 9420 §12.1.8)");
    }
}
