package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.MovedBody;

/**
 * A member's own word that it goes on under another user id with the same identity key. Verified: it was said here, or came out of {@link MovedIn#verify}.
 * Without it a leaf is succeeded by none of another user id, and by none of another identity key in any case.
 */
public final class Moved {
    static final int VERSION = 1;

    private final UserId from;
    private final UserId to;
    private final Bytes identityKey;
    private final long movedAtMillis;
    private final Bytes encoded;

    Moved(UserId from, UserId to, Bytes identityKey, long movedAtMillis, Bytes encoded) {
        this.from = from;
        this.to = to;
        this.identityKey = identityKey;
        this.movedAtMillis = movedAtMillis;
        this.encoded = encoded;
    }

    /** The member with this identity key goes on under another id. */
    public static Moved say(SignatureKeyPair identityKey, UserId from, UserId to, long movedAtMillis) {
        if (from.equals(to) || movedAtMillis < 0) {
            throw new IllegalArgumentException("a move from " + from + " to " + to + " at " + movedAtMillis
                    + ", expected another user id, and a time since 1970");
        }
        Bytes body = Protobuf.encode(MovedBody.newBuilder()
                .setVersion(VERSION)
                .setFromUserId(from.toString())
                .setToUserId(to.toString())
                .setIdentityKey(Protobuf.toByteString(identityKey.publicKey()))
                .setMovedAtMillis(movedAtMillis)
                .build());
        Bytes encoded = Protobuf.encode(chat.samara.wire.proto.Moved.newBuilder()
                .setBody(Protobuf.toByteString(body))
                .setSignature(Protobuf.toByteString(SigningLabel.MOVED.sign(identityKey, body)))
                .build());
        return new Moved(from, to, identityKey.publicKey(), movedAtMillis, encoded);
    }

    /** Whether it lets a device of the one certificate go on as one of the other. */
    public boolean leads(DeviceCertificate before, DeviceCertificate after) {
        return identityKey.equals(before.identityKey())
                && identityKey.equals(after.identityKey())
                && from.equals(before.user())
                && to.equals(after.user());
    }

    /** The member as it was called before. */
    public UserId from() {
        return from;
    }

    /** As it is called now. */
    public UserId to() {
        return to;
    }

    /** The Ed25519 identity public key of both, 32 bytes. */
    public Bytes identityKey() {
        return identityKey;
    }

    /** When it was said, by the member's clock, milliseconds since 1970 UTC. */
    public long movedAtMillis() {
        return movedAtMillis;
    }

    /** An encoded {@code samara.v1.Moved}. */
    public Bytes encoded() {
        return encoded;
    }

    @Override
    public String toString() {
        return "Moved(" + from + " to " + to + ", identity key " + identityKey + ")";
    }
}
