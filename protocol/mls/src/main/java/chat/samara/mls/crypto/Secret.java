package chat.samara.mls.crypto;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Secret bytes that their owner erases (best effort: a garbage collector may have moved them). Compared in constant time;
 * {@link #toString} shows nothing. Confined to the thread of the state that owns it.
 */
public final class Secret {
    private final byte[] content;
    private boolean erased;

    private Secret(byte[] content) {
        this.content = content;
    }

    /** Takes the array: the caller must not use it again. */
    public static Secret take(byte[] bytes) {
        return new Secret(bytes);
    }

    /** A copy of the bytes. */
    public static Secret copyOf(byte[] bytes) {
        return new Secret(bytes.clone());
    }

    /** So many zeros, the neutral input of the key schedule (RFC 9420 §8). */
    public static Secret zeros(int length) {
        return new Secret(new byte[length]);
    }

    /** Fresh random bytes. */
    public static Secret random(int length, RandomSource random) {
        return new Secret(random.bytes(length));
    }

    /** How many bytes. */
    public int size() {
        return content.length;
    }

    /** The live array, to be read at once and neither kept nor changed. Unchecked exception once erased: a bug. */
    public byte[] reveal() {
        if (erased) {
            throw new IllegalStateException("a secret of " + content.length + " bytes was used after it was erased");
        }
        return content;
    }

    /** A second secret with the same bytes, erased separately. */
    public Secret copy() {
        return new Secret(reveal().clone());
    }

    /** Overwrites the bytes. May be called more than once. */
    public void erase() {
        Arrays.fill(content, (byte) 0);
        erased = true;
    }

    /** Whether {@link #erase} was called. */
    public boolean isErased() {
        return erased;
    }

    /** Equal content, compared in constant time; an erased secret equals none. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret
                && !erased
                && !secret.erased
                && MessageDigest.isEqual(content, secret.content);
    }

    /** The same for all secrets of one length, so that nothing leaks. */
    @Override
    public int hashCode() {
        return content.length;
    }

    @Override
    public String toString() {
        return "Secret(" + content.length + " bytes)";
    }
}
