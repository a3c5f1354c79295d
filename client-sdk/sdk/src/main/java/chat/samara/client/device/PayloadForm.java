package chat.samara.client.device;

import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.message.MessageContext;
import com.google.protobuf.ByteString;
import java.util.Optional;

/**
 * Whether a payload has the form of its record's kind, looked at before the group is given it: a group that opens a message uses up its
 * key, and one that sees a proposal keeps it, whatever the record around it is called. So a genuine message in a record of another kind
 * does no harm.
 */
final class PayloadForm {
    private PayloadForm() {}

    /** What is wrong with a form. */
    record Problem(UnreadableReason reason, UnreadableDetail detail) {}

    /** Of a record that holds an MLS message; empty if it is of the right form. */
    static Optional<Problem> problem(Record record) {
        try {
            return switch (record.kind()) {
                case APPLICATION -> application(record);
                case COMMIT ->
                    handshake(record, Payload.commit(record).getCommit().toByteArray(), Content.COMMIT);
                case PROPOSAL -> handshake(record, record.payload().toByteArray(), Content.PROPOSAL);
                case CONTROL, RECORD_KIND_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
            };
        } catch (RefusedException e) {
            return Optional.of(new Problem(UnreadableReason.HANDSHAKE_REFUSED, malformed(e)));
        }
    }

    /** Whether the context of the message in a record, which its author's signature covers, names the record's key. */
    static boolean namesKey(Record record) {
        try {
            return MlsMessage.decode(record.payload().toByteArray()) instanceof MlsMessage.OfPrivateMessage it
                    && MessageContext.decode(it.message().authenticatedData())
                            .idempotencyKey()
                            .equals(record.idempotencyKey());
        } catch (MlsException | RefusedException e) {
            return false;
        }
    }

    /** Whether one message is the other with some bytes changed: who does not know the epoch's secrets has to leave who sent it as that is. */
    static boolean saysTheSameOfItsSender(Bytes message, Bytes other) {
        try {
            return MlsMessage.decode(message.toByteArray()) instanceof MlsMessage.OfPrivateMessage one
                    && MlsMessage.decode(other.toByteArray()) instanceof MlsMessage.OfPrivateMessage another
                    && one.message()
                            .encryptedSenderData()
                            .equals(another.message().encryptedSenderData());
        } catch (MlsException e) {
            return false;
        }
    }

    private static Optional<Problem> application(Record record) {
        try {
            MlsMessage message = MlsMessage.decode(record.payload().toByteArray());
            boolean fits = message instanceof MlsMessage.OfPrivateMessage it
                    && it.message().contentType() == Content.APPLICATION;
            if (!fits) {
                return Optional.of(new Problem(UnreadableReason.RELABELLED, otherKind(record)));
            }
            long epoch = ((MlsMessage.OfPrivateMessage) message).message().epoch();
            return epoch == record.epoch()
                    ? Optional.empty()
                    : Optional.of(new Problem(
                            UnreadableReason.RELABELLED,
                            UnreadableDetail.of(UnreadableDetail.Code.OTHER_EPOCH, record.epoch(), epoch)));
        } catch (MlsException e) {
            return Optional.of(new Problem(UnreadableReason.DECRYPTION_FAILED, mls(e)));
        }
    }

    private static Optional<Problem> handshake(Record record, byte[] message, int contentType) {
        try {
            // DESIGN §4: handshakes are PublicMessages.
            boolean fits = MlsMessage.decode(message) instanceof MlsMessage.OfPublicMessage it
                    && it.message().content().content().type() == contentType;
            return fits
                    ? Optional.empty()
                    : Optional.of(new Problem(UnreadableReason.HANDSHAKE_REFUSED, otherKind(record)));
        } catch (MlsException e) {
            return Optional.of(new Problem(UnreadableReason.HANDSHAKE_REFUSED, mls(e)));
        }
    }

    private static UnreadableDetail otherKind(Record record) {
        return UnreadableDetail.of(UnreadableDetail.Code.NOT_OF_ITS_KIND, record.kind());
    }

    static UnreadableDetail mls(MlsException e) {
        return UnreadableDetail.of(UnreadableDetail.Code.MLS, e.code());
    }

    static UnreadableDetail malformed(RefusedException e) {
        return UnreadableDetail.of(
                UnreadableDetail.Code.MALFORMED, e.code(), e.refusal().detail());
    }

    /** By which a payload is known again. */
    static ByteString hashOf(Record record) {
        return hashOf(record.payload());
    }

    static ByteString hashOf(Bytes payload) {
        return Stored.bytes(Sha256.of(payload.arrayUnsafe()));
    }
}
