package chat.samara.mls.crypto.primitive;

/** Signs with one private key, which it may look at for as long as it is used: whoever overwrites the key erases it first. Callable from any thread. */
@FunctionalInterface
public interface Signer {
    /** The signature of the message. */
    byte[] sign(byte[] message);

    /** Overwrites what it has beside the arrays that it was made from; it signs no more. May be called more than once. */
    default void erase() {}
}
