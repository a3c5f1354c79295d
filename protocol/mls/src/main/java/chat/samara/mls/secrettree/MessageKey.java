package chat.samara.mls.secrettree;

import chat.samara.mls.crypto.Secret;

/** The key and nonce of one generation of a ratchet (RFC 9420 §9.1), for one message. */
public record MessageKey(int generation, Secret key, Secret nonce) {
    /** Overwrites both. */
    public void erase() {
        key.erase();
        nonce.erase();
    }
}
