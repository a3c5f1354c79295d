package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A true member, with all its secrets, who sends what it should not. */
final class HostileMember {
    final Group group;
    private final SignatureKeyPair signer;
    private final TestClient client;
    private final Map<Bytes, SignatureKeyPair> keyring = new HashMap<>();

    HostileMember(TestClient client, Group group) {
        this.client = client;
        this.group = group;
        this.signer = client.signer;
        knows(signer);
    }

    /** Has got hold of a signature key, and signs leaves with it that name it. */
    SignatureKeyPair knows(SignatureKeyPair key) {
        keyring.put(key.publicKey(), key);
        return key;
    }

    SignatureKeyPair signer() {
        return signer;
    }

    RandomSource random() {
        return client.random;
    }

    /** The leaf signed by the key that it names: for this group and place, unless it is made for a KeyPackage. */
    LeafNode signed(LeafNode leaf) {
        SignatureKeyPair key = Objects.requireNonNull(keyring.get(leaf.signatureKey()), "a key that nobody has");
        return leaf.source() instanceof LeafNodeSource.FromKeyPackage
                ? leaf.signed(client.suite, key)
                : leaf.signed(client.suite, key, group.groupId(), group.ownLeafIndex());
    }

    /** A proposal of this member's as a PublicMessage. */
    byte[] propose(Proposal proposal) {
        return publicMessage(sign(WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(proposal), group.ownLeafIndex()));
    }

    /** A leaf for an Update of this member's, not signed yet. */
    LeafNode update() {
        LeafNode old = group.state().ownLeafNode();
        return new LeafNode(
                client.suite.generateKeyPair(client.random).publicKey(),
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                new LeafNodeSource.FromUpdate(),
                old.extensions(),
                Bytes.EMPTY);
    }

    AuthenticatedContent sign(int wireFormat, Content content, int leaf) {
        GroupContext context = group.publicGroup().context();
        FramedContent framed =
                new FramedContent(context.groupId(), context.epoch(), new Sender.Member(leaf), Bytes.EMPTY, content);
        return AuthenticatedContent.sign(client.suite, wireFormat, framed, context, signer);
    }

    /** With a true membership tag. */
    byte[] publicMessage(AuthenticatedContent content) {
        return encode(content.toPublicMessage(
                client.suite,
                group.publicGroup().context(),
                group.state().secrets().membership()));
    }

    byte[] privateMessage(Content content) throws MlsException {
        return privateMessage(sign(WireFormat.PRIVATE_MESSAGE, content, group.ownLeafIndex()));
    }

    byte[] privateMessage(AuthenticatedContent content) throws MlsException {
        return new MlsMessage.OfPrivateMessage(
                        PrivateMessages.seal(group.state().messageKeys(), content, 0, client.random))
                .encode();
    }

    /** A commit that the group has built, with another confirmation tag and a membership tag to match. */
    byte[] withConfirmationTag(Bytes commit, Bytes tag) throws MlsException {
        PublicMessageIn message = MlsMessage.decode(commit.toByteArray()).requirePublicMessage();
        AuthenticatedContent verified =
                message.verify(client.suite, group.publicGroup().context(), signer.publicKey());
        return publicMessage(verified.withConfirmationTag(tag));
    }

    /** A message with another membership tag. */
    static byte[] withMembershipTag(byte[] message, Bytes tag) throws MlsException {
        PublicMessageIn decoded = MlsMessage.decode(message).requirePublicMessage();
        return encode(new PublicMessageIn(decoded.content(), decoded.auth(), Optional.of(tag)));
    }

    private static byte[] encode(PublicMessageIn message) {
        return new MlsMessage.OfPublicMessage(message).encode();
    }
}
