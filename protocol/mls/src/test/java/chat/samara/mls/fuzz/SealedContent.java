package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MessageKeys;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.MessageKey;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Any bytes as the plaintext of a PrivateMessage that a member has truly encrypted: what a hostile member can send. */
final class SealedContent {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Bytes GROUP_ID = Bytes.ofUtf8("group");
    private static final int SENDER = 1;
    private static final int RECEIVER = 2;
    private static final int LEAF_PLACES = 4;
    private static final Bytes SENDER_KEY =
            SignatureKeyPair.generate(SUITE, new SeededRandom(1)).publicKey();
    private static final MessageKeys KEYS = new MessageKeys(
            SUITE,
            new GroupContext(SUITE.code(), GROUP_ID, 7, Bytes.of(new byte[32]), Bytes.of(new byte[32]), List.of()),
            Secret.random(SUITE.hashBytes(), new SeededRandom(2)),
            SecretTree.of(SUITE, LEAF_PLACES, Secret.random(SUITE.hashBytes(), new SeededRandom(3))));

    private SealedContent() {}

    /** Opens the content, which is the bytes behind the first; that is its type. It is never signed well. */
    static synchronized byte[] open(byte[] bytes) throws MlsException {
        int type = bytes.length == 0 ? 0 : bytes[0];
        byte[] content = bytes.length == 0 ? bytes : Arrays.copyOfRange(bytes, 1, bytes.length);
        PrivateMessages.open(
                KEYS,
                seal(type, content),
                RECEIVER,
                leaf -> leaf == SENDER ? Optional.of(SENDER_KEY) : Optional.empty());
        return bytes;
    }

    /** Encrypts as RFC 9420 §6.3 says, in the test's own words. */
    private static PrivateMessage seal(int type, byte[] content) throws MlsException {
        RatchetId.Kind kind = type == Content.APPLICATION ? RatchetId.Kind.APPLICATION : RatchetId.Kind.HANDSHAKE;
        MessageKey key = KEYS.secretTree().peek(new RatchetId(SENDER, kind), 0);
        byte[] contentAad = aad(type).opaque(Bytes.EMPTY).toByteArray();
        byte[] ciphertext = SUITE.aead().seal(key.key().reveal(), key.nonce().reveal(), contentAad, content);
        byte[] sample = Arrays.copyOf(ciphertext, Math.min(ciphertext.length, SUITE.hashBytes()));
        Secret senderKey = SUITE.expandWithLabel(
                KEYS.senderDataSecret(), "key", sample, SUITE.aead().keyBytes());
        Secret senderNonce = SUITE.expandWithLabel(KEYS.senderDataSecret(), "nonce", sample, Aead.NONCE_BYTES);
        byte[] senderData = new TlsWriter().uint32(SENDER).uint32(0).uint32(0).toByteArray();
        byte[] sealed = SUITE.aead()
                .seal(senderKey.reveal(), senderNonce.reveal(), aad(type).toByteArray(), senderData);
        return new PrivateMessage(
                GROUP_ID, 7, type, Bytes.EMPTY, Bytes.wrapUnsafe(sealed), Bytes.wrapUnsafe(ciphertext));
    }

    private static TlsWriter aad(int type) {
        return new TlsWriter().opaque(GROUP_ID).uint64(7).uint8(type & 0xff);
    }
}
