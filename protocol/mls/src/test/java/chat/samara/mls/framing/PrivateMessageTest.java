package chat.samara.mls.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.MessageKey;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A PrivateMessage (RFC 9420 §6.3)")
class PrivateMessageTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final int SENDER = 1;
    private static final int RECEIVER = 2;
    private static final int BLANK = 3;
    private static final Content HELLO = new Content.OfApplication(Bytes.ofUtf8("hello"));
    private static final GroupContext CONTEXT = new GroupContext(
            SUITE.code(), Bytes.ofUtf8("group"), 7, Bytes.of(new byte[32]), Bytes.of(new byte[32]), List.of());

    private final SeededRandom random = new SeededRandom(5);
    private final SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
    private final MessageKeys sending = keys();
    private final MessageKeys receiving = keys();

    private static MessageKeys keys() {
        SeededRandom seeded = new SeededRandom(6);
        return new MessageKeys(
                SUITE, CONTEXT, Secret.random(32, seeded), SecretTree.of(SUITE, 4, Secret.random(32, seeded)));
    }

    @Test
    @DisplayName("opens again and again until its key is consumed, and then never more")
    void consumed() throws MlsException {
        PrivateMessage message = seal(HELLO, 0);
        assertThat(open(message).content().content().content()).isEqualTo(HELLO);
        PrivateMessages.Opened opened = open(message);
        opened.consumeKey(receiving);
        assertRefused(message, MlsError.KEY_CONSUMED);
    }

    @Test
    @DisplayName("is refused with any byte changed, and opens unchanged after that")
    void tampered() throws MlsException {
        PrivateMessage message = seal(HELLO, 3);
        byte[] bytes = message.encode();
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            assertThatExceptionOfType(MlsException.class)
                    .as("byte %d", i)
                    .isThrownBy(() -> open(TlsReader.decode(changed, PrivateMessage::readFrom)));
        }
        assertThat(open(message).content().content().content()).isEqualTo(HELLO);
    }

    @Test
    @DisplayName("is bound to its authenticated data, which travels in the clear")
    void authenticatedData() throws MlsException {
        PrivateMessage message = seal(HELLO, 0);
        assertThat(open(message).content().content().authenticatedData()).isEqualTo(Bytes.ofUtf8("aad"));
        assertRefused(
                new PrivateMessage(
                        message.groupId(),
                        message.epoch(),
                        message.contentType(),
                        Bytes.ofUtf8("other"),
                        message.encryptedSenderData(),
                        message.ciphertext()),
                MlsError.DECRYPTION_FAILED);
    }

    @Test
    @DisplayName("may be padded with zeros, and with nothing else (RFC 9420 §6.3.1)")
    void padding() throws MlsException {
        assertThat(open(seal(HELLO, 100)).content().content().content()).isEqualTo(HELLO);
        assertRefused(
                sealRaw(SENDER, 1, plaintext(HELLO, signed(HELLO, signer), new byte[] {0, 0, 1})),
                MlsError.NONZERO_PADDING);
    }

    @Test
    @DisplayName("is refused with a signature by another key, or over another context")
    void signature() throws MlsException {
        SignatureKeyPair other = SignatureKeyPair.generate(SUITE, random);
        assertRefused(
                sealRaw(SENDER, 0, plaintext(HELLO, signed(HELLO, other), new byte[0])), MlsError.INVALID_SIGNATURE);
        AuthenticatedContent elsewhere = AuthenticatedContent.sign(
                SUITE, WireFormat.PRIVATE_MESSAGE, framed(HELLO), CONTEXT.withTreeHash(Bytes.of(new byte[31])), signer);
        assertRefused(sealRaw(SENDER, 1, plaintext(HELLO, elsewhere, new byte[0])), MlsError.INVALID_SIGNATURE);
    }

    @Test
    @DisplayName("is refused when it was signed for a PublicMessage (RFC 9420 §6.1)")
    void wireFormat() throws MlsException {
        AuthenticatedContent forPublic =
                AuthenticatedContent.sign(SUITE, WireFormat.PUBLIC_MESSAGE, framed(HELLO), CONTEXT, signer);
        assertRefused(sealRaw(SENDER, 0, plaintext(HELLO, forPublic, new byte[0])), MlsError.INVALID_SIGNATURE);
        assertThatIllegalArgumentException().isThrownBy(() -> PrivateMessages.seal(sending, forPublic, 0, random));
    }

    @Test
    @DisplayName("is refused from a leaf that is blank, or beyond every tree (RFC 9420 §6.3.2)")
    void blankLeaf() throws MlsException {
        byte[] plaintext = plaintext(HELLO, signed(HELLO, signer), new byte[0]);
        assertRefused(sealRaw(BLANK, 0, plaintext), MlsError.INVALID_SENDER);
        assertRefused(sealWithKeyOf(SENDER, 1 << 20, 0, plaintext), MlsError.INVALID_SENDER);
        assertRefused(sealWithKeyOf(SENDER, -1, 0, plaintext), MlsError.INVALID_SENDER);
    }

    @Test
    @DisplayName("is refused when it claims to be one's own")
    void own() throws MlsException {
        byte[] plaintext = plaintext(HELLO, signed(HELLO, signer), new byte[0]);
        assertRefused(sealRaw(RECEIVER, 0, plaintext), MlsError.OWN_MESSAGE);
    }

    @Test
    @DisplayName("is refused of a generation too far ahead, at no cost (RFC 9420 §15.3)")
    void generation() throws MlsException {
        byte[] plaintext = plaintext(HELLO, signed(HELLO, signer), new byte[0]);
        MessageKey key = sending.secretTree().take(new RatchetId(SENDER, RatchetId.Kind.APPLICATION));
        for (int generation : new int[] {Limits.RATCHET_FORWARD_STEPS_MAX + 1, Integer.MAX_VALUE, -1}) {
            assertRefused(seal(SENDER, generation, key, plaintext, HELLO.type()), MlsError.GENERATION_TOO_FAR);
        }
    }

    @Test
    @DisplayName("takes handshake and application messages from ratchets of their own")
    void ratchets() throws MlsException {
        Content proposal = new Content.OfProposal(new Proposal.Remove(0));
        assertThat(open(seal(proposal, 0)).ratchet().kind()).isEqualTo(RatchetId.Kind.HANDSHAKE);
        assertThat(open(seal(HELLO, 0)).ratchet().kind()).isEqualTo(RatchetId.Kind.APPLICATION);
        assertThat(open(seal(HELLO, 0)).generation()).isEqualTo(1);
    }

    @Test
    @DisplayName("is refused with a content type that is unknown, or not the one inside")
    void contentType() throws MlsException {
        PrivateMessage message = seal(HELLO, 0);
        for (int type : new int[] {0, 4, 255}) {
            assertRefused(withType(message, type), MlsError.MALFORMED);
        }
        assertRefused(withType(message, Content.PROPOSAL), MlsError.DECRYPTION_FAILED);
    }

    @Test
    @DisplayName("is refused with content that is cut short, though well encrypted")
    void cutContent() throws MlsException {
        byte[] plaintext = plaintext(HELLO, signed(HELLO, signer), new byte[0]);
        assertRefused(sealRaw(SENDER, 0, java.util.Arrays.copyOf(plaintext, plaintext.length - 1)), MlsError.MALFORMED);
        assertRefused(sealRaw(SENDER, 1, new byte[0]), MlsError.MALFORMED);
    }

    @Test
    @DisplayName("does not show in its text what it says")
    void shown() {
        assertThat(HELLO.toString()).doesNotContain("hello", "68656c6c6f");
    }

    private PrivateMessage seal(Content content, int paddingBytes) throws MlsException {
        return PrivateMessages.seal(sending, signed(content, signer), paddingBytes, random);
    }

    private PrivateMessage sealRaw(int leaf, int generation, byte[] plaintext) throws MlsException {
        return sealWithKeyOf(leaf, leaf, generation, plaintext);
    }

    /** Whatever a hostile member may encrypt, with the right key. */
    private PrivateMessage sealWithKeyOf(int keyLeaf, int leaf, int generation, byte[] plaintext) throws MlsException {
        MessageKey key = keys().secretTree().peek(new RatchetId(keyLeaf, RatchetId.Kind.APPLICATION), generation);
        return seal(leaf, generation, key, plaintext, HELLO.type());
    }

    private PrivateMessage seal(int leaf, int generation, MessageKey key, byte[] plaintext, int contentType) {
        PrivateMessage header = new PrivateMessage(
                CONTEXT.groupId(), CONTEXT.epoch(), contentType, Bytes.ofUtf8("aad"), Bytes.EMPTY, Bytes.EMPTY);
        SenderData senderData = new SenderData(leaf, generation, Bytes.of(random.bytes(4)));
        byte[] ciphertext = SUITE.aead()
                .seal(key.key().reveal(), senderData.guardedNonce(key.nonce()), header.contentAad(), plaintext);
        return new PrivateMessage(
                header.groupId(),
                header.epoch(),
                contentType,
                header.authenticatedData(),
                senderData.seal(SUITE, sending.senderDataSecret(), header.senderDataAad(), ciphertext),
                Bytes.of(ciphertext));
    }

    private static byte[] plaintext(Content content, AuthenticatedContent signed, byte[] padding) {
        TlsWriter writer = new TlsWriter();
        content.writeBodyTo(writer);
        signed.auth().writeTo(writer);
        return writer.raw(padding).toByteArray();
    }

    private static AuthenticatedContent signed(Content content, SignatureKeyPair key) {
        return AuthenticatedContent.sign(SUITE, WireFormat.PRIVATE_MESSAGE, framed(content), CONTEXT, key);
    }

    private static FramedContent framed(Content content) {
        return new FramedContent(
                CONTEXT.groupId(), CONTEXT.epoch(), new Sender.Member(SENDER), Bytes.ofUtf8("aad"), content);
    }

    private static PrivateMessage withType(PrivateMessage message, int type) {
        return new PrivateMessage(
                message.groupId(),
                message.epoch(),
                type,
                message.authenticatedData(),
                message.encryptedSenderData(),
                message.ciphertext());
    }

    private PrivateMessages.Opened open(PrivateMessage message) throws MlsException {
        return PrivateMessages.open(
                receiving,
                message,
                RECEIVER,
                leaf -> leaf >= 0 && leaf < BLANK ? Optional.of(signer.publicKey()) : Optional.empty());
    }

    private void assertRefused(PrivateMessage message, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> open(message))
                .extracting(MlsException::code)
                .isEqualTo(code);
    }
}
