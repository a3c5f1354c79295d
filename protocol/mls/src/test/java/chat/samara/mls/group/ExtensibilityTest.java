package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.Grease;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.welcome.GroupInfoIn;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Extensibility (RFC 9420 §13)")
class ExtensibilityTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final int LEAF_EXTENSION = 0xf0b2;
    private static final int PROPOSAL = 0xf0c3;
    private static final int PROPOSAL_WITHOUT_PATH = 0xf0c4;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    /** Lets any credential follow any other, and knows a proposal type that needs no path. */
    private static final AuthenticationService SERVICE = new AuthenticationService() {
        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return !fresh.equals(Credential.basic(Bytes.ofUtf8("mallory")));
        }

        @Override
        public boolean requiresPath(int customProposalType) {
            return customProposalType != PROPOSAL_WITHOUT_PATH;
        }
    };

    private final SeededRandom random = new SeededRandom(1300);
    private final GroupEnvironment environment =
            new GroupEnvironment(SERVICE, random, InstantSource.fixed(Instant.ofEpochSecond(TestClient.NOW_SECONDS)));
    private final Capabilities capabilities = Capabilities.of(
                    List.of(TestClient.OWN_EXTENSION, LEAF_EXTENSION), List.of(0xf0d5))
            .withProposals(List.of(PROPOSAL, PROPOSAL_WITHOUT_PATH));
    private final TestClient mallory = new TestClient("alice", SUITE, random);
    private final SignatureKeyPair alice = mallory.signer;
    private final SignatureKeyPair bob = SignatureKeyPair.generate(SUITE, random);

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    private static Credential named(String name) {
        return Credential.basic(Bytes.ofUtf8(name));
    }

    private static Extension extension(int type, String data) {
        return new Extension(type, Bytes.ofUtf8(data));
    }

    private Group found(GroupConfig config) throws MlsException {
        return Group.create(config, named("alice"), alice, environment);
    }

    private KeyPackageBundle bundle(
            Capabilities listed, List<Extension> keyPackageExtensions, List<Extension> leafExtensions) {
        return KeyPackageBundle.generate(
                SUITE, bob, named("bob"), listed, TestClient.LIFETIME, keyPackageExtensions, leafExtensions, random);
    }

    private Group add(Group group, KeyPackageBundle bundle) throws MlsException {
        CommitBundle commit = group.commit().add(bundle.keyPackage()).build();
        group.mergePending();
        return Group.join(
                commit.welcome().orElseThrow().toByteArray(),
                bundle,
                bob,
                Optional.of(commit.after().ratchetTree()),
                environment);
    }

    private static void assertTogether(Group a, Group b) throws MlsException {
        assertThat(b.epochAuthenticator()).isEqualTo(a.epochAuthenticator());
        assertThat(TestClient.open(b, a.protect(HELLO, HELLO)).plaintext()).isEqualTo(Bytes.of(HELLO));
    }

    private LeafNode leaf(Group group, int index) {
        return group.publicGroup().tree().leaf(index).orElseThrow();
    }

    @Test
    @DisplayName("the simple case is simple: usual choices for groups, KeyPackages and environments")
    void usualChoices() throws MlsException {
        GroupEnvironment usual = GroupEnvironment.of((credential, key) -> true);
        Group a = Group.create(GroupConfig.of(SUITE, TestClient.GROUP_ID), named("alice"), alice, usual);
        KeyPackageBundle bundle = usual.newKeyPackage(SUITE, bob, named("bob"));
        CommitBundle commit = a.commit().add(bundle.keyPackage()).build();
        a.merge(TestClient.staged(a, commit.commit()));
        Group b = Group.join(
                commit.welcome().orElseThrow().toByteArray(),
                bundle,
                bob,
                Optional.of(commit.after().ratchetTree()),
                usual);
        assertTogether(a, b);
        assertThat(leaf(b, 0).capabilities().cipherSuites())
                .containsAll(CipherSuite.all().stream().map(CipherSuite::code).toList());
    }

    @Nested
    @DisplayName("the own leaf")
    class OwnLeaf {
        private final Group a = found(GroupConfig.of(SUITE, TestClient.GROUP_ID)
                .withCapabilities(capabilities)
                .withLeafExtensions(List.of(extension(LEAF_EXTENSION, "founder"))));
        private final Group b = add(a, bundle(capabilities, List.of(), List.of(extension(LEAF_EXTENSION, "joiner"))));

        OwnLeaf() throws MlsException {}

        @Test
        @DisplayName("has extensions from the start, of a founder and of who is added")
        void fromTheStart() {
            assertThat(leaf(b, 0).extensions()).containsExactly(extension(LEAF_EXTENSION, "founder"));
            assertThat(leaf(a, 1).extensions()).containsExactly(extension(LEAF_EXTENSION, "joiner"));
        }

        @Test
        @DisplayName("changes its extensions, capabilities and credential by a commit, and by an Update")
        void changes() throws MlsException {
            LeafChange change = LeafChange.NONE
                    .withExtensions(List.of(extension(TestClient.OWN_EXTENSION, "fresh")))
                    .withCapabilities(capabilities.withProposals(List.of(0xf0ff)))
                    .withCredential(named("alice, renamed"));
            Bytes commit = a.commit().withoutPath().changeLeaf(change).build().commit();
            TestClient.mergeAll(List.of(a, b), commit);
            assertThat(leaf(b, 0).extensions()).isEqualTo(change.extensions().orElseThrow());
            assertThat(leaf(b, 0).capabilities())
                    .isEqualTo(change.capabilities().orElseThrow());
            assertThat(b.members().get(0).credential()).isEqualTo(named("alice, renamed"));
            assertTogether(a, b);

            a.process(b.propose(new ProposalDraft.Update(LeafChange.NONE.withExtensions(List.of()))));
            TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            assertThat(leaf(a, 1).extensions()).isEmpty();
            assertThat(leaf(a, 1).capabilities()).isEqualTo(capabilities);
            assertTogether(b, a);
        }

        @Test
        @DisplayName("is refused at home with what others would refuse")
        void refused() throws MlsException {
            LeafChange unlisted = LeafChange.NONE.withExtensions(List.of(extension(0xf0ee, "unlisted")));
            LeafChange twice = LeafChange.NONE.withExtensions(
                    List.of(extension(LEAF_EXTENSION, "one"), extension(LEAF_EXTENSION, "two")));
            LeafChange stranger = LeafChange.NONE.withCredential(named("mallory"));
            Bytes before = a.epochAuthenticator();
            assertRefused(() -> a.commit().changeLeaf(unlisted).build(), MlsError.INVALID_LEAF_NODE);
            assertRefused(() -> a.commit().changeLeaf(twice).build(), MlsError.DUPLICATE_EXTENSION);
            assertRefused(() -> a.commit().changeLeaf(stranger).build(), MlsError.CREDENTIAL_REJECTED);
            assertRefused(() -> a.propose(new ProposalDraft.Update(unlisted)), MlsError.INVALID_LEAF_NODE);
            assertRefused(() -> a.propose(new ProposalDraft.Update(stranger)), MlsError.CREDENTIAL_REJECTED);
            assertThat(a.epochAuthenticator()).isEqualTo(before);
            assertThat(a.pendingCommit()).isEmpty();
            assertThat(a.hasPendingProposals()).isFalse();
        }
    }

    @Nested
    @DisplayName("GREASE (§13.5)")
    class WithGrease {
        @Test
        @DisplayName("in capabilities, leaves, KeyPackages and GroupInfos disturbs nobody, and survives round trips")
        void everywhere() throws MlsException {
            for (int type : Grease.values()) {
                Capabilities greased = new Capabilities(
                        List.of(1, type),
                        List.of(type, SUITE.code()),
                        List.of(type, TestClient.OWN_EXTENSION),
                        List.of(type),
                        List.of(type, Credential.BASIC));
                List<Extension> grease = List.of(Grease.extension(type, random));
                Group a = found(GroupConfig.of(SUITE, TestClient.GROUP_ID)
                        .withCapabilities(greased)
                        .withLeafExtensions(grease));
                KeyPackageBundle bundle = bundle(greased, grease, grease);
                assertThat(KeyPackageBundle.decode(bundle.encode()).keyPackage())
                        .isEqualTo(bundle.keyPackage());
                KeyPackageIn decoded = KeyPackage.decode(bundle.keyPackage().encode());
                assertThat(decoded.verify(SERVICE)).isEqualTo(bundle.keyPackage());
                Group b = add(a, bundle);
                assertThat(leaf(b, 1).extensions()).isEqualTo(grease);
                TestClient.mergeAll(List.of(a, b), b.commit().build().commit());
                assertTogether(a, b);
            }
        }

        @Test
        @DisplayName("is added to capabilities in one stroke, beside all that is truly supported")
        void oneStroke() {
            Capabilities greased = capabilities.withGrease(random);
            assertThat(greased.cipherSuites()).containsAll(capabilities.cipherSuites());
            for (List<Integer> list :
                    List.of(greased.cipherSuites(), greased.extensions(), greased.proposals(), greased.credentials())) {
                assertThat(list).filteredOn(Grease.values()::contains).hasSize(1);
            }
            assertThat(greased.versions()).isEqualTo(capabilities.versions());
        }

        @Test
        @DisplayName("where it must be listed and is not, or where it must not be, is refused like anything unknown")
        void misplaced() throws MlsException {
            int type = Grease.values().get(0);
            Group a = found(GroupConfig.of(SUITE, TestClient.GROUP_ID).withCapabilities(capabilities));
            List<Extension> grease = List.of(Grease.extension(type, random));
            assertRefused(() -> a.commit().groupContextExtensions(grease).build(), MlsError.UNSUPPORTED_EXTENSION);
            assertRefused(
                    () -> found(GroupConfig.of(SUITE, TestClient.GROUP_ID).withLeafExtensions(grease)),
                    MlsError.INVALID_LEAF_NODE);
            assertRefused(() -> a.commit().custom(type, Bytes.EMPTY).build(), MlsError.UNSUPPORTED_PROPOSAL);
        }
    }

    @Nested
    @DisplayName("required_capabilities (§11.1)")
    class Required {
        private final Extension required =
                new RequiredCapabilities(List.of(LEAF_EXTENSION), List.of(PROPOSAL), List.of(0xf0d5)).toExtension();
        private final Capabilities poor = Capabilities.of(List.of(LEAF_EXTENSION), List.of(0xf0d5));

        @Test
        @DisplayName("bind the founder, who is added, and who updates")
        void bindMembers() throws MlsException {
            GroupConfig config =
                    GroupConfig.of(SUITE, TestClient.GROUP_ID).withGroupContextExtensions(List.of(required));
            assertRefused(() -> found(config.withCapabilities(poor)), MlsError.UNSUPPORTED_EXTENSION);
            Group a = found(config.withCapabilities(capabilities));
            KeyPackageBundle lacking = bundle(poor, List.of(), List.of());
            assertRefused(() -> a.commit().add(lacking.keyPackage()).build(), MlsError.UNSUPPORTED_EXTENSION);
            Group b = add(a, bundle(capabilities, List.of(), List.of()));
            LeafChange worse = LeafChange.NONE.withCapabilities(poor);
            assertRefused(() -> b.commit().changeLeaf(worse).build(), MlsError.UNSUPPORTED_EXTENSION);
            assertTogether(a, b);
        }

        @Test
        @DisplayName("cannot be imposed on members who lack them, but together with their removal")
        void imposed() throws MlsException {
            Group a = found(GroupConfig.of(SUITE, TestClient.GROUP_ID).withCapabilities(capabilities));
            Group b = add(a, bundle(poor, List.of(), List.of()));
            assertRefused(
                    () -> b.commit().groupContextExtensions(List.of(required)).build(), MlsError.UNSUPPORTED_EXTENSION);
            a.commit().groupContextExtensions(List.of(required)).remove(1).build();
            a.mergePending();
            assertThat(a.publicGroup().extensions()).containsExactly(required);
        }
    }

    @Nested
    @DisplayName("proposals of the application's own (§13.2)")
    class Custom {
        private final Group a = found(GroupConfig.of(SUITE, TestClient.GROUP_ID).withCapabilities(capabilities));
        private final Group b = add(a, bundle(capabilities, List.of(), List.of()));
        private final Bytes content = Bytes.ofUtf8("do this");

        Custom() throws MlsException {}

        @Test
        @DisplayName("are handed out with the commit that covers them, by value and by reference")
        void handedOut() throws MlsException {
            a.process(b.propose(new ProposalDraft.Custom(PROPOSAL, content)));
            CommitBundle commit = a.commit()
                    .custom(PROPOSAL_WITHOUT_PATH, Bytes.EMPTY)
                    .withoutPath()
                    .build();
            VerifiedCommit observed =
                    (VerifiedCommit) b.publicGroup().verify(commit.commit().toByteArray());
            assertThat(observed.hasPath()).isTrue();
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.customProposals())
                    .extracting(SentProposal::proposal)
                    .containsExactly(
                            new Proposal.Custom(PROPOSAL, content),
                            new Proposal.Custom(PROPOSAL_WITHOUT_PATH, Bytes.EMPTY));
            assertThat(staged.customProposals().get(0).sender())
                    .isEqualTo(new chat.samara.mls.framing.Sender.Member(1));
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertTogether(a, b);
        }

        @Test
        @DisplayName("need a path unless the application says that they do not (§12.4)")
        void path() throws MlsException {
            CommitBundle without = a.commit()
                    .custom(PROPOSAL_WITHOUT_PATH, content)
                    .withoutPath()
                    .build();
            VerifiedCommit observed =
                    (VerifiedCommit) b.publicGroup().verify(without.commit().toByteArray());
            assertThat(observed.hasPath()).isFalse();
            HostileMember hostile = new HostileMember(mallory, a);
            Commit pathless = new Commit(HostileGroup.values(new Proposal.Custom(PROPOSAL, content)), Optional.empty());
            byte[] commit =
                    hostile.publicMessage(hostile.sign(WireFormat.PUBLIC_MESSAGE, new Content.OfCommit(pathless), 0)
                            .withConfirmationTag(Bytes.of(new byte[SUITE.hashBytes()])));
            assertRefused(() -> b.process(commit), MlsError.PATH_REQUIRED);
        }

        @Test
        @DisplayName("without a path are still pending after the group was stored")
        void storedPending() throws MlsException {
            CommitBundle pending = a.commit()
                    .custom(PROPOSAL_WITHOUT_PATH, content)
                    .withoutPath()
                    .build();
            Group restored = Group.restore(new TestStore().apply(a.drainDelta()).blobs(), alice, environment);
            assertThat(TestClient.staged(restored, pending.commit()).customProposals())
                    .hasSize(1);
            TestClient.mergeAll(List.of(restored, b), pending.commit());
            assertTogether(restored, b);
        }

        @Test
        @DisplayName("are refused unless every member lists their type, those whom the commit removes aside (§12.2)")
        void unsupported() throws MlsException {
            assertRefused(() -> a.propose(new ProposalDraft.Custom(0xf0cc, content)), MlsError.UNSUPPORTED_PROPOSAL);
            assertRefused(() -> a.commit().custom(0xf0cc, content).build(), MlsError.UNSUPPORTED_PROPOSAL);
            HostileMember hostile = new HostileMember(mallory, a);
            byte[] unknown = hostile.publicMessage(hostile.sign(
                    WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(new Proposal.Custom(0xf0cc, content)), 0));
            assertRefused(() -> b.process(unknown), MlsError.UNSUPPORTED_PROPOSAL);
            TestClient carol = new TestClient("carol", SUITE, random);
            a.commit().add(carol.keyPackage()).build();
            a.mergePending();
            assertRefused(() -> a.commit().custom(PROPOSAL, content).build(), MlsError.UNSUPPORTED_PROPOSAL);
            a.commit().custom(PROPOSAL, content).remove(2).build();
            a.mergePending();
            assertThat(a.members()).hasSize(2);
        }
    }

    @Test
    @DisplayName("whatever is unknown survives a round trip: extensions, proposals, credentials, suites, versions")
    void roundTrips() throws MlsException {
        Proposal custom = new Proposal.Custom(0x0a0a, Bytes.ofUtf8("unknown"));
        for (Proposal proposal : List.of(
                custom,
                new Proposal.ReInit(
                        Bytes.ofUtf8("id"), 0x7777, 0x6666, List.of(extension(0x5a5a, "x"), extension(0xeaea, ""))),
                new Proposal.GroupContextExtensions(List.of(extension(0x3a3a, "data"))))) {
            assertThat(TlsReader.decode(proposal.encode(), Proposal::readFrom)).isEqualTo(proposal);
            ProposalOrRef value = new ProposalOrRef.ByValue(proposal);
            Commit commit = new Commit(List.of(value), Optional.empty());
            assertThat(TlsReader.decode(commit.encode(), Commit::readFrom)).isEqualTo(commit);
        }
        KeyPackageIn known = bundle(capabilities.withGrease(random), List.of(), List.of())
                .keyPackage()
                .content();
        KeyPackageIn foreign = new KeyPackageIn(
                0x7777,
                0x6a6a,
                Bytes.ofUtf8("a key of another kind"),
                new LeafNode(
                        known.leafNode().encryptionKey(),
                        known.leafNode().signatureKey(),
                        new Credential.Unknown(0x1a1a, Bytes.ofUtf8("who")),
                        known.leafNode().capabilities(),
                        known.leafNode().source(),
                        List.of(extension(0x2a2a, "leaf")),
                        Bytes.EMPTY),
                List.of(extension(0x4a4a, "package")),
                Bytes.EMPTY);
        assertThat(TlsReader.decode(foreign.encode(), KeyPackageIn::readFrom)).isEqualTo(foreign);
        byte[] info = found(GroupConfig.of(SUITE, TestClient.GROUP_ID)).groupInfo();
        GroupInfoIn decoded = MlsMessage.decode(info).requireGroupInfo();
        GroupInfoIn greased = new GroupInfoIn(
                decoded.groupContext(),
                List.of(extension(0x8a8a, "info")),
                decoded.confirmationTag(),
                decoded.signer(),
                decoded.signature());
        assertThat(TlsReader.decode(greased.encode(), GroupInfoIn::readFrom)).isEqualTo(greased);
    }

    @Test
    @DisplayName("the reserved proposal type 0 is malformed")
    void reservedProposal() {
        assertRefused(() -> TlsReader.decode(new byte[] {0, 0, 0}, Proposal::readFrom), MlsError.MALFORMED);
    }
}
