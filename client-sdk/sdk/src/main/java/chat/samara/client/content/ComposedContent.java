package chat.samara.client.content;

import chat.samara.mls.codec.Bytes;

/**
 * Content ready to be protected: always the same bytes, however often it is encrypted afresh.
 *
 * @param frankingKey 32 random bytes
 * @param body an encoded {@code ContentBody}: what the franking tag commits to
 */
public record ComposedContent(Bytes frankingKey, Bytes body) {
    /** The plain text of the MLS message: compressed and padded. */
    public byte[] packed() {
        return ContentCodec.pack(this);
    }
}
