package chat.samara.client.channel;

import chat.samara.mls.crypto.CipherSuite;

/** How a channel is encrypted: chosen when it is made, and the same for all its life. Every device can be in channels of either. */
public enum ChannelSuite {
    /** X25519, AES-128-GCM, SHA-256, Ed25519 (MLS suite 0x0001): small and fast, for poor lines too. */
    STANDARD,
    /**
     * The same with ML-KEM-768 beside X25519: what is recorded today stays secret from whoever builds a quantum computer later.
     * Joining and changes of members cost more bytes, messages cost the same.
     */
    POST_QUANTUM;

    /** The MLS cipher suite. */
    public CipherSuite cipherSuite() {
        return switch (this) {
            case STANDARD -> CipherSuite.X25519_AES128GCM_SHA256_ED25519;
            case POST_QUANTUM -> CipherSuite.MLKEM768X25519_AES128GCM_SHA256_ED25519;
        };
    }

    /** Whether it protects from quantum computers that may come. */
    public boolean isPostQuantum() {
        return this == POST_QUANTUM;
    }
}
