package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.HostileSeal;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.RatchetId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Messages of a true member, valid but for the one breach (RFC 9420 §6, §9): encrypted with the true keys, tagged, signed. */
@DisplayName("A message")
class MessageRulesTest {
    private static final Content HELLO = new Content.OfApplication(Bytes.ofUtf8("hello"));
    private static final Content REMOVAL = new Content.OfProposal(new Proposal.Remove(HostileScene.DAVE));
    private static final byte[] NONE = new byte[0];

    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(63);
    }

    @AfterEach
    void everybodyGoesOn() throws MlsException {
        scene.everybodyGoesOn();
    }

    private AuthenticatedContent signed(Content content) {
        return scene.mallory.sign(WireFormat.PRIVATE_MESSAGE, content, HostileScene.BOB);
    }

    private FramedContent framed(Content content) {
        return signed(content).content();
    }

    /** With the next key of Bob's, which stays there for his next genuine message. */
    private HostileSeal seal() {
        return seal(nextGeneration());
    }

    private HostileSeal seal(int generation) {
        return new HostileSeal(scene.b.state().messageKeys(), HostileScene.BOB, generation, scene.random);
    }

    private int nextGeneration() {
        return scene.b.state().secretTree().nextGeneration(new RatchetId(HostileScene.BOB, RatchetId.Kind.APPLICATION));
    }

    private static PrivateMessage decoded(byte[] message) throws MlsException {
        return ((MlsMessage.OfPrivateMessage) MlsMessage.decode(message)).message();
    }

    private static byte[] encoded(PrivateMessage message) {
        return new MlsMessage.OfPrivateMessage(message).encode();
    }

    @Nested
    @DisplayName("that is encrypted is refused, and changes nothing, when")
    class Encrypted {
        @Test
        @DisplayName("it breaks a rule; without the breach, what the hostile sender seals is opened")
        void positiveControl() throws MlsException {
            byte[] message = seal().seal(signed(HELLO), new byte[100]);
            for (Group group : List.of(scene.a, scene.c, scene.d)) {
                assertThat(TestClient.open(group, message).plaintext()).isEqualTo(Bytes.ofUtf8("hello"));
            }
            byte[] proposal = seal(0).seal(signed(REMOVAL), NONE);
            assertThat(scene.a.process(proposal)).isInstanceOf(Processed.ProposalReceived.class);
        }

        @Test
        @DisplayName("its padding is not all zeros, at its start or its end (RFC 9420 §6.3.1)")
        void padding() throws MlsException {
            for (byte[] padding : List.of(new byte[] {1}, new byte[] {0, 0, 1}, new byte[] {(byte) 0x80, 0, 0})) {
                scene.refusedByMembers(MlsError.NONZERO_PADDING, seal().seal(signed(HELLO), padding));
                scene.refusedByMembers(MlsError.NONZERO_PADDING, seal(0).seal(signed(REMOVAL), padding));
            }
        }

        @Test
        @DisplayName("its generation was used before, for other content (RFC 9420 §9.1)")
        void reusedGeneration() throws MlsException {
            int generation = nextGeneration();
            byte[] first = seal().seal(signed(HELLO), NONE);
            byte[] second = seal().seal(signed(new Content.OfApplication(Bytes.ofUtf8("other"))), NONE);
            byte[] handshake = seal(0).seal(signed(REMOVAL), NONE);
            for (Group group : List.of(scene.a, scene.c, scene.d)) {
                assertThat(TestClient.open(group, first).plaintext()).isEqualTo(Bytes.ofUtf8("hello"));
                group.drainDelta();
            }
            scene.b.protect(NONE, NONE);
            scene.b.drainDelta();
            assertThat(nextGeneration()).isEqualTo(generation + 1);
            scene.refusedByMembers(MlsError.KEY_CONSUMED, second);
            scene.refusedByMembers(MlsError.KEY_CONSUMED, first);
            // The other ratchet has generations of its own.
            assertThat(scene.a.process(handshake)).isInstanceOf(Processed.ProposalReceived.class);
        }

        @Test
        @DisplayName("its generation is too far ahead (RFC 9420 §15.3)")
        void generation() throws MlsException {
            int next = nextGeneration();
            for (int generation : new int[] {next + Limits.RATCHET_FORWARD_STEPS_MAX + 1, Integer.MAX_VALUE, -1}) {
                scene.refusedByMembers(
                        MlsError.GENERATION_TOO_FAR,
                        seal().showingGeneration(generation).seal(signed(HELLO), NONE));
            }
        }

        @Test
        @DisplayName("its sender is a blank leaf, or one beyond every tree (RFC 9420 §6.3.2)")
        void blankSender() throws MlsException {
            for (int leaf : new int[] {4, 1 << 20, Integer.MAX_VALUE, -1}) {
                scene.refusedByMembers(
                        MlsError.INVALID_SENDER, seal().showingLeaf(leaf).seal(signed(HELLO), NONE));
            }
        }

        @Test
        @DisplayName("it claims to be another's, of whose ratchet the key is, or is not")
        void impersonation() throws MlsException {
            AuthenticatedContent forged = scene.mallory.sign(WireFormat.PRIVATE_MESSAGE, HELLO, HostileScene.CAROL);
            byte[] withCarolsKey = new HostileSeal(scene.b.state().messageKeys(), HostileScene.CAROL, 0, scene.random)
                    .seal(forged, NONE);
            scene.refusedBy(List.of(scene.a, scene.d), MlsError.INVALID_SIGNATURE, withCarolsKey);
            scene.refusedBy(List.of(scene.c), MlsError.OWN_MESSAGE, withCarolsKey);
            byte[] withBobsKey = seal().showingLeaf(HostileScene.CAROL).seal(forged, NONE);
            scene.refusedBy(List.of(scene.a, scene.d), MlsError.DECRYPTION_FAILED, withBobsKey);
        }

        @Test
        @DisplayName(
                "it was signed by another key, for a PublicMessage, for another epoch or over other data (RFC 9420 §6.1)")
        void signature() throws MlsException {
            GroupContext context = scene.b.publicGroup().context();
            FramedContent framed = framed(HELLO);
            FramedContent otherData = new FramedContent(
                    framed.groupId(), framed.epoch(), framed.sender(), Bytes.ofUtf8("other"), framed.content());
            GroupContext elsewhere = context.withTreeHash(Bytes.of(new byte[32]));
            List<AuthenticatedContent> forged = List.of(
                    AuthenticatedContent.sign(
                            HostileScene.SUITE, WireFormat.PRIVATE_MESSAGE, framed, context, scene.eve.signer),
                    scene.mallory.sign(WireFormat.PUBLIC_MESSAGE, HELLO, HostileScene.BOB),
                    AuthenticatedContent.sign(
                            HostileScene.SUITE, WireFormat.PRIVATE_MESSAGE, framed, elsewhere, scene.bob.signer));
            for (AuthenticatedContent content : forged) {
                scene.refusedByMembers(MlsError.INVALID_SIGNATURE, seal().seal(content, NONE));
            }
            AuthenticatedContent overOther = AuthenticatedContent.sign(
                    HostileScene.SUITE, WireFormat.PRIVATE_MESSAGE, otherData, context, scene.bob.signer);
            byte[] plaintext = new TlsWriter()
                    .opaque(Bytes.ofUtf8("hello"))
                    .opaque(overOther.auth().signature())
                    .toByteArray();
            scene.refusedByMembers(MlsError.INVALID_SIGNATURE, seal().seal(framed, plaintext));
        }

        @Test
        @DisplayName("what is inside is cut short, be it of a type that is not known")
        void content() throws MlsException {
            scene.refusedByMembers(MlsError.MALFORMED, seal().seal(framed(HELLO), NONE));
            scene.refusedByMembers(MlsError.MALFORMED, seal().seal(framed(HELLO), new byte[] {5, 'h'}));
            scene.refusedByMembers(
                    MlsError.MALFORMED, seal(0).seal(framed(REMOVAL), new byte[] {(byte) 0xF0, 3, 5, 'h'}));
        }

        @Test
        @DisplayName("its header was changed: group, epoch, content type, authenticated data")
        void header() throws MlsException {
            Bytes groupId = scene.b.groupId();
            scene.refusedByMembers(MlsError.WRONG_GROUP, sealedAs(Bytes.ofUtf8("another"), 0, 1));
            for (long ahead : new long[] {1, -1 - scene.b.epoch()}) {
                scene.refusedByMembers(MlsError.WRONG_EPOCH, sealedAs(groupId, ahead, 1));
            }
            for (int type : new int[] {0, 4, 255}) {
                scene.refusedByMembers(MlsError.MALFORMED, sealedAs(groupId, 0, type));
            }
            for (int type : new int[] {2, 3}) {
                scene.refusedByMembers(MlsError.DECRYPTION_FAILED, sealedAs(groupId, 0, type));
            }
            PrivateMessage message = decoded(seal().seal(signed(HELLO), NONE));
            PrivateMessage otherData = new PrivateMessage(
                    message.groupId(),
                    message.epoch(),
                    message.contentType(),
                    Bytes.ofUtf8("other"),
                    message.encryptedSenderData(),
                    message.ciphertext());
            scene.refusedByMembers(MlsError.DECRYPTION_FAILED, encoded(otherData));
        }

        /** Genuine, with the header changed afterwards. */
        private byte[] sealedAs(Bytes groupId, long ahead, int contentType) throws MlsException {
            PrivateMessage old = decoded(seal().seal(signed(HELLO), NONE));
            return encoded(new PrivateMessage(
                    groupId,
                    old.epoch() + ahead,
                    contentType,
                    old.authenticatedData(),
                    old.encryptedSenderData(),
                    old.ciphertext()));
        }

        @Test
        @DisplayName("its sender data or content is shorter than any ciphertext")
        void shortCiphertexts() throws MlsException {
            for (Bytes cut : List.of(Bytes.EMPTY, Bytes.of((byte) 1), Bytes.of(new byte[15]), Bytes.of(new byte[16]))) {
                for (boolean inSenderData : new boolean[] {true, false}) {
                    PrivateMessage message = decoded(seal().seal(signed(HELLO), NONE));
                    PrivateMessage shortened = inSenderData
                            ? withCiphertexts(message, cut, message.ciphertext())
                            : withCiphertexts(message, message.encryptedSenderData(), cut);
                    scene.refusedByMembers(MlsError.DECRYPTION_FAILED, encoded(shortened));
                }
            }
        }

        private PrivateMessage withCiphertexts(PrivateMessage old, Bytes senderData, Bytes ciphertext) {
            return new PrivateMessage(
                    old.groupId(), old.epoch(), old.contentType(), old.authenticatedData(), senderData, ciphertext);
        }

        @Test
        @DisplayName("it is a handshake of an epoch that is over: a proposal or a commit (RFC 9420 §12.1, §12.4.2)")
        void lateHandshake() throws MlsException {
            byte[] proposal = seal(0).seal(signed(REMOVAL), NONE);
            byte[] commit = scene.commit().encrypted().message();
            scene.everybodyGoesOn();
            for (Group group : List.of(scene.a, scene.b, scene.c, scene.d)) {
                group.drainDelta();
            }
            scene.refusedByMembers(MlsError.WRONG_EPOCH, proposal);
            scene.refusedByMembers(MlsError.WRONG_EPOCH, commit);
        }
    }

    @Nested
    @DisplayName("arrives unharmed after a tampered copy of it:")
    class TamperedFirst {
        private void arrives(byte[] message, Group group) throws MlsException {
            for (int at = 0; at < message.length; at += 3) {
                byte[] tampered = message.clone();
                tampered[at] ^= 0x21;
                assertThatExceptionOfType(MlsException.class)
                        .as("byte %d, %s", at, scene.random)
                        .isThrownBy(() -> group.process(tampered));
            }
            assertThat(group.drainDelta().isEmpty()).isTrue();
            group.process(message);
            group.drainDelta();
        }

        @Test
        @DisplayName("application data, proposals and commits, encrypted or not")
        void everyKind() throws MlsException {
            arrives(scene.b.protect("hello".getBytes(java.nio.charset.StandardCharsets.UTF_8), NONE), scene.a);
            arrives(scene.commit().message(), scene.a);
            arrives(scene.commit().encrypted().message(), scene.c);
            arrives(scene.mallory.propose(new Proposal.Remove(HostileScene.DAVE)), scene.a);
            arrives(scene.mallory.privateMessage(REMOVAL), scene.c);
        }
    }

    @Nested
    @DisplayName("that is not encrypted is refused by everybody when")
    class InTheClear {
        private byte[] message(FramedContent framed, GroupContext context) {
            AuthenticatedContent signed = AuthenticatedContent.sign(
                    HostileScene.SUITE, WireFormat.PUBLIC_MESSAGE, framed, context, scene.bob.signer);
            return scene.mallory.publicMessage(
                    framed.content() instanceof Content.OfCommit
                            ? signed.withConfirmationTag(Bytes.of(new byte[32]))
                            : signed);
        }

        private FramedContent framed(Bytes groupId, long epoch, Sender sender, Content content) {
            return new FramedContent(groupId, epoch, sender, Bytes.EMPTY, content);
        }

        @Test
        @DisplayName("it is of another group or epoch, signed and tagged as such (RFC 9420 §12.1, §12.4.2)")
        void groupAndEpoch() throws MlsException {
            GroupContext context = scene.b.publicGroup().context();
            Sender bob = new Sender.Member(HostileScene.BOB);
            Content commit = new Content.OfCommit(new Commit(List.of(), Optional.empty()));
            for (Content content : List.of(REMOVAL, commit)) {
                scene.refused(
                        MlsError.WRONG_GROUP,
                        message(framed(Bytes.ofUtf8("another"), context.epoch(), bob, content), context));
                for (long epoch : new long[] {0, context.epoch() - 1, context.epoch() + 1, -1}) {
                    scene.refused(
                            MlsError.WRONG_EPOCH, message(framed(context.groupId(), epoch, bob, content), context));
                }
            }
        }

        @Test
        @DisplayName("its sender's leaf is blank or beyond every tree (RFC 9420 §6.1)")
        void blankSender() throws MlsException {
            GroupContext context = scene.b.publicGroup().context();
            for (int leaf : new int[] {4, Integer.MAX_VALUE, -1}) {
                scene.refused(
                        MlsError.INVALID_SENDER,
                        message(framed(context.groupId(), context.epoch(), new Sender.Member(leaf), REMOVAL), context));
            }
        }

        @Test
        @DisplayName("it names another member as its sender, or was signed for a PrivateMessage (RFC 9420 §6.1)")
        void signature() throws MlsException {
            AuthenticatedContent asCarol = scene.mallory.sign(WireFormat.PUBLIC_MESSAGE, REMOVAL, HostileScene.CAROL);
            scene.refused(MlsError.INVALID_SIGNATURE, scene.mallory.publicMessage(asCarol));
            AuthenticatedContent forPrivate = scene.mallory.sign(WireFormat.PRIVATE_MESSAGE, REMOVAL, HostileScene.BOB);
            scene.refused(MlsError.INVALID_SIGNATURE, scene.mallory.publicMessage(forPrivate));
        }

        @Test
        @DisplayName("it is application data (RFC 9420 §6)")
        void applicationData() throws MlsException {
            scene.refused(
                    MlsError.UNENCRYPTED_APPLICATION_DATA,
                    scene.mallory.publicMessage(
                            scene.mallory.sign(WireFormat.PUBLIC_MESSAGE, HELLO, HostileScene.BOB)));
        }

        @Test
        @DisplayName(
                "its membership tag is not that of the epoch: only members can tell, unless it is too short (RFC 9420 §6.2)")
        void membershipTag() throws MlsException {
            for (byte[] message : List.of(
                    scene.mallory.propose(new Proposal.Remove(HostileScene.DAVE)),
                    scene.commit().message())) {
                Bytes genuine = MlsMessage.decode(message)
                        .requirePublicMessage()
                        .membershipTag()
                        .orElseThrow();
                scene.refusedByMembers(
                        MlsError.INVALID_MEMBERSHIP_TAG,
                        HostileMember.withMembershipTag(message, Bytes.of(new byte[32])));
                for (Bytes tag : List.of(Bytes.EMPTY, genuine.slice(0, 31), Bytes.of(new byte[33]))) {
                    scene.refused(MlsError.INVALID_TAG_LENGTH, HostileMember.withMembershipTag(message, tag));
                }
            }
        }

        @Test
        @DisplayName("its confirmation tag is not that of the epoch that it starts (RFC 9420 §6.1)")
        void confirmationTag() throws MlsException {
            scene.refusedByMembers(
                    MlsError.INVALID_CONFIRMATION_TAG,
                    scene.commit()
                            .confirmationTag(tag -> Bytes.of(new byte[32]))
                            .message());
            Proposal eve = new HostileKeyPackage(scene.eve).add();
            scene.refusedByMembers(
                    MlsError.INVALID_CONFIRMATION_TAG,
                    scene.commit()
                            .of(eve)
                            .withoutPath()
                            .confirmationTag(tag -> Bytes.of(new byte[32]))
                            .message());
            for (int size : new int[] {0, 31, 33}) {
                scene.refused(
                        MlsError.INVALID_TAG_LENGTH,
                        scene.commit()
                                .confirmationTag(tag -> Bytes.of(new byte[size]))
                                .message());
            }
        }

        @Test
        @DisplayName("bytes follow it, or it is cut short (RFC 9420 §2.1)")
        void trailingBytes() throws MlsException {
            for (byte[] message :
                    List.of(scene.commit().message(), scene.commit().encrypted().message())) {
                byte[] longer = java.util.Arrays.copyOf(message, message.length + 1);
                byte[] shorter = java.util.Arrays.copyOf(message, message.length - 1);
                for (byte[] changed : List.of(longer, shorter)) {
                    scene.refused(MlsError.MALFORMED, changed);
                }
            }
        }

        @Test
        @DisplayName("somebody sends it who was never a member, with a tag of no key")
        void outsider() throws MlsException {
            GroupContext context = scene.b.publicGroup().context();
            FramedContent asBob = framed(context.groupId(), context.epoch(), new Sender.Member(1), REMOVAL);
            AuthenticatedContent signed = AuthenticatedContent.sign(
                    HostileScene.SUITE, WireFormat.PUBLIC_MESSAGE, asBob, context, scene.eve.signer);
            PublicMessageIn untagged =
                    new PublicMessageIn(signed.content(), signed.auth(), Optional.of(Bytes.of(new byte[32])));
            byte[] message = new MlsMessage.OfPublicMessage(untagged).encode();
            scene.refused(MlsError.INVALID_SIGNATURE, message);
        }
    }

    @Nested
    @DisplayName("by a member who was removed")
    class Removed {
        @Test
        @DisplayName("is refused, of the old epoch and of the new one, encrypted or not")
        void everything() throws MlsException {
            byte[] oldProposal = scene.mallory.propose(new Proposal.Remove(HostileScene.DAVE));
            byte[] oldCommit = scene.commit().message();
            byte[] oldEncrypted = scene.commit().encrypted().message();
            HostileScene old = scene;
            Bytes removal = scene.a.commit().remove(HostileScene.BOB).build().commit();
            List<Group> others = List.of(scene.a, scene.c, scene.d);
            TestClient.mergeAll(others, removal);
            scene.observer = scene.observer.verify(removal.toByteArray()).after();
            for (byte[] message : List.of(oldProposal, oldCommit, oldEncrypted)) {
                assertRefusedByAll(others, message, MlsError.WRONG_EPOCH);
            }
            GroupContext now = scene.a.publicGroup().context();
            FramedContent framed =
                    new FramedContent(now.groupId(), now.epoch(), new Sender.Member(1), Bytes.EMPTY, REMOVAL);
            AuthenticatedContent signed = AuthenticatedContent.sign(
                    HostileScene.SUITE, WireFormat.PUBLIC_MESSAGE, framed, now, scene.bob.signer);
            assertRefusedByAll(others, scene.mallory.publicMessage(signed), MlsError.INVALID_SENDER);
            byte[] encrypted = seal().seal(
                            new FramedContent(now.groupId(), now.epoch(), new Sender.Member(1), Bytes.EMPTY, HELLO),
                            new byte[] {0, 0});
            assertRefusedByAll(others, encrypted, MlsError.DECRYPTION_FAILED);
            TestClient.mergeAll(others, scene.c.commit().build().commit());
            assertThat(scene.a.epochAuthenticator()).isEqualTo(scene.d.epochAuthenticator());
            scene = new HostileScene(64);
            assertThat(old.b.isActive()).isTrue();
        }

        private void assertRefusedByAll(List<Group> groups, byte[] message, MlsError code) {
            for (Group group : groups) {
                group.drainDelta();
                long epoch = group.epoch();
                assertThatExceptionOfType(MlsException.class)
                        .isThrownBy(() -> group.process(message))
                        .extracting(MlsException::code)
                        .isEqualTo(code);
                assertThat(group.drainDelta().isEmpty()).isTrue();
                assertThat(group.epoch()).isEqualTo(epoch);
            }
        }
    }
}
