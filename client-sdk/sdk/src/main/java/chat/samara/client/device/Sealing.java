package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableDetail.Code;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.ReceivedContent;
import chat.samara.client.stored.StoredProof;
import chat.samara.client.stored.StoredSaid;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.Processed;
import chat.samara.mls.group.SignedMessage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;
import java.util.Optional;

/** Between content and the payload of an APPLICATION record: the group's encryption, and the context that binds both to the log. */
final class Sealing {
    private Sealing() {}

    /** What came of a record. */
    sealed interface Opened {
        /**
         * It is what it claims to be.
         *
         * @param id what it is called inside: who sent it, under which key
         * @param message as it was signed, in its epoch
         * @param groupContext of that epoch; empty where that is closed
         */
        record Read(
                UserId sender,
                MessageId id,
                Processed.ApplicationMessage message,
                Optional<Bytes> groupContext,
                ReceivedContent content,
                MessageContext context)
                implements Opened {
            long epoch() {
                return message.epoch();
            }

            /** What its row keeps, with what proves it. */
            StoredSaid said(Turn turn, LiveChannel channel) {
                return SaidRows.of(
                        message.plaintext(),
                        ProofRows.keep(
                                turn,
                                channel,
                                groupContext,
                                message.epoch(),
                                new ProofRows.Signed(message.signature(), context),
                                message.sender()));
            }
        }

        /**
         * It cannot be read.
         *
         * @param consumed whether its key was used up all the same
         * @param inside the genuine message that came under a wrong label. Its key is used up, so it is not to be had again.
         */
        record NotRead(UnreadableReason reason, UnreadableDetail detail, boolean consumed, Optional<Read> inside)
                implements Opened {}
    }

    /** The idempotency key that a content gives itself. */
    static IdempotencyKey keyOf(ComposedContent content) {
        return Franking.idempotencyKey(Franking.tag(content.frankingKey(), content.body()));
    }

    /** A payload, and what proves it. */
    record Sealed(Bytes payload, Optional<StoredProof> proof) {}

    /** Encrypts an own message in the group's present epoch, by a device that has the log as far as it has read it here. */
    static Sealed seal(Turn turn, LiveChannel channel, Group group, StoredSaid said) throws MlsException {
        ComposedContent content = SaidRows.composed(said);
        MessageContext context =
                MessageContext.of(Franking.tag(content.frankingKey(), content.body()), channel.position());
        SignedMessage signed = group.protectSigned(
                SaidRows.applicationData(said).toByteArray(), context.encode().toByteArray());
        Member author = group.publicGroup().member(signed.senderLeaf()).orElseThrow();
        Optional<StoredProof> proof = ProofRows.keep(
                turn,
                channel,
                group.groupContext(group.epoch()),
                group.epoch(),
                new ProofRows.Signed(signed.signature(), context),
                author);
        return new Sealed(signed.message(), proof);
    }

    /**
     * Opens a record of another device; whether its context agrees with the own log is for the caller to check.
     *
     * @param joinedEpoch the first epoch of which this group has secrets
     */
    static Opened open(Group group, long joinedEpoch, Record record) {
        if (record.epoch() < joinedEpoch) {
            return joinedLater(record, joinedEpoch);
        }
        if (record.epoch() > GroupVault.lastReadable(group)) {
            return notRead(
                    UnreadableReason.EPOCH_AHEAD,
                    UnreadableDetail.of(Code.EPOCH_NOT_REACHED, record.epoch(), GroupVault.lastReadable(group)),
                    false);
        }
        Optional<PayloadForm.Problem> problem = PayloadForm.problem(record);
        if (problem.isPresent()) {
            return notRead(problem.get().reason(), problem.get().detail(), false);
        }
        Processed processed;
        try {
            processed = group.process(record.payload().toByteArray());
        } catch (MlsException e) {
            return notRead(reasonOf(e), PayloadForm.mls(e), false);
        }
        if (!(processed instanceof Processed.ApplicationMessage message)) {
            return notRead(UnreadableReason.RELABELLED, UnreadableDetail.of(Code.NOT_OF_ITS_KIND, record.kind()), true);
        }
        return check(message, group.groupContext(message.epoch()), record);
    }

    /**
     * Of a record for which there are no keys: all epochs of the group that this device had, up to the last one, are closed, or it had none.
     *
     * @param joinedEpoch the first epoch in which this device was in the channel
     */
    static Opened closed(Record record, long joinedEpoch, long lastEpoch) {
        if (record.epoch() < joinedEpoch) {
            return joinedLater(record, joinedEpoch);
        }
        return record.epoch() > lastEpoch
                ? notRead(
                        UnreadableReason.EPOCH_AHEAD,
                        UnreadableDetail.of(Code.EPOCH_NOT_REACHED, record.epoch(), lastEpoch),
                        false)
                : notRead(UnreadableReason.EPOCH_EXPIRED, UnreadableDetail.of(Code.MLS, MlsError.EPOCH_CLOSED), false);
    }

    private static Opened joinedLater(Record record, long joinedEpoch) {
        return notRead(
                UnreadableReason.JOINED_LATER,
                UnreadableDetail.of(Code.SENT_BEFORE_JOINING, record.epoch(), joinedEpoch),
                false);
    }

    private static Opened check(Processed.ApplicationMessage message, Optional<Bytes> groupContext, Record record) {
        ChannelMember sender = Rosters.of(message.sender());
        Opened inside = inside(sender, message, groupContext);
        if (!(inside instanceof Opened.Read read)) {
            return inside;
        }
        if (record.device().isEmpty() || !record.device().get().equals(sender.device())) {
            return relabelled(read, UnreadableDetail.of(Code.OTHER_DEVICE, sender.userDevice()));
        }
        if (message.epoch() != record.epoch()) {
            return relabelled(read, UnreadableDetail.of(Code.OTHER_EPOCH, record.epoch(), message.epoch()));
        }
        if (!read.id().key().equals(record.idempotencyKey())) {
            return relabelled(
                    read,
                    UnreadableDetail.of(
                            Code.OTHER_KEY, record.idempotencyKey(), read.id().key()));
        }
        return read;
    }

    /** What the message says, whatever the record around it is called. */
    private static Opened inside(
            ChannelMember sender, Processed.ApplicationMessage message, Optional<Bytes> groupContext) {
        MessageContext context;
        try {
            context = MessageContext.decode(message.authenticatedData());
        } catch (RefusedException e) {
            return notRead(UnreadableReason.CONTEXT_INVALID, PayloadForm.malformed(e), true);
        }
        try {
            ReceivedContent content = ContentCodec.open(message.plaintext().toByteArray());
            if (!Franking.fits(context.frankingTag(), content.frankingKey(), content.body())) {
                return notRead(UnreadableReason.CONTENT_INVALID, UnreadableDetail.of(Code.OTHER_TAG), true);
            }
            MessageId id = new MessageId(sender.device(), context.idempotencyKey());
            return new Opened.Read(sender.user(), id, message, groupContext, content, context);
        } catch (ContentException e) {
            return notRead(UnreadableReason.CONTENT_INVALID, UnreadableDetail.of(Code.CONTENT, e.code()), true);
        }
    }

    static Opened notRead(UnreadableReason reason, UnreadableDetail detail, boolean consumed) {
        return new Opened.NotRead(reason, detail, consumed, Optional.empty());
    }

    private static Opened relabelled(Opened.Read inside, UnreadableDetail detail) {
        return new Opened.NotRead(UnreadableReason.RELABELLED, detail, true, Optional.of(inside));
    }

    private static UnreadableReason reasonOf(MlsException e) {
        return switch (e.code()) {
            case EPOCH_CLOSED, WRONG_EPOCH -> UnreadableReason.EPOCH_EXPIRED;
            case KEY_CONSUMED -> UnreadableReason.KEY_CONSUMED;
            case KEY_GIVEN_UP -> UnreadableReason.KEY_GIVEN_UP;
            default -> UnreadableReason.DECRYPTION_FAILED;
        };
    }
}
