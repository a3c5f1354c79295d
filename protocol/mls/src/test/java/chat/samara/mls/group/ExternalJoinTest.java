package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupInfoIn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Joining by an external commit")
class ExternalJoinTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] TEXT = "hello".getBytes(StandardCharsets.UTF_8);

    private TestClient alice;
    private TestClient bob;
    private TestClient carol;
    private Group a;
    private Group b;

    @BeforeEach
    void aliceAndBob() throws MlsException {
        meet(SUITE);
    }

    private void meet(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(7);
        alice = new TestClient("alice", suite, random);
        bob = new TestClient("bob", suite, random);
        carol = new TestClient("carol", suite, random);
        a = alice.found();
        b = TestClient.addAll(a, List.of(bob)).get(0);
    }

    static java.util.stream.Stream<CipherSuite> suites() {
        return CipherSuite.all().stream();
    }

    private static ExternalCommitBuilder joinWith(TestClient client, Group member) throws MlsException {
        return Group.joinExternal(
                member.groupInfo(),
                Optional.of(member.ratchetTree()),
                client.credential,
                client.signer,
                client.environment);
    }

    private static void enter(ExternalCommit join, Group... members) throws MlsException {
        TestClient.mergeAll(List.of(members), join.bundle().commit());
        StagedCommit own = TestClient.staged(join.group(), join.bundle().commit());
        assertThat(own.own()).isTrue();
        assertThat(own.isExternal()).isTrue();
        join.group().merge(own);
    }

    private static void assertTalking(Group... groups) throws MlsException {
        for (Group sender : groups) {
            assertThat(sender.epochAuthenticator()).isEqualTo(groups[0].epochAuthenticator());
            assertThat(sender.exportSecret("label", TEXT, 32)).isEqualTo(groups[0].exportSecret("label", TEXT, 32));
            assertThat(sender.members()).isEqualTo(groups[0].members());
            byte[] message = sender.protect(TEXT, TEXT);
            for (Group receiver : groups) {
                if (receiver != sender) {
                    assertThat(TestClient.open(receiver, message).plaintext()).isEqualTo(Bytes.of(TEXT));
                }
            }
        }
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("makes the joiner a member like others, who commits, adds and talks")
    void joins(CipherSuite suite) throws MlsException {
        meet(suite);
        ExternalCommit join = joinWith(carol, a).authenticatedData(TEXT).build(carol.capabilities);
        assertThat(join.bundle().welcome()).isEmpty();
        StagedCommit staged = TestClient.staged(b, join.bundle().commit());
        assertThat(staged.isExternal()).isTrue();
        assertThat(staged.own()).isFalse();
        assertThat(staged.authenticatedData()).isEqualTo(Bytes.of(TEXT));
        assertThat(staged.added()).extracting(Member::credential).containsExactly(carol.credential);
        enter(join, a, b);
        Group c = join.group();
        assertTalking(a, b, c);
        a.publicGroup().checkGroupInfo(join.bundle().groupInfo().toByteArray());
        TestClient.mergeAll(List.of(a, b, c), c.commit().build().commit());
        TestClient.mergeAll(List.of(a, b, c), a.commit().build().commit());
        assertTalking(a, b, c);
        TestClient dan = new TestClient("dan", suite, alice.random);
        var bundle = dan.bundle();
        CommitBundle addition = c.commit().add(bundle.keyPackage()).build();
        TestClient.mergeAll(List.of(a, b, c), addition.commit());
        assertTalking(a, b, c, dan.join(addition, bundle));
    }

    @Test
    @DisplayName("in place of an old version of oneself makes that one inactive, and its late messages still open")
    void resync() throws MlsException {
        byte[] late = b.protect(TEXT, TEXT);
        ExternalCommit join = joinWith(bob, a).resync().build(TestClient.CAPABILITIES);
        StagedCommit staged = TestClient.staged(a, join.bundle().commit());
        VerifiedSender.Joiner joiner = (VerifiedSender.Joiner) staged.sender();
        assertThat(joiner.replaced().orElseThrow().leafIndex()).isEqualTo(b.ownLeafIndex());
        assertThat(joiner.joined().leafIndex()).isEqualTo(staged.committerLeaf());
        assertThat(staged.removed()).containsExactly(joiner.replaced().orElseThrow());
        assertThat(TestClient.staged(b, join.bundle().commit()).selfRemoved()).isTrue();
        enter(join, a, b);
        assertThat(b.isActive()).isFalse();
        assertTalking(a, join.group());
        assertThat(TestClient.open(a, late).sender().encryptionKey())
                .isEqualTo(joiner.replaced().orElseThrow().encryptionKey());
    }

    @Test
    @DisplayName("in place of the only member founds the group anew")
    void resyncAlone() throws MlsException {
        Group alone = carol.found();
        ExternalCommit join = joinWith(carol, alone).resync().build(TestClient.CAPABILITIES);
        enter(join, alone);
        assertThat(alone.isActive()).isFalse();
        TestClient.mergeAll(List.of(join.group()), join.group().commit().build().commit());
        assertThat(join.group().members()).hasSize(1);
    }

    @Test
    @DisplayName("leaves nobody able to follow who was replaced")
    void replacedCannotFollow() throws MlsException {
        Map<Bytes, Bytes> stolen = new TreeMap<>(bob.store.apply(b.drainDelta()).blobs());
        ExternalCommit join = joinWith(bob, a).resync().build(TestClient.CAPABILITIES);
        enter(join, a);
        byte[] message = a.protect(TEXT, TEXT);
        Group old = Group.restore(stolen, bob.signer, bob.environment);
        StagedCommit removal = TestClient.staged(old, join.bundle().commit());
        assertThat(removal.selfRemoved()).isTrue();
        old.merge(removal);
        assertRefused(() -> old.process(message), MlsError.GROUP_INACTIVE);
    }

    @Nested
    @DisplayName("with pre-shared keys")
    class WithPreSharedKeys {
        private final Bytes pskId = Bytes.ofUtf8("the password");

        /** Of somebody with a password, and perhaps the resumption secrets of a group. */
        private PreSharedKeys keys(String password, Optional<Group> old) {
            return new PreSharedKeys() {
                @Override
                public Optional<Secret> external(Bytes id) {
                    return id.equals(pskId)
                            ? Optional.of(Secret.take(password.getBytes(StandardCharsets.UTF_8)))
                            : Optional.empty();
                }

                @Override
                public Optional<Secret> resumption(Bytes groupId, long epoch) {
                    return old.flatMap(group -> group.resumptionPsk(epoch));
                }
            };
        }

        private TestClient client(String name, String password, Optional<Group> old) {
            return new TestClient(name, SUITE, alice.random, TestClient.CAPABILITIES, keys(password, old));
        }

        @Test
        @DisplayName("lets in who knows the password, and nobody who has another or none (RFC 9420 §12.2)")
        void password() throws MlsException {
            TestClient dan = client("dan", "swordfish", Optional.empty());
            Group d = dan.found();
            Group e = TestClient.addAll(d, List.of(client("erin", "swordfish", Optional.empty())))
                    .get(0);
            TestClient mallory = client("mallory", "password1", Optional.empty());
            ExternalCommit guess = joinWith(mallory, d).externalPsk(pskId).build(TestClient.CAPABILITIES);
            assertRefused(() -> d.process(guess.bundle().commit().toByteArray()), MlsError.INVALID_CONFIRMATION_TAG);
            assertRefused(() -> joinWith(carol, d).externalPsk(pskId), MlsError.PSK_UNAVAILABLE);
            TestClient frank = client("frank", "swordfish", Optional.empty());
            ExternalCommit join = joinWith(frank, d).externalPsk(pskId).build(TestClient.CAPABILITIES);
            enter(join, d, e);
            assertTalking(d, e, join.group());
        }

        @Test
        @DisplayName("is refused by a member that does not hold the key (RFC 9420 §12.4.2)")
        void memberWithoutKey() throws MlsException {
            TestClient frank = client("frank", "swordfish", Optional.empty());
            ExternalCommit join = joinWith(frank, a).externalPsk(pskId).build(TestClient.CAPABILITIES);
            assertRefused(() -> a.process(join.bundle().commit().toByteArray()), MlsError.PSK_UNAVAILABLE);
        }

        @Test
        @DisplayName("proves by a resumption secret that who comes back was there before (RFC 9420 §12.4.3.2)")
        void resumption() throws MlsException {
            long before = b.epoch();
            TestClient.mergeAll(List.of(a), a.commit().build().commit());
            GroupEnvironment holding = bob.environment.withPreSharedKeys(keys("", Optional.of(b)));
            ExternalCommit join = Group.joinExternal(
                            a.groupInfo(), Optional.of(a.ratchetTree()), bob.credential, bob.signer, holding)
                    .resync()
                    .resumptionPsk(a.groupId(), before)
                    .build(TestClient.CAPABILITIES);
            enter(join, a);
            assertTalking(a, join.group());
        }
    }

    @Nested
    @DisplayName("waits for the log:")
    class Waits {
        @Test
        @DisplayName("until its commit is there, the group sends and opens nothing")
        void nothingYet() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            Group c = join.group();
            assertThat(c.isActive()).isFalse();
            assertThat(c.pendingCommit()).contains(join.bundle().commit());
            byte[] message = a.protect(TEXT, TEXT);
            for (ThrowingCallable use : List.<ThrowingCallable>of(
                    () -> c.protect(TEXT, TEXT),
                    () -> c.process(message),
                    c::groupInfo,
                    c::commit,
                    c::epochAuthenticator,
                    () -> c.exportSecret("label", TEXT, 32),
                    () -> c.safeExportSecret(1),
                    () -> c.propose(new ProposalDraft.Update()))) {
                assertRefused(use, MlsError.GROUP_INACTIVE);
            }
            enter(join, a, b);
            assertTalking(a, b, c);
        }

        @Test
        @DisplayName("a crash after storing costs nothing: restored, it finds its commit and enters")
        void crash() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            carol.store.apply(join.group().drainDelta());
            Group restored = Group.restore(carol.store.blobs(), carol.signer, carol.environment);
            assertThat(restored.isActive()).isFalse();
            assertThat(restored.drainDelta().isEmpty()).isTrue();
            assertThat(restored.pendingCommit()).contains(join.bundle().commit());
            enter(new ExternalCommit(restored, join.bundle()), a, b);
            assertTalking(a, b, restored);
            Group again = carol.reloaded(restored);
            assertTalking(a, b, again);
        }

        @Test
        @DisplayName("stored anew after it has entered, it is a member like others in the store, too")
        void storedAfterEntering() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            carol.store.apply(join.group().drainDelta());
            enter(join, a, b);
            Group reloaded = carol.reloaded(join.group());
            assertTalking(a, b, reloaded);
        }

        @Test
        @DisplayName("restored with another's signature key, it is refused")
        void foreignSigner() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            carol.store.apply(join.group().drainDelta());
            assertRefused(
                    () -> Group.restore(carol.store.blobs(), bob.signer, carol.environment), MlsError.KEY_MISMATCH);
        }

        @Test
        @DisplayName("another commit of the epoch that comes first ends the attempt by name, and a new one succeeds")
        void overtaken() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            CommitBundle first = b.commit().build();
            TestClient.mergeAll(List.of(a, b), first.commit());
            assertRefused(() -> join.group().process(first.commit().toByteArray()), MlsError.JOIN_OVERTAKEN);
            assertRefused(() -> a.process(join.bundle().commit().toByteArray()), MlsError.WRONG_EPOCH);
            ExternalCommit anew = joinWith(carol, b).build(TestClient.CAPABILITIES);
            enter(anew, a, b);
            assertTalking(a, b, anew.group());
        }

        @Test
        @DisplayName("also an encrypted one, which it cannot prove: if nobody took that, its own still wins")
        void overtakenByAnEncryptedOne() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            byte[] first = b.commit().encrypted().build().commit().toByteArray();
            assertRefused(() -> join.group().process(first), MlsError.JOIN_OVERTAKEN_UNPROVEN);
            assertRefused(() -> join.group().process(b.protect(new byte[] {1}, new byte[0])), MlsError.GROUP_INACTIVE);
            b.clearPendingCommit();
            enter(join, a, b);
            assertTalking(a, b, join.group());
        }

        @Test
        @DisplayName("also one of proposals that the joiner was never told of")
        void overtakenByReference() throws MlsException {
            byte[] update = b.propose(new ProposalDraft.Update());
            a.process(update);
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            CommitBundle first = a.commit().build();
            assertRefused(() -> join.group().process(first.commit().toByteArray()), MlsError.JOIN_OVERTAKEN);
            byte[] forged = first.commit().toByteArray();
            // The last byte of the signature: two tags, each with its length, come after it.
            forged[forged.length - 2 * (1 + 32) - 1] ^= 1;
            assertRefused(() -> join.group().process(forged), MlsError.INVALID_SIGNATURE);
            TestClient.mergeAll(List.of(a, b), first.commit());
            enter(joinWith(carol, b).build(TestClient.CAPABILITIES), a, b);
        }

        @Test
        @DisplayName("its own commit with another confirmation tag is not taken for another's: nobody can follow it")
        void ownWithAnotherTag() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            byte[] changed = join.bundle().commit().toByteArray();
            // The tag comes last: an external commit has no membership tag.
            changed[changed.length - 1] ^= 1;
            a.publicGroup().verify(changed);
            for (Group group : List.of(a, b, join.group())) {
                assertThatThrownBy(() -> group.process(changed)).isInstanceOfSatisfying(MlsException.class, refused -> {
                    assertThat(refused.code()).as(refused.getMessage()).isEqualTo(MlsError.INVALID_CONFIRMATION_TAG);
                    assertThat(refused.isSecretOnly()).isTrue();
                });
            }
            // An earlier attempt of its own is another commit.
            ExternalCommit earlier = joinWith(carol, a).build(TestClient.CAPABILITIES);
            assertRefused(() -> join.group().process(earlier.bundle().commit().toByteArray()), MlsError.JOIN_OVERTAKEN);
            enter(join, a, b);
        }

        @Test
        @DisplayName("it takes no proposals meanwhile, and no commit of another epoch")
        void otherHandshakes() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            byte[] proposal = b.propose(new ProposalDraft.Update());
            assertRefused(() -> join.group().process(proposal), MlsError.GROUP_INACTIVE);
            TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            byte[] later = a.commit().build().commit().toByteArray();
            assertRefused(() -> join.group().process(later), MlsError.WRONG_EPOCH);
        }

        @Test
        @DisplayName("a forged commit does not end the attempt")
        void forgedOvertaking() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            byte[] forged = b.commit().build().commit().toByteArray();
            forged[forged.length / 2] ^= 1;
            assertThatThrownBy(() -> join.group().process(forged))
                    .isInstanceOfSatisfying(
                            MlsException.class,
                            refused -> assertThat(refused.code()).isNotEqualTo(MlsError.JOIN_OVERTAKEN));
            enter(join, a, b);
            assertTalking(a, b, join.group());
        }

        @Test
        @DisplayName("given up, nothing of it is left in the store or in memory")
        void givenUp() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            carol.store.apply(join.group().drainDelta());
            NextEpoch secrets = join.group().state().pending().orElseThrow().next();
            join.group().clearPendingCommit();
            assertThat(secrets.isErased()).isTrue();
            assertThat(carol.store.apply(join.group().drainDelta()).blobs()).isEmpty();
            assertRefused(() -> join.group().process(join.bundle().commit().toByteArray()), MlsError.GROUP_INACTIVE);
        }
    }

    @Nested
    @DisplayName("is refused before it starts")
    class RefusedAtOnce {
        private void assertGroupInfoRefused(byte[] groupInfo, MlsError code) {
            assertRefused(
                    () -> Group.joinExternal(
                            groupInfo, Optional.of(a.ratchetTree()), carol.credential, carol.signer, carol.environment),
                    code);
        }

        private byte[] groupInfo(List<Extension> extensions) throws MlsException {
            PublicGroup group = a.publicGroup();
            GroupInfoIn signed = GroupInfo.sign(
                            group.context(), extensions, group.confirmationTag(), a.ownLeafIndex(), alice.signer)
                    .content();
            return new MlsMessage.OfGroupInfo(signed).encode();
        }

        @Test
        @DisplayName("with a GroupInfo that has no external_pub, or one that is no key (RFC 9420 §12.4.3.2)")
        void externalPub() throws MlsException {
            assertGroupInfoRefused(groupInfo(List.of()), MlsError.INVALID_GROUP_INFO);
            Extension zero = ExternalPub.toExtension(Bytes.of(new byte[32]));
            assertGroupInfoRefused(groupInfo(List.of(zero)), MlsError.INVALID_PUBLIC_KEY);
            assertGroupInfoRefused(
                    groupInfo(List.of(new Extension(Extension.EXTERNAL_PUB, Bytes.ofHex("ff")))), MlsError.MALFORMED);
            assertRefused(() -> a.publicGroup().checkGroupInfo(groupInfo(List.of(zero))), MlsError.INVALID_PUBLIC_KEY);
        }

        @Test
        @DisplayName("with a GroupInfo that no member has signed, another tree, or none")
        void groupInfoAndTree() throws MlsException {
            byte[] forged = a.groupInfo();
            forged[forged.length - 1] ^= 1;
            assertGroupInfoRefused(forged, MlsError.INVALID_SIGNATURE);
            byte[] other = carol.found().ratchetTree();
            assertRefused(
                    () -> Group.joinExternal(
                            a.groupInfo(), Optional.of(other), carol.credential, carol.signer, carol.environment),
                    MlsError.INVALID_SIGNATURE);
            assertRefused(
                    () -> Group.joinExternal(
                            a.groupInfo(), Optional.empty(), carol.credential, carol.signer, carol.environment),
                    MlsError.MISSING_TREE);
        }

        @Test
        @DisplayName("with the tree inside the GroupInfo it goes through")
        void treeInside() throws MlsException {
            byte[] groupInfo = groupInfo(List.of(
                    ExternalPub.toExtension(a.state().secrets().externalPublicKey()),
                    new Extension(Extension.RATCHET_TREE, Bytes.of(a.ratchetTree()))));
            ExternalCommit join = Group.joinExternal(
                            groupInfo, Optional.empty(), carol.credential, carol.signer, carol.environment)
                    .build(TestClient.CAPABILITIES);
            enter(join, a, b);
            assertTalking(a, b, join.group());
        }

        @Test
        @DisplayName("by a member that does not say that it replaces itself, or a stranger that does")
        void wrongFlavour() throws MlsException {
            assertRefused(() -> joinWith(bob, a).build(TestClient.CAPABILITIES), MlsError.DUPLICATE_KEY);
            assertRefused(() -> joinWith(carol, a).resync(), MlsError.INVALID_PROPOSAL);
            assertRefused(
                    () -> joinWith(carol, a).replacing(b.ownLeafIndex()).build(TestClient.CAPABILITIES),
                    MlsError.EXTERNAL_EVICTION);
        }

        @Test
        @DisplayName("by a client that is in the group already, unless it replaces itself (RFC 9420 §12.4.3)")
        void groupExists() throws MlsException {
            GroupEnvironment environment = bob.environment.withOwnGroups(a.groupId()::equals);
            ExternalCommitBuilder join = Group.joinExternal(
                    a.groupInfo(), Optional.of(a.ratchetTree()), bob.credential, bob.signer, environment);
            assertRefused(() -> join.build(TestClient.CAPABILITIES), MlsError.GROUP_EXISTS);
            Group.joinExternal(a.groupInfo(), Optional.of(a.ratchetTree()), bob.credential, bob.signer, environment)
                    .resync()
                    .build(TestClient.CAPABILITIES);
        }

        @Test
        @DisplayName("where the joiner's own application admits nobody from outside")
        void notAdmitted() {
            GroupEnvironment closed =
                    new GroupEnvironment((credential, key) -> true, carol.random, carol.environment.clock());
            assertRefused(
                    () -> Group.joinExternal(
                                    a.groupInfo(), Optional.of(a.ratchetTree()), carol.credential, carol.signer, closed)
                            .build(TestClient.CAPABILITIES),
                    MlsError.SENDER_NOT_ADMITTED);
        }
    }

    @Nested
    @DisplayName("is refused by members, who have the secrets,")
    class RefusedByMembers {
        private void assertRefusedByMembers(byte[] message, MlsError code) throws MlsException {
            a.publicGroup().verify(message);
            for (Group member : List.of(a, b)) {
                long epoch = member.epoch();
                assertRefused(() -> member.process(message), code);
                assertThat(member.epoch()).isEqualTo(epoch);
            }
        }

        private PublicMessageIn decode(ExternalCommit join) throws MlsException {
            return MlsMessage.decode(join.bundle().commit().toByteArray()).requirePublicMessage();
        }

        private AuthenticatedContent signed(FramedContent content) {
            return AuthenticatedContent.sign(
                    SUITE, WireFormat.PUBLIC_MESSAGE, content, a.publicGroup().context(), carol.signer);
        }

        @Test
        @DisplayName("with another confirmation tag (RFC 9420 §6.1)")
        void confirmationTag() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            AuthenticatedContent other = signed(decode(join).content()).withConfirmationTag(Bytes.of(new byte[32]));
            assertRefusedByMembers(
                    new MlsMessage.OfPublicMessage(other.toPublicMessage()).encode(),
                    MlsError.INVALID_CONFIRMATION_TAG);
            enter(join, a, b);
        }

        @Test
        @DisplayName("with a kem_output that does not carry its init secret (RFC 9420 §8.3)")
        void kemOutput() throws MlsException {
            ExternalCommit join = joinWith(carol, a).build(TestClient.CAPABILITIES);
            PublicMessageIn message = decode(join);
            Commit commit = ((Content.OfCommit) message.content().content()).commit();
            List<ProposalOrRef> list = new ArrayList<>();
            list.add(new ProposalOrRef.ByValue(new Proposal.ExternalInit(
                    SUITE.generateKeyPair(carol.random).publicKey())));
            FramedContent changed = new FramedContent(
                    message.content().groupId(),
                    message.content().epoch(),
                    message.content().sender(),
                    message.content().authenticatedData(),
                    new Content.OfCommit(new Commit(list, commit.path())));
            AuthenticatedContent other = signed(changed)
                    .withConfirmationTag(message.auth().confirmationTag().orElseThrow());
            assertRefusedByMembers(
                    new MlsMessage.OfPublicMessage(other.toPublicMessage()).encode(),
                    MlsError.INVALID_CONFIRMATION_TAG);
        }

        @Test
        @DisplayName("made with an external_pub that is not the epoch's: a GroupInfo that a member has falsified")
        void falseExternalPub() throws MlsException {
            PublicGroup group = a.publicGroup();
            Extension mine =
                    ExternalPub.toExtension(SUITE.generateKeyPair(bob.random).publicKey());
            byte[] groupInfo = new MlsMessage.OfGroupInfo(GroupInfo.sign(
                                    group.context(),
                                    List.of(mine),
                                    group.confirmationTag(),
                                    b.ownLeafIndex(),
                                    bob.signer)
                            .content())
                    .encode();
            group.checkGroupInfo(groupInfo);
            assertRefused(() -> a.checkGroupInfo(groupInfo), MlsError.INVALID_GROUP_INFO);
            a.checkGroupInfo(b.groupInfo());
            ExternalCommit join = Group.joinExternal(
                            groupInfo, Optional.of(a.ratchetTree()), carol.credential, carol.signer, carol.environment)
                    .build(TestClient.CAPABILITIES);
            assertRefusedByMembers(join.bundle().commit().toByteArray(), MlsError.INVALID_CONFIRMATION_TAG);
        }
    }
}
