package chat.samara.wire.message;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.IdempotencyKey;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The commitment of a message to its content: HMAC-SHA256 under a key that stands inside the encryption, over the content's
 * encoded body. It hides the content from those who lack the key, and binds the sender to it: a member who reports a message
 * reveals key and body, and anyone can check that this, and nothing else, was sent.
 */
public final class Franking {
    /** Bytes of a franking key. */
    public static final int KEY_BYTES = 32;

    /** Bytes of a tag. */
    public static final int TAG_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private Franking() {}

    /**
     * The tag of a content.
     *
     * @param frankingKey 32 random bytes, fresh for each message
     * @param body an encoded {@code samara.v1.ContentBody}
     */
    public static Bytes tag(Bytes frankingKey, Bytes body) {
        if (frankingKey.size() != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "franking key of " + frankingKey.size() + " bytes, expected " + KEY_BYTES);
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(frankingKey.arrayUnsafe(), ALGORITHM));
            return Bytes.wrapUnsafe(mac.doFinal(body.arrayUnsafe()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Whether the tag commits to this content. False for a key of the wrong size. */
    public static boolean fits(Bytes tag, Bytes frankingKey, Bytes body) {
        return frankingKey.size() == KEY_BYTES
                && MessageDigest.isEqual(
                        tag.arrayUnsafe(), tag(frankingKey, body).arrayUnsafe());
    }

    /** The message's idempotency key: the tag's first 16 bytes. */
    public static IdempotencyKey idempotencyKey(Bytes tag) {
        return new IdempotencyKey(tag.slice(0, IdempotencyKey.SIZE_BYTES));
    }
}
