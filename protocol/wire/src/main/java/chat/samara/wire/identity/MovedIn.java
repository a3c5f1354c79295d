package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.MovedBody;

/** A {@link Moved} from outside: well formed, but nobody has checked the signature. */
public final class MovedIn {
    private final UserId from;
    private final UserId to;
    private final Bytes identityKey;
    private final long movedAtMillis;
    private final chat.samara.wire.proto.Moved message;
    private final Bytes encoded;

    private MovedIn(
            UserId from,
            UserId to,
            Bytes identityKey,
            long movedAtMillis,
            chat.samara.wire.proto.Moved message,
            Bytes encoded) {
        this.from = from;
        this.to = to;
        this.identityKey = identityKey;
        this.movedAtMillis = movedAtMillis;
        this.message = message;
        this.encoded = encoded;
    }

    /** Decodes an encoded {@code samara.v1.Moved}. */
    public static MovedIn decode(Bytes encoded) throws RefusedException {
        int bytesMax = Limits.MOVED_BODY_BYTES_MAX + Ed25519.SIGNATURE_BYTES + 16;
        chat.samara.wire.proto.Moved message =
                Protobuf.decode("moved", chat.samara.wire.proto.Moved.parser(), encoded, bytesMax);
        Field.requireFilled("Moved.body", message.getBody(), Limits.MOVED_BODY_BYTES_MAX);
        Field.requireSize("Moved.signature", message.getSignature(), Ed25519.SIGNATURE_BYTES);
        MovedBody body = Protobuf.decode(
                "Moved.body", MovedBody.parser(), Protobuf.toBytes(message.getBody()), Limits.MOVED_BODY_BYTES_MAX);
        Field.requireVersion("MovedBody.version", body.getVersion(), Moved.VERSION);
        Field.requireAtMost("MovedBody.from_user_id", body.getFromUserId(), Limits.USER_ID_BYTES_MAX);
        Field.requireAtMost("MovedBody.to_user_id", body.getToUserId(), Limits.USER_ID_BYTES_MAX);
        UserId from = UserId.fromWire(body.getFromUserId());
        UserId to = UserId.fromWire(body.getToUserId());
        if (from.equals(to)) {
            throw Field.malformed("MovedBody.to_user_id", to + " again", "another user id");
        }
        return new MovedIn(
                from,
                to,
                Field.exactly("MovedBody.identity_key", body.getIdentityKey(), Ed25519.KEY_BYTES),
                Field.atLeast("MovedBody.moved_at_millis", body.getMovedAtMillis(), 0),
                message,
                encoded);
    }

    /** Checks the signature with the identity key inside; whether that is the member's is for the caller to know. Refused with {@code INVALID_PROOF}. */
    public Moved verify() throws RefusedException {
        if (!SigningLabel.MOVED.verify(
                identityKey, Protobuf.toBytes(message.getBody()), Protobuf.toBytes(message.getSignature()))) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the word that " + from + " is " + to + " now is not signed by the identity key in it",
                    "moved-signature");
        }
        return new Moved(from, to, identityKey, movedAtMillis, encoded);
    }
}
