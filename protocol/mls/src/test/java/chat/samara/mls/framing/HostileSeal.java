package chat.samara.mls.framing;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.secrettree.MessageKey;
import chat.samara.mls.secrettree.RatchetId;

/**
 * Encrypts anything as a member's PrivateMessage (RFC 9420 §6.3), with the true keys of the epoch. A key is looked at and not consumed, so one
 * generation can be used as often as one likes.
 */
public final class HostileSeal {
    private final MessageKeys keys;
    private final RandomSource random;
    private final int keyLeaf;
    private int shownLeaf;
    private int shownGeneration;
    private final int keyGeneration;

    /**
     * @param leaf whose ratchet the key is taken from
     * @param generation of the key
     */
    public HostileSeal(MessageKeys keys, int leaf, int generation, RandomSource random) {
        this.keys = keys;
        this.random = random;
        this.keyLeaf = leaf;
        this.shownLeaf = leaf;
        this.keyGeneration = generation;
        this.shownGeneration = generation;
    }

    /** The leaf in the sender data, whatever ratchet the key is of. */
    public HostileSeal showingLeaf(int leaf) {
        shownLeaf = leaf;
        return this;
    }

    /** The generation in the sender data. */
    public HostileSeal showingGeneration(int generation) {
        shownGeneration = generation;
        return this;
    }

    /** The content as it was signed, and what comes after it. */
    public byte[] seal(AuthenticatedContent signed, byte[] padding) throws MlsException {
        TlsWriter plaintext = new TlsWriter();
        signed.content().content().writeBodyTo(plaintext);
        signed.auth().writeTo(plaintext);
        return seal(signed.content(), plaintext.raw(padding).toByteArray());
    }

    /** Any bytes in place of the content. */
    public byte[] seal(FramedContent framed, byte[] plaintext) throws MlsException {
        int contentType = framed.content().type();
        RatchetId.Kind kind =
                contentType == Content.APPLICATION ? RatchetId.Kind.APPLICATION : RatchetId.Kind.HANDSHAKE;
        MessageKey key = keys.secretTree().peek(new RatchetId(keyLeaf, kind), keyGeneration);
        PrivateMessage header = new PrivateMessage(
                framed.groupId(), framed.epoch(), contentType, framed.authenticatedData(), Bytes.EMPTY, Bytes.EMPTY);
        SenderData senderData = new SenderData(
                shownLeaf, shownGeneration, Bytes.wrapUnsafe(random.bytes(SenderData.REUSE_GUARD_BYTES)));
        byte[] ciphertext = keys.suite()
                .aead()
                .seal(key.key().reveal(), senderData.guardedNonce(key.nonce()), header.contentAad(), plaintext);
        return new MlsMessage.OfPrivateMessage(new PrivateMessage(
                        header.groupId(),
                        header.epoch(),
                        contentType,
                        header.authenticatedData(),
                        senderData.seal(keys.suite(), keys.senderDataSecret(), header.senderDataAad(), ciphertext),
                        Bytes.wrapUnsafe(ciphertext)))
                .encode();
    }
}
