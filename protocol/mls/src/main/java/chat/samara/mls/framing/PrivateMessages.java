package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.secrettree.MessageKey;
import chat.samara.mls.secrettree.RatchetId;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/** Makes PrivateMessages and opens them (RFC 9420 §6.3). */
public final class PrivateMessages {
    private PrivateMessages() {}

    /** Finds the signature key of a member of the message's epoch; a blank or missing leaf has none. */
    @FunctionalInterface
    public interface SignatureKeys {
        Optional<Bytes> of(int leafIndex);
    }

    /**
     * Encrypts content that a member has signed for a PrivateMessage. The ratchet's next key is consumed at once.
     *
     * @param paddingBytes zeros after the content (RFC 9420 §6.3.1)
     */
    public static PrivateMessage seal(
            MessageKeys keys, AuthenticatedContent signed, int paddingBytes, RandomSource random) throws MlsException {
        FramedContent content = signed.content();
        if (!(content.sender() instanceof Sender.Member sender) || signed.wireFormat() != WireFormat.PRIVATE_MESSAGE) {
            throw new IllegalArgumentException("content of " + content.sender() + " in wire format "
                    + signed.wireFormat() + ", expected a member's for a PrivateMessage");
        }
        PrivateMessage header = new PrivateMessage(
                content.groupId(),
                content.epoch(),
                content.content().type(),
                content.authenticatedData(),
                Bytes.EMPTY,
                Bytes.EMPTY);
        MessageKey key = keys.secretTree().take(ratchetOf(sender.leafIndex(), header.contentType()));
        SenderData senderData = new SenderData(
                sender.leafIndex(), key.generation(), Bytes.wrapUnsafe(random.bytes(SenderData.REUSE_GUARD_BYTES)));
        TlsWriter plaintext = new TlsWriter(512);
        content.content().writeBodyTo(plaintext);
        signed.auth().writeTo(plaintext);
        plaintext.raw(new byte[paddingBytes]);
        byte[] ciphertext = keys.suite()
                .aead()
                .seal(
                        key.key().reveal(),
                        senderData.guardedNonce(key.nonce()),
                        header.contentAad(),
                        plaintext.toByteArray());
        key.erase();
        return new PrivateMessage(
                header.groupId(),
                header.epoch(),
                header.contentType(),
                header.authenticatedData(),
                senderData.seal(keys.suite(), keys.senderDataSecret(), header.senderDataAad(), ciphertext),
                Bytes.wrapUnsafe(ciphertext));
    }

    /**
     * A message whose AEAD and signature were verified. Its key is still there: whoever accepts the message consumes it.
     *
     * @param ratchet the key's ratchet
     * @param generation the key's place in it
     * @param message as it came
     */
    public record Opened(
            AuthenticatedContent content, int senderLeaf, RatchetId ratchet, int generation, PrivateMessage message) {
        /** Erases the key, so that the message cannot be opened again (RFC 9420 §9.2). */
        public void consumeKey(MessageKeys keys) {
            keys.secretTree().consume(ratchet, generation);
        }

        /** Keeps the key to open this very message again, and no other, until the epoch is over. */
        public void keepKey(MessageKeys keys) {
            keys.secretTree()
                    .keepOpened(ratchet, generation, message.ciphertext().arrayUnsafe());
        }
    }

    /**
     * Decrypts a message of the keys' epoch and verifies its padding and signature. Changes nothing.
     *
     * @param ownLeaf refused with {@link MlsError#OWN_MESSAGE}: the own keys are consumed by sending; -1 if this state sends nothing
     */
    public static Opened open(MessageKeys keys, PrivateMessage message, int ownLeaf, SignatureKeys signatureKeys)
            throws MlsException {
        requireContentType(message.contentType());
        SenderData senderData = SenderData.open(keys.suite(), keys.senderDataSecret(), message);
        int sender = senderData.leafIndex();
        // RFC 9420 §6.3.2: the leaf MUST not be blank.
        Bytes signatureKey = signatureKeys
                .of(sender)
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_SENDER,
                        "leaf " + Integer.toUnsignedString(sender) + " of a PrivateMessage, expected a member"));
        if (sender == ownLeaf) {
            throw new MlsException(MlsError.OWN_MESSAGE, "generation " + senderData.generation());
        }
        return open(keys, message, senderData, signatureKey);
    }

    private static Opened open(MessageKeys keys, PrivateMessage message, SenderData senderData, Bytes signatureKey)
            throws MlsException {
        int sender = senderData.leafIndex();
        RatchetId ratchet = ratchetOf(sender, message.contentType());
        byte[] ciphertext = message.ciphertext().arrayUnsafe();
        keys.secretTree().requireNotOpenedAnother(ratchet, senderData.generation(), ciphertext);
        MessageKey key = keys.secretTree().peek(ratchet, senderData.generation());
        byte[] plaintext;
        try {
            plaintext = keys.suite()
                    .aead()
                    .open(key.key().reveal(), senderData.guardedNonce(key.nonce()), message.contentAad(), ciphertext);
        } finally {
            key.erase();
        }
        AuthenticatedContent content = decode(message, sender, plaintext);
        Arrays.fill(plaintext, (byte) 0);
        verifySignature(keys, content, signatureKey);
        return new Opened(content, sender, ratchet, senderData.generation(), message);
    }

    /**
     * Whether it is a genuine message of the member itself under a key that it has not used. Sending consumes the key; so a later state of
     * the member has sent it. Changes nothing.
     */
    public static boolean isOfLaterState(
            MessageKeys keys, PrivateMessage message, int ownLeaf, SignatureKeys signatureKeys) {
        try {
            requireContentType(message.contentType());
            SenderData senderData = SenderData.open(keys.suite(), keys.senderDataSecret(), message);
            Optional<Bytes> signatureKey = signatureKeys.of(ownLeaf);
            if (senderData.leafIndex() != ownLeaf || signatureKey.isEmpty()) {
                return false;
            }
            open(keys, message, senderData, signatureKey.get());
            return true;
        } catch (MlsException e) {
            return false;
        }
    }

    /**
     * The generation of the key under which a message says to be sealed by the member itself. That is encrypted under a key which the epoch's
     * members share, drawn from the ciphertext's first bytes: nothing else of it is verified. Changes nothing; empty for any other message.
     */
    public static OptionalInt ownGeneration(MessageKeys keys, PrivateMessage message, int ownLeaf) {
        try {
            SenderData senderData = SenderData.open(keys.suite(), keys.senderDataSecret(), message);
            return senderData.leafIndex() == ownLeaf && senderData.generation() >= 0
                    ? OptionalInt.of(senderData.generation())
                    : OptionalInt.empty();
        } catch (MlsException e) {
            return OptionalInt.empty();
        }
    }

    /**
     * How many unused keys of its sender would be given up if this message were opened and its key consumed, because so many messages
     * before it have not come. Changes nothing, and verifies nothing; 0 for one that cannot be opened.
     */
    public static int keysGivenUpBy(MessageKeys keys, PrivateMessage message) {
        try {
            requireContentType(message.contentType());
            SenderData senderData = SenderData.open(keys.suite(), keys.senderDataSecret(), message);
            return keys.secretTree()
                    .keysGivenUpBy(ratchetOf(senderData.leafIndex(), message.contentType()), senderData.generation());
        } catch (MlsException e) {
            return 0;
        }
    }

    private static AuthenticatedContent decode(PrivateMessage message, int sender, byte[] plaintext)
            throws MlsException {
        TlsReader reader = new TlsReader(plaintext);
        Content content = Content.readBodyFrom(reader, message.contentType());
        FramedContentAuthData auth = FramedContentAuthData.readFrom(reader, message.contentType());
        for (byte padding : reader.rawArray(reader.remaining())) {
            if (padding != 0) {
                throw new MlsException(MlsError.NONZERO_PADDING, "in a message of leaf " + sender);
            }
        }
        FramedContent framed = new FramedContent(
                message.groupId(), message.epoch(), new Sender.Member(sender), message.authenticatedData(), content);
        return new AuthenticatedContent(WireFormat.PRIVATE_MESSAGE, framed, auth);
    }

    private static void verifySignature(MessageKeys keys, AuthenticatedContent content, Bytes signatureKey)
            throws MlsException {
        byte[] signed = content.content().toBeSigned(WireFormat.PRIVATE_MESSAGE, keys.context());
        if (!keys.suite()
                .verifyWithLabel(
                        signatureKey,
                        FramedContent.SIGNATURE_LABEL,
                        signed,
                        content.auth().signature())) {
            throw new MlsException(
                    MlsError.INVALID_SIGNATURE,
                    "of a PrivateMessage by " + content.content().sender());
        }
    }

    private static RatchetId ratchetOf(int leafIndex, int contentType) {
        return new RatchetId(
                leafIndex, contentType == Content.APPLICATION ? RatchetId.Kind.APPLICATION : RatchetId.Kind.HANDSHAKE);
    }

    private static void requireContentType(int type) throws MlsException {
        if (type < Content.APPLICATION || type > Content.COMMIT) {
            throw new MlsException(MlsError.MALFORMED, "content type " + type + ", expected 1 to 3");
        }
    }
}
