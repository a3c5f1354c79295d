package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MessageKeys;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * From a message's bytes to what it turned out to be (RFC 9420 §6, §12.1, §12.4.2, §15). The state changes in the last step
 * only, once nothing can fail any more: a key is consumed, a proposal is kept. A commit changes nothing that is stored before it is
 * merged: after a crash it can be processed again.
 */
final class MessageProcessing {
    private static final int NO_LEAF = -1;

    private final GroupState state;
    private final PskLookup psks;

    MessageProcessing(GroupState state, PskLookup psks) {
        this.state = state;
        this.psks = psks;
    }

    Processed process(byte[] bytes) throws MlsException {
        Optional<PendingCommit> pending = state.pending();
        if (pending.isPresent() && pending.get().message().equals(Bytes.wrapUnsafe(bytes))) {
            return new Processed.CommitReceived(new StagedCommit(
                    pending.get().commit(), Optional.of(pending.get().next()), true));
        }
        MlsMessage message = MlsMessage.decode(bytes);
        if (message instanceof MlsMessage.OfPublicMessage received) {
            return processPublic(received.message());
        }
        if (message instanceof MlsMessage.OfPrivateMessage received) {
            return processPrivate(received.message());
        }
        throw new MlsException(
                MlsError.WRONG_MESSAGE_KIND,
                "wire format " + message.wireFormat() + ", expected a PublicMessage or PrivateMessage");
    }

    private Processed processPublic(PublicMessageIn message) throws MlsException {
        if (state.status() == GroupState.Status.JOINING && message.content().content() instanceof Content.OfCommit) {
            throw overtaken(message);
        }
        state.requireActive();
        PublicGroup group = state.publicGroup();
        Bytes signatureKey = group.signatureKeyOf(message.content());
        if (message.content().sender() instanceof Sender.Member) {
            // RFC 9420 §6.2: nobody else has a membership tag.
            requireMembership(message);
        }
        return processHandshake(message.verify(state.suite(), group.context(), signatureKey));
    }

    /**
     * The membership tag comes first, since it is cheap and outsiders cannot make one. Where it is wrong, all the rest is verified
     * before it is said to be that alone: whoever carries a message can have changed its tag.
     */
    private void requireMembership(PublicMessageIn message) throws MlsException {
        PublicGroup group = state.publicGroup();
        try {
            message.verifyMembership(
                    state.suite(), group.context(), state.secrets().membership());
        } catch (MlsException refused) {
            group.verify(message);
            throw refused.asSecretOnly();
        }
    }

    /** A commit that is not the own external one as it was made, verified as far as an outsider can. */
    private MlsException overtaken(PublicMessageIn message) throws MlsException {
        PublicGroup group = state.publicGroup();
        AuthenticatedContent commit =
                message.verify(state.suite(), group.context(), group.signatureKeyOf(message.content()));
        VerifiedCommit own = state.pending().orElseThrow().commit();
        if (commit.content().equals(own.content().content())) {
            // Nobody can follow it: somebody has changed the one thing in it that the signature does not cover.
            return new MlsException(
                            MlsError.INVALID_CONFIRMATION_TAG,
                            "the own external commit came back with another confirmation tag than it was sent with")
                    .asSecretOnly();
        }
        try {
            group.verify(commit);
        } catch (MlsException refused) {
            if (refused.code() != MlsError.UNKNOWN_PROPOSAL) {
                throw refused;
            }
            // A joiner does not get the epoch's proposals. That the commit is by whom it says is what it can know.
        }
        return new MlsException(
                MlsError.JOIN_OVERTAKEN,
                "a commit by " + commit.content().sender() + " came first, join anew in epoch "
                        + Long.toUnsignedString(group.epoch() + 1));
    }

    /** Verifies a handshake whose protection was verified; only a proposal changes anything. */
    private Processed processHandshake(AuthenticatedContent content) throws MlsException {
        VerifiedHandshake handshake = state.publicGroup().verify(content);
        if (handshake instanceof VerifiedCommit commit) {
            return new Processed.CommitReceived(staged(commit));
        }
        VerifiedProposal proposal = (VerifiedProposal) handshake;
        state.acceptProposal(proposal);
        return new Processed.ProposalReceived(
                proposal.ref(), proposal.sender(), proposal.proposal(), proposal.authenticatedData());
    }

    /** Goes on with the secrets, once all that an observer verifies holds. */
    private StagedCommit staged(VerifiedCommit commit) throws MlsException {
        try {
            return CommitStaging.stage(state, commit, psks);
        } catch (MlsException refused) {
            throw refused.asSecretOnly();
        }
    }

    private Processed processPrivate(PrivateMessage message) throws MlsException {
        PublicGroup group = state.publicGroup();
        if (!message.groupId().equals(group.groupId())) {
            throw new MlsException(
                    MlsError.WRONG_GROUP, "group " + message.groupId() + ", expected " + group.groupId());
        }
        int order = Long.compareUnsigned(message.epoch(), group.epoch());
        if (order > 0) {
            throw wrongEpoch(message);
        }
        if (order < 0) {
            return processLate(message);
        }
        if (state.status() == GroupState.Status.JOINING && message.contentType() == Content.COMMIT) {
            throw new MlsException(
                    MlsError.JOIN_OVERTAKEN_UNPROVEN,
                    "an encrypted commit of epoch " + Long.toUnsignedString(group.epoch())
                            + " came first; if the delivery service is trusted with their order, join anew");
        }
        state.requireActive();
        MessageKeys keys = state.messageKeys();
        PrivateMessages.Opened opened = PrivateMessages.open(
                keys, message, leafThatSends(message), leaf -> group.tree().signatureKey(leaf));
        Processed processed = opened.content().content().content() instanceof Content.OfApplication application
                ? applicationMessage(opened, application, group.tree().leaf(opened.senderLeaf()))
                : processHandshake(opened.content());
        if (processed instanceof Processed.CommitReceived) {
            opened.keepKey(keys);
        } else {
            opened.consumeKey(keys);
        }
        return processed;
    }

    /** Whose messages are not to be opened, since its keys are used up by sending: the own, unless this state sends nothing any more. */
    private int leafThatSends(PrivateMessage message) {
        return state.isListenOnly() && message.contentType() == Content.APPLICATION ? NO_LEAF : state.ownLeaf();
    }

    /** See {@link Group#isOfLaterState}. */
    boolean isOfLaterState(byte[] bytes) {
        try {
            state.requireActive();
            PublicGroup group = state.publicGroup();
            if (!(MlsMessage.decode(bytes) instanceof MlsMessage.OfPrivateMessage received)
                    || !received.message().groupId().equals(group.groupId())) {
                return false;
            }
            PrivateMessage message = received.message();
            if (message.epoch() == group.epoch()) {
                return PrivateMessages.isOfLaterState(
                        state.messageKeys(),
                        message,
                        state.ownLeaf(),
                        leaf -> group.tree().signatureKey(leaf));
            }
            Optional<PastEpoch> past = state.past().find(message.epoch());
            return past.isPresent()
                    && PrivateMessages.isOfLaterState(
                            past.get().messageKeys(),
                            message,
                            state.ownLeaf(),
                            leaf -> leafAt(past.get(), leaf).map(LeafNode::signatureKey));
        } catch (MlsException e) {
            return false;
        }
    }

    /** See {@link Group#ownGeneration}. */
    OptionalInt ownGeneration(byte[] bytes) {
        try {
            PublicGroup group = state.publicGroup();
            if (!(MlsMessage.decode(bytes) instanceof MlsMessage.OfPrivateMessage received)
                    || !received.message().groupId().equals(group.groupId())
                    || received.message().contentType() != Content.APPLICATION) {
                return OptionalInt.empty();
            }
            PrivateMessage message = received.message();
            if (message.epoch() == group.epoch()) {
                state.requireActive();
                return PrivateMessages.ownGeneration(state.messageKeys(), message, state.ownLeaf());
            }
            Optional<PastEpoch> past = state.past().find(message.epoch());
            return past.isPresent()
                    ? PrivateMessages.ownGeneration(past.get().messageKeys(), message, state.ownLeaf())
                    : OptionalInt.empty();
        } catch (MlsException e) {
            return OptionalInt.empty();
        }
    }

    /** See {@link Group#keysGivenUpBy}. */
    int keysGivenUpBy(byte[] bytes) {
        try {
            PublicGroup group = state.publicGroup();
            if (!(MlsMessage.decode(bytes) instanceof MlsMessage.OfPrivateMessage received)
                    || !received.message().groupId().equals(group.groupId())) {
                return 0;
            }
            PrivateMessage message = received.message();
            if (message.epoch() == group.epoch()) {
                state.requireActive();
                return PrivateMessages.keysGivenUpBy(state.messageKeys(), message);
            }
            Optional<PastEpoch> past = state.past().find(message.epoch());
            return past.isPresent() ? PrivateMessages.keysGivenUpBy(past.get().messageKeys(), message) : 0;
        } catch (MlsException e) {
            return 0;
        }
    }

    /** An application message of an epoch that is over; handshakes of such an epoch are refused. */
    private Processed processLate(PrivateMessage message) throws MlsException {
        if (message.contentType() != Content.APPLICATION) {
            throw wrongEpoch(message);
        }
        PastEpoch past = state.past()
                .find(message.epoch())
                .orElseThrow(() ->
                        new MlsException(MlsError.EPOCH_CLOSED, "epoch " + Long.toUnsignedString(message.epoch())));
        MessageKeys keys = past.messageKeys();
        PrivateMessages.Opened opened = PrivateMessages.open(
                keys,
                message,
                leafThatSends(message),
                leaf -> leafAt(past, leaf).map(LeafNode::signatureKey));
        Processed processed = applicationMessage(
                opened,
                (Content.OfApplication) opened.content().content().content(),
                leafAt(past, opened.senderLeaf()));
        opened.consumeKey(keys);
        return processed;
    }

    private Optional<LeafNode> leafAt(PastEpoch past, int leaf) {
        // Beyond the epoch's tree there is no ratchet, even if there are leaves by now.
        return leaf < 0 || leaf >= past.leafPlaces()
                ? Optional.empty()
                : state.past().leafAt(past.epoch(), leaf, state.publicGroup().tree());
    }

    private static Processed applicationMessage(
            PrivateMessages.Opened opened, Content.OfApplication application, Optional<LeafNode> sender) {
        LeafNode leaf = sender.orElseThrow(
                () -> new IllegalStateException("leaf " + opened.senderLeaf() + " is blank, expected a member"));
        return new Processed.ApplicationMessage(
                opened.senderLeaf(),
                Member.of(opened.senderLeaf(), leaf),
                opened.content().content().epoch(),
                opened.content().content().authenticatedData(),
                application.data(),
                opened.content().auth().signature());
    }

    /** See {@link Group#groupContext}. */
    Optional<Bytes> groupContext(long epoch) {
        GroupContext present = state.publicGroup().context();
        return epoch == present.epoch()
                ? Optional.of(encoded(present))
                : state.past().find(epoch).map(past -> encoded(past.context()));
    }

    private static Bytes encoded(GroupContext context) {
        return Bytes.wrapUnsafe(context.encode());
    }

    private MlsException wrongEpoch(PrivateMessage message) {
        return new MlsException(
                MlsError.WRONG_EPOCH,
                "epoch " + Long.toUnsignedString(message.epoch()) + ", expected "
                        + Long.toUnsignedString(state.publicGroup().epoch()));
    }
}
