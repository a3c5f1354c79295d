package chat.samara.mls.crypto;

import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ed25519 signatures that were found good, in front of what verifies them: one of these is good again for the price of a hash. So what one thread has verified
 * costs another one next to nothing. What is remembered changes what an answer costs and never the answer.
 *
 * <p>Remembered is the SHA-256 of public key (32) | signature (64) | message: whoever would have another one taken for it needs a collision of SHA-256. What
 * was refused is not remembered. The table has a fixed number of places, in rows of four that some bits of the hash choose; where a row is full, a further one takes
 * the place of one of them, which is then verified again. Callable from any thread.
 */
final class RememberedSignatures implements Curve25519 {
    private static final int PLACES_PER_ROW = 4;
    private static final int LONGS_PER_PLACE = Sha256.BYTES / Long.BYTES;
    private static final int LONGS_PER_ROW = PLACES_PER_ROW * LONGS_PER_PLACE;

    private final Curve25519 verifies;
    private final int rows;

    /** Hashes, one after the other; an empty place is all zeros, which is no hash that anybody could find a message for. Made when it is first needed. */
    private long @Nullable [] table;

    private int nextPlace;

    private long remembered;

    /** @param keptMax how many are remembered, a power of two; at least {@value #PLACES_PER_ROW} */
    RememberedSignatures(Curve25519 verifies, int keptMax) {
        if (keptMax < PLACES_PER_ROW || Integer.bitCount(keptMax) != 1) {
            throw new IllegalArgumentException(
                    keptMax + " signatures, expected a power of two from " + PLACES_PER_ROW + " on");
        }
        this.verifies = verifies;
        this.rows = keptMax / PLACES_PER_ROW;
    }

    @Override
    public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return verifies.ed25519Verify(publicKey, message, signature);
        }
        long[] hash = hash(publicKey, message, signature);
        if (isKept(hash)) {
            return true;
        }
        boolean isGood = verifies.ed25519Verify(publicKey, message, signature);
        if (isGood) {
            keep(hash);
        }
        return isGood;
    }

    /** How often one was asked for that was remembered. */
    synchronized long remembered() {
        return remembered;
    }

    private static long[] hash(byte[] publicKey, byte[] message, byte[] signature) {
        ByteBuffer digest = Sha256.of(publicKey, signature, message).asReadOnlyBuffer();
        long[] hash = new long[LONGS_PER_PLACE];
        digest.asLongBuffer().get(hash);
        return hash;
    }

    private synchronized boolean isKept(long[] hash) {
        long[] kept = table;
        if (kept == null) {
            return false;
        }
        int row = row(hash);
        for (int place = 0; place < PLACES_PER_ROW; place++) {
            if (holds(kept, row + place * LONGS_PER_PLACE, hash)) {
                remembered++;
                return true;
            }
        }
        return false;
    }

    private static boolean holds(long[] kept, int at, long[] hash) {
        long differs = 0;
        for (int i = 0; i < LONGS_PER_PLACE; i++) {
            differs |= kept[at + i] ^ hash[i];
        }
        return differs == 0;
    }

    private synchronized void keep(long[] hash) {
        long[] kept = table;
        if (kept == null) {
            kept = new long[rows * LONGS_PER_ROW];
            table = kept;
        }
        System.arraycopy(hash, 0, kept, freePlace(kept, row(hash)), LONGS_PER_PLACE);
    }

    private int freePlace(long[] kept, int row) {
        for (int place = 0; place < PLACES_PER_ROW; place++) {
            int at = row + place * LONGS_PER_PLACE;
            if (kept[at] == 0) {
                return at;
            }
        }
        nextPlace = (nextPlace + 1) % PLACES_PER_ROW;
        return row + nextPlace * LONGS_PER_PLACE;
    }

    /** Where the row begins in the table. */
    private int row(long[] hash) {
        return (int) (hash[0] & (rows - 1)) * LONGS_PER_ROW;
    }

    @Override
    public byte[] x25519PublicKey(byte[] privateKey) {
        return verifies.x25519PublicKey(privateKey);
    }

    @Override
    public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
        return verifies.x25519(privateKey, publicKey);
    }

    @Override
    public byte[] ed25519PublicKey(byte[] privateKey) {
        return verifies.ed25519PublicKey(privateKey);
    }

    @Override
    public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
        return verifies.ed25519Signer(privateKey, publicKey);
    }
}
