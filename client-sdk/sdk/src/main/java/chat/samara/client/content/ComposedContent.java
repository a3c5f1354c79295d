package chat.samara.client.content;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.message.Franking;

/**
 * Content ready to be packed.
 *
 * @param frankingKey 32 random bytes
 * @param body an encoded {@code ContentBody}: what the franking tag commits to
 */
public record ComposedContent(Bytes frankingKey, Bytes body) {
    /** The same content under a new franking key, and thus under a new idempotency key. */
    public ComposedContent underNewKey(RandomSource random) {
        return new ComposedContent(Bytes.wrapUnsafe(random.bytes(Franking.KEY_BYTES)), body);
    }

    /** The plain text of the MLS message: compressed and padded. Not always the same bytes: another version of the library may compress otherwise. */
    public byte[] packed() {
        return ContentCodec.pack(this);
    }
}
