package chat.samara.mls.framing;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.TranscriptHash;
import chat.samara.mls.secrettree.SecretTree;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors message-protection.json, secret-tree.json and transcript-hashes.json")
class MessageProtectionVectorsTest {
    private static final int SENDER_LEAF = 1;
    private static final int RECEIVER_LEAF = 0;

    @Test
    @DisplayName("PublicMessages with a proposal and a commit verify, and so do fresh ones")
    void publicMessages() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("message-protection")) {
            Content proposal =
                    new Content.OfProposal(TlsReader.decode(Vectors.bytes(vector, "proposal"), Proposal::readFrom));
            Content commit = new Content.OfCommit(TlsReader.decode(Vectors.bytes(vector, "commit"), Commit::readFrom));
            assertThat(openPublic(vector, Vectors.bytes(vector, "proposal_pub")))
                    .isEqualTo(proposal);
            assertThat(openPublic(vector, Vectors.bytes(vector, "commit_pub"))).isEqualTo(commit);
            assertThat(openPublic(vector, sealPublic(vector, proposal))).isEqualTo(proposal);
            assertThat(openPublic(vector, sealPublic(vector, commit))).isEqualTo(commit);
        }
    }

    @Test
    @DisplayName("PrivateMessages with a proposal, a commit and application data open, and so do fresh ones")
    void privateMessages() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("message-protection")) {
            Content proposal =
                    new Content.OfProposal(TlsReader.decode(Vectors.bytes(vector, "proposal"), Proposal::readFrom));
            Content commit = new Content.OfCommit(TlsReader.decode(Vectors.bytes(vector, "commit"), Commit::readFrom));
            Content application = new Content.OfApplication(Vectors.hex(vector, "application"));
            assertThat(openPrivate(vector, Vectors.bytes(vector, "proposal_priv")))
                    .isEqualTo(proposal);
            assertThat(openPrivate(vector, Vectors.bytes(vector, "commit_priv")))
                    .isEqualTo(commit);
            assertThat(openPrivate(vector, Vectors.bytes(vector, "application_priv")))
                    .isEqualTo(application);
            assertThat(openPrivate(vector, sealPrivate(vector, proposal, 0))).isEqualTo(proposal);
            assertThat(openPrivate(vector, sealPrivate(vector, commit, 3))).isEqualTo(commit);
            assertThat(openPrivate(vector, sealPrivate(vector, application, 10)))
                    .isEqualTo(application);
        }
    }

    @Test
    @DisplayName("sender data keys and nonces are drawn from the ciphertext")
    void senderData() {
        for (JsonObject vector : Vectors.loadSupported("secret-tree")) {
            CipherSuite suite = Vectors.suite(vector);
            JsonObject it = vector.getAsJsonObject("sender_data");
            Secret secret = Secret.take(Vectors.bytes(it, "sender_data_secret"));
            byte[] ciphertext = Vectors.bytes(it, "ciphertext");
            assertThat(SenderData.key(suite, secret, ciphertext).reveal()).isEqualTo(Vectors.bytes(it, "key"));
            assertThat(SenderData.nonce(suite, secret, ciphertext).reveal()).isEqualTo(Vectors.bytes(it, "nonce"));
        }
    }

    @Test
    @DisplayName("transcript hashes and the confirmation tag follow from the commit")
    void transcriptHashes() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("transcript-hashes")) {
            CipherSuite suite = Vectors.suite(vector);
            AuthenticatedContent commit = TlsReader.decode(Vectors.bytes(vector, "authenticated_content"), reader -> {
                int wireFormat = reader.uint16();
                FramedContent content = FramedContent.readFrom(reader);
                return new AuthenticatedContent(
                        wireFormat,
                        content,
                        FramedContentAuthData.readFrom(reader, content.content().type()));
            });
            Bytes tag = commit.auth().confirmationTag().orElseThrow();
            Bytes confirmed = TranscriptHash.confirmed(
                    suite,
                    Vectors.hex(vector, "interim_transcript_hash_before"),
                    commit.confirmedTranscriptHashInput());
            assertThat(confirmed).isEqualTo(Vectors.hex(vector, "confirmed_transcript_hash_after"));
            assertThat(TranscriptHash.interim(suite, confirmed, tag))
                    .isEqualTo(Vectors.hex(vector, "interim_transcript_hash_after"));
            Secret key = Secret.take(Vectors.bytes(vector, "confirmation_key"));
            assertThat(suite.verifyMac(key, confirmed.toByteArray(), tag)).isTrue();
        }
    }

    private static Content openPublic(JsonObject vector, byte[] message) throws MlsException {
        CipherSuite suite = Vectors.suite(vector);
        PublicMessageIn received = MlsMessage.decode(message).requirePublicMessage();
        received.verifyMembership(suite, context(vector), Secret.take(Vectors.bytes(vector, "membership_key")));
        return received.verify(suite, context(vector), Vectors.hex(vector, "signature_pub"))
                .content()
                .content();
    }

    private static byte[] sealPublic(JsonObject vector, Content content) {
        PublicMessageIn message = signed(vector, WireFormat.PUBLIC_MESSAGE, content)
                .toPublicMessage(
                        Vectors.suite(vector), context(vector), Secret.take(Vectors.bytes(vector, "membership_key")));
        return new MlsMessage.OfPublicMessage(message).encode();
    }

    private static Content openPrivate(JsonObject vector, byte[] message) throws MlsException {
        PrivateMessage received = ((MlsMessage.OfPrivateMessage) MlsMessage.decode(message)).message();
        MessageKeys keys = keys(vector);
        PrivateMessages.Opened opened = PrivateMessages.open(
                keys,
                received,
                RECEIVER_LEAF,
                leaf -> leaf == SENDER_LEAF ? Optional.of(Vectors.hex(vector, "signature_pub")) : Optional.empty());
        opened.consumeKey(keys);
        return opened.content().content().content();
    }

    private static byte[] sealPrivate(JsonObject vector, Content content, int paddingBytes) throws MlsException {
        PrivateMessage message = PrivateMessages.seal(
                keys(vector), signed(vector, WireFormat.PRIVATE_MESSAGE, content), paddingBytes, RandomSource.secure());
        return new MlsMessage.OfPrivateMessage(message).encode();
    }

    private static AuthenticatedContent signed(JsonObject vector, int wireFormat, Content content) {
        FramedContent framed = new FramedContent(
                Vectors.hex(vector, "group_id"),
                vector.get("epoch").getAsLong(),
                new Sender.Member(SENDER_LEAF),
                Bytes.of((byte) 1, (byte) 2),
                content);
        AuthenticatedContent signed = AuthenticatedContent.sign(
                Vectors.suite(vector),
                wireFormat,
                framed,
                context(vector),
                SignatureKeyPair.of(Vectors.suite(vector), Vectors.bytes(vector, "signature_priv")));
        return content.type() == Content.COMMIT ? signed.withConfirmationTag(Bytes.of(new byte[32])) : signed;
    }

    private static MessageKeys keys(JsonObject vector) {
        CipherSuite suite = Vectors.suite(vector);
        return new MessageKeys(
                suite,
                context(vector),
                Secret.take(Vectors.bytes(vector, "sender_data_secret")),
                SecretTree.of(suite, 2, Secret.take(Vectors.bytes(vector, "encryption_secret"))));
    }

    private static GroupContext context(JsonObject vector) {
        return new GroupContext(
                Vectors.suite(vector).code(),
                Vectors.hex(vector, "group_id"),
                vector.get("epoch").getAsLong(),
                Vectors.hex(vector, "tree_hash"),
                Vectors.hex(vector, "confirmed_transcript_hash"),
                List.of());
    }
}
