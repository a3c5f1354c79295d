package chat.samara.mls.crypto.bouncycastle;

import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/**
 * The Ed25519 public keys that were decoded last. Decoding one takes a tenth of the time of a verification, and who has signed
 * one message signs the next.
 *
 * <p>A bounded table for all threads, without a lock: an entry is immutable, whoever loses a race decodes again. A key has one
 * place, where the newest stays; members, who choose their keys, can push each other's out and nothing more.
 */
final class DecodedKeys {
    /** About 200 bytes each. */
    private static final int PLACES = 1024;

    private static final @Nullable Entry[] TABLE = new Entry[PLACES];

    private DecodedKeys() {}

    private static final class Entry {
        final byte[] encoded;
        final Ed25519.PublicPoint point;

        Entry(byte[] encoded, Ed25519.PublicPoint point) {
            this.encoded = encoded;
            this.point = point;
        }
    }

    /** The point of a key of 32 bytes; null where it is none, or one of small order. */
    static Ed25519.@Nullable PublicPoint decode(byte[] publicKey) {
        int place = Math.floorMod(Arrays.hashCode(publicKey), PLACES);
        Entry known = TABLE[place];
        if (known != null && Arrays.equals(known.encoded, publicKey)) {
            return known.point;
        }
        Ed25519.PublicPoint point = Ed25519.validatePublicKeyPartialExport(publicKey, 0);
        if (point != null) {
            TABLE[place] = new Entry(publicKey.clone(), point);
        }
        return point;
    }
}
