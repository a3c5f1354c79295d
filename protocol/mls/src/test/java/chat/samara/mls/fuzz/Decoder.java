package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContentAuthData;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTreeIn;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.Arrays;

/**
 * Every place where bytes from outside, or out of a store, are decoded; and what decoding them must never do.
 *
 * <p>A decoder here gives the encoding of what it decoded, which must be the input again.
 */
enum Decoder {
    MLS_MESSAGE(bytes -> MlsMessage.decode(bytes).encode()),
    PUBLIC_MESSAGE(struct(PublicMessageIn::readFrom)),
    PRIVATE_MESSAGE(struct(PrivateMessage::readFrom)),
    PRIVATE_CONTENT(Decoder::privateContent),
    SEALED_CONTENT(SealedContent::open, 64 << 10),
    KEY_PACKAGE(bytes -> KeyPackage.decode(bytes).encode()),
    KEY_PACKAGE_BUNDLE(bytes -> KeyPackageBundle.decode(bytes).encode(), 64 << 10),
    WELCOME(struct(Welcome::readFrom)),
    GROUP_INFO(bytes -> GroupInfo.decode(bytes).encode()),
    GROUP_CONTEXT(struct(GroupContext::readFrom)),
    GROUP_SECRETS(struct(GroupSecrets::readFrom)),
    RATCHET_TREE(bytes -> RatchetTreeIn.decode(CipherSuite.X25519_AES128GCM_SHA256_ED25519, bytes)
            .trusted()
            .encode()),
    LEAF_NODE(struct(LeafNode::readFrom)),
    CREDENTIAL(struct(Credential::readFrom)),
    PROPOSAL(struct(Proposal::readFrom)),
    COMMIT(struct(Commit::readFrom)),
    EXTENSIONS(bytes -> new TlsWriter()
            .vector(TlsReader.decode(bytes, Extension::readListFrom))
            .toByteArray()),
    REQUIRED_CAPABILITIES(struct(RequiredCapabilities::readFrom)),
    APP_DATA_DICTIONARY(struct(AppDataDictionary::readFrom)),
    EXTERNAL_SENDERS(bytes -> new TlsWriter()
            .vector(TlsReader.decode(bytes, reader -> reader.vector(ExternalSender::readFrom)))
            .toByteArray()),
    STORED_PROPOSAL(struct(AuthenticatedContent::readTrusted)),
    SNAPSHOT(Decoder::snapshot, 16 << 10, Decoder.ALLOCATED_WITH_HASHES_PER_INPUT_BYTE),
    GROUP_STATE(StoredGroup::restore, 256 << 10, Decoder.ALLOCATED_WITH_HASHES_PER_INPUT_BYTE),
    RECEIVED_MESSAGE(Received::byMember, 512 << 10),
    RECEIVED_WELCOME(Received::byNewcomer, 512 << 10),
    PRIMITIVES(Primitives::copy);

    /** Gives the encoding of what the bytes were decoded to. */
    @FunctionalInterface
    interface Again {
        byte[] encode(byte[] bytes) throws MlsException;
    }

    /** The multiple of the input's size. The worst are lists whose elements are two or three bytes each. */
    static final int ALLOCATED_PER_INPUT_BYTE = 48;

    /** The same where decoding computes the hash of a tree as well: two hashes a leaf, and a leaf may be a few bytes. */
    static final int ALLOCATED_WITH_HASHES_PER_INPUT_BYTE = 192;

    private static final int ALLOCATED_BESIDES_BYTES = 16 << 10;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state, which its type cannot say
    private final Again again;

    private final int besidesBytes;
    private final int perInputByte;

    Decoder(Again again) {
        this(again, ALLOCATED_BESIDES_BYTES);
    }

    Decoder(Again again, int besidesBytes) {
        this(again, besidesBytes, ALLOCATED_PER_INPUT_BYTE);
    }

    Decoder(Again again, int besidesBytes, int perInputByte) {
        this.again = again;
        this.besidesBytes = besidesBytes;
        this.perInputByte = perInputByte;
    }

    /** What the bytes are decoded to, encoded again. */
    byte[] again(byte[] bytes) throws MlsException {
        return again.encode(bytes);
    }

    /**
     * The most that decoding and encoding may allocate. However short the input is, there is the exception that refuses it, and
     * what a decoder works with beside its input: private keys that are compared, a sound group that is damaged.
     */
    long allowedBytes(int inputBytes) {
        return besidesBytes + (long) perInputByte * inputBytes;
    }

    private static Again struct(TlsReader.Decoder<? extends TlsEncodable> decoder) {
        return bytes -> TlsReader.decode(bytes, decoder).encode();
    }

    /** A snapshot of an older version is encoded as one of the present, and that as itself. */
    private static byte[] snapshot(byte[] bytes) throws MlsException {
        byte[] present = PublicGroup.decode(bytes, (credential, key) -> true).encode();
        boolean isOlder = !Arrays.equals(bytes, 0, Short.BYTES, present, 0, Short.BYTES);
        if (isOlder && Arrays.equals(present, snapshot(present))) {
            return bytes;
        }
        return present;
    }

    /** {@code PrivateMessageContent} (RFC 9420 §6.3.1) behind its content type, and its padding, as it is once decrypted. */
    private static byte[] privateContent(byte[] bytes) throws MlsException {
        TlsReader reader = new TlsReader(bytes);
        int type = reader.uint8();
        Content content = Content.readBodyFrom(reader, type);
        FramedContentAuthData auth = FramedContentAuthData.readFrom(reader, type);
        TlsWriter writer = new TlsWriter().uint8(content.type());
        content.writeBodyTo(writer);
        writer.opaque(auth.signature());
        auth.confirmationTag().ifPresent(writer::opaque);
        return writer.raw(Arrays.copyOfRange(bytes, reader.position(), bytes.length))
                .toByteArray();
    }
}
