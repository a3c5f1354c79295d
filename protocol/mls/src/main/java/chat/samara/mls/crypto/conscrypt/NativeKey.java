package chat.samara.mls.crypto.conscrypt;

/**
 * Room for one native key and a context over it, filled and emptied again and again: BoringSSL overwrites what it frees, so that no private key stays for longer
 * than it is used. If it is lost while it is full, a finalizer empties it. One thread at a time.
 */
final class NativeKey {
    /** BoringSSL's numbers of the algorithms. */
    static final int X25519 = 948;

    static final int ED25519 = 949;

    private static final ThreadLocal<NativeKey> OF_THREAD = ThreadLocal.withInitial(NativeKey::new);

    private final Object key;
    private final Object context;

    /** Empty. */
    NativeKey() {
        // References can be made for something only. Should one not be emptied after this, its finalizer does it.
        key = NativeCalls.keyReference(NativeCalls.publicKey(ED25519, new byte[32]));
        context = NativeCalls.contextReference(NativeCalls.context());
        empty();
    }

    /** This thread's, empty: whoever fills it empties it before returning. */
    static NativeKey ofThread() {
        return OF_THREAD.get();
    }

    void fillWithPrivate(int algorithm, byte[] raw) {
        NativeCalls.pointTo(key, NativeCalls.privateKey(algorithm, raw));
    }

    void fillWithPublic(int algorithm, byte[] raw) {
        NativeCalls.pointTo(key, NativeCalls.publicKey(algorithm, raw));
    }

    /** From here on it can sign, as often as one likes. */
    void beginSigning() {
        NativeCalls.pointTo(context, NativeCalls.context());
        NativeCalls.initSigning(context, key);
    }

    /** From here on it can verify, as often as one likes. */
    void beginVerifying() {
        NativeCalls.pointTo(context, NativeCalls.context());
        NativeCalls.initVerifying(context, key);
    }

    byte[] rawPublicKey() {
        return NativeCalls.rawPublicKey(key);
    }

    byte[] sign(byte[] message) {
        return NativeCalls.sign(context, message);
    }

    boolean verify(byte[] signature, byte[] message) {
        return NativeCalls.verify(context, signature, message);
    }

    boolean isEmpty() {
        return NativeCalls.address(key) == 0 && NativeCalls.address(context) == 0;
    }

    /** Frees and overwrites what is in it. May be called more than once. */
    void empty() {
        long contextAddress = NativeCalls.address(context);
        NativeCalls.pointTo(context, 0);
        if (contextAddress != 0) {
            NativeCalls.destroyContext(contextAddress);
        }
        long keyAddress = NativeCalls.address(key);
        NativeCalls.pointTo(key, 0);
        if (keyAddress != 0) {
            NativeCalls.freeKey(keyAddress);
        }
    }
}
