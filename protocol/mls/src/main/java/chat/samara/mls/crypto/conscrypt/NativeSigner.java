package chat.samara.mls.crypto.conscrypt;

import chat.samara.mls.crypto.primitive.Signer;

/** A private key in native memory, expanded once for all its signatures. */
final class NativeSigner implements Signer {
    private final NativeKey key = new NativeKey();

    NativeSigner(byte[] privateKey) {
        key.fillWithPrivate(NativeKey.ED25519, privateKey);
        key.beginSigning();
    }

    @Override
    public synchronized byte[] sign(byte[] message) {
        if (key.isEmpty()) {
            throw new IllegalStateException("a signer was used after it was erased");
        }
        return key.sign(message);
    }

    @Override
    public synchronized void erase() {
        key.empty();
    }

    synchronized boolean isErased() {
        return key.isEmpty();
    }
}
