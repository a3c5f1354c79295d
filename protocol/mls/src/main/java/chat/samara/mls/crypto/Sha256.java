package chat.samara.mls.crypto;

import chat.samara.mls.codec.Bytes;

/** SHA-256 for callers that hash something else than MLS. Callable from any thread. */
public final class Sha256 {
    /** Bytes in a hash. */
    public static final int BYTES = 32;

    private Sha256() {}

    /** The hash of the parts, one after the other. */
    public static Bytes of(byte[]... parts) {
        return Bytes.wrapUnsafe(Hash.SHA256.digest(parts));
    }
}
