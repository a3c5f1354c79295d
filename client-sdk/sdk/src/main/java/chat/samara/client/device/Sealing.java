package chat.samara.client.device;

import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.ReceivedContent;
import chat.samara.mls.MlsException;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Processed;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Record;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;

/** Between content and the payload of an APPLICATION record: the group's encryption, and the context that binds both to the log. */
final class Sealing {
    private Sealing() {}

    /** What came of a record. */
    sealed interface Opened {
        /** It is what it claims to be. */
        record Read(UserId sender, ReceivedContent content, MessageContext context) implements Opened {}

        /**
         * It cannot be read.
         *
         * @param consumed whether its key was used up all the same
         */
        record NotRead(UnreadableReason reason, String detail, boolean consumed) implements Opened {}
    }

    /** The idempotency key that a content gives itself. */
    static IdempotencyKey keyOf(ComposedContent content) {
        return Franking.idempotencyKey(Franking.tag(content.frankingKey(), content.body()));
    }

    /** The payload, encrypted in the group's present epoch by a device that has the log up to a place. */
    static byte[] seal(Group group, ComposedContent content, LogPosition lastSeen) throws MlsException {
        MessageContext context = MessageContext.of(Franking.tag(content.frankingKey(), content.body()), lastSeen);
        return group.protect(content.packed(), context.encode().toByteArray());
    }

    /** Opens a record of another device; whether its context agrees with the own log is for the caller to check. */
    static Opened open(Group group, LiveChannel channel, Record record) {
        if (record.epoch() < channel.row().getJoinedEpoch()) {
            return new Opened.NotRead(
                    UnreadableReason.JOINED_LATER,
                    "sent in epoch " + record.epoch() + ", joined in "
                            + channel.row().getJoinedEpoch(),
                    false);
        }
        if (record.epoch() > group.epoch()) {
            return new Opened.NotRead(
                    UnreadableReason.EPOCH_AHEAD,
                    "sent in epoch " + record.epoch() + ", here is " + group.epoch(),
                    false);
        }
        Processed processed;
        try {
            processed = group.process(record.payload().toByteArray());
        } catch (MlsException e) {
            return new Opened.NotRead(reasonOf(e), String.valueOf(e.getMessage()), false);
        }
        if (!(processed instanceof Processed.ApplicationMessage message)) {
            return new Opened.NotRead(UnreadableReason.RELABELLED, "a handshake in a record of kind APPLICATION", true);
        }
        return check(message, record);
    }

    private static Opened check(Processed.ApplicationMessage message, Record record) {
        ChannelMember sender = Rosters.of(message.sender());
        if (record.device().isEmpty() || !record.device().get().equals(sender.device())) {
            return relabelled("the record names another device than its sender, " + sender.userDevice());
        }
        if (message.epoch() != record.epoch()) {
            return relabelled("the record names epoch " + record.epoch() + ", sent in " + message.epoch());
        }
        MessageContext context;
        try {
            context = MessageContext.decode(message.authenticatedData());
        } catch (RefusedException e) {
            return new Opened.NotRead(
                    UnreadableReason.CONTEXT_INVALID, e.refusal().reason(), true);
        }
        if (!context.idempotencyKey().equals(record.idempotencyKey())) {
            return relabelled(
                    "the record names key " + record.idempotencyKey() + ", sent as " + context.idempotencyKey());
        }
        try {
            ReceivedContent content = ContentCodec.open(message.plaintext().toByteArray());
            if (!Franking.fits(context.frankingTag(), content.frankingKey(), content.body())) {
                return new Opened.NotRead(
                        UnreadableReason.CONTENT_INVALID, "its franking tag does not fit its content", true);
            }
            return new Opened.Read(sender.user(), content, context);
        } catch (ContentException e) {
            return new Opened.NotRead(UnreadableReason.CONTENT_INVALID, String.valueOf(e.getMessage()), true);
        }
    }

    private static Opened relabelled(String detail) {
        return new Opened.NotRead(UnreadableReason.RELABELLED, detail, true);
    }

    private static UnreadableReason reasonOf(MlsException e) {
        return switch (e.code()) {
            case EPOCH_CLOSED, WRONG_EPOCH -> UnreadableReason.EPOCH_EXPIRED;
            case KEY_CONSUMED -> UnreadableReason.KEY_CONSUMED;
            default -> UnreadableReason.DECRYPTION_FAILED;
        };
    }
}
