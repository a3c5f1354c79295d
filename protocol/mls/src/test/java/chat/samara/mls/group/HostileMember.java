package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.schedule.GroupContext;
import java.util.Optional;

/** A true member, with all its secrets, who sends what it should not. */
final class HostileMember {
    final Group group;
    private final SignatureKeyPair signer;
    private final TestClient client;

    HostileMember(TestClient client, Group group) {
        this.client = client;
        this.group = group;
        this.signer = client.signer;
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
