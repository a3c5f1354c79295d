package chat.samara.mls.schedule;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;

/**
 * The way from one epoch's init secret to the next epoch's secrets (RFC 9420 §8). Its results belong to the caller, who erases
 * them; it erases what it derives on the way.
 */
public final class KeySchedule {
    private static final byte[] EMPTY = new byte[0];

    private KeySchedule() {}

    /** {@code joiner_secret} of the epoch that the context describes. */
    public static Secret joinerSecret(CipherSuite suite, Secret initSecret, Secret commitSecret, GroupContext context) {
        Secret extracted = suite.extract(initSecret, commitSecret);
        Secret joiner = suite.expandWithLabel(extracted, "joiner", context.encode(), suite.hashBytes());
        extracted.erase();
        return joiner;
    }

    /** The secrets of the epoch that the context describes. */
    public static EpochSecrets epochSecrets(
            CipherSuite suite, Secret joinerSecret, Secret pskSecret, GroupContext context) {
        Secret member = suite.extract(joinerSecret, pskSecret);
        Secret epochSecret = suite.expandWithLabel(member, "epoch", context.encode(), suite.hashBytes());
        member.erase();
        EpochSecrets secrets = EpochSecrets.derive(suite, epochSecret);
        epochSecret.erase();
        return secrets;
    }

    /** The {@code encrypted_group_info} of a Welcome (RFC 9420 §12.4.3.1). */
    public static Bytes sealGroupInfo(CipherSuite suite, Secret joinerSecret, Secret pskSecret, byte[] groupInfo) {
        Secret welcome = welcomeSecret(suite, joinerSecret, pskSecret);
        Secret key = suite.expandWithLabel(welcome, "key", EMPTY, suite.aead().keyBytes());
        Secret nonce = suite.expandWithLabel(welcome, "nonce", EMPTY, Aead.NONCE_BYTES);
        welcome.erase();
        byte[] sealed = suite.aead().seal(key.reveal(), nonce.reveal(), EMPTY, groupInfo);
        key.erase();
        nonce.erase();
        return Bytes.wrapUnsafe(sealed);
    }

    /** What {@link #sealGroupInfo} sealed, or {@code DECRYPTION_FAILED}. */
    public static byte[] openGroupInfo(CipherSuite suite, Secret joinerSecret, Secret pskSecret, Bytes sealed)
            throws MlsException {
        Secret welcome = welcomeSecret(suite, joinerSecret, pskSecret);
        Secret key = suite.expandWithLabel(welcome, "key", EMPTY, suite.aead().keyBytes());
        Secret nonce = suite.expandWithLabel(welcome, "nonce", EMPTY, Aead.NONCE_BYTES);
        welcome.erase();
        try {
            return suite.aead().open(key.reveal(), nonce.reveal(), EMPTY, sealed.arrayUnsafe());
        } finally {
            key.erase();
            nonce.erase();
        }
    }

    /** {@code welcome_secret}. */
    static Secret welcomeSecret(CipherSuite suite, Secret joinerSecret, Secret pskSecret) {
        Secret member = suite.extract(joinerSecret, pskSecret);
        Secret welcome = suite.deriveSecret(member, "welcome");
        member.erase();
        return welcome;
    }
}
