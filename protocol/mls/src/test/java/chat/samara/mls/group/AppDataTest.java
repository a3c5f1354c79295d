package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ComponentId;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What members do with AppDataUpdate and AppEphemeral (draft-ietf-mls-extensions). What is refused: {@link AppDataRulesTest}. */
class AppDataTest {
    static final List<Integer> PROPOSALS = List.of(Proposal.APP_DATA_UPDATE, Proposal.APP_EPHEMERAL);
    static final Capabilities CAPABILITIES =
            Capabilities.of(List.of(Extension.APP_DATA_DICTIONARY), List.of()).withProposals(PROPOSALS);

    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Extension LISTING = AppDataDictionary.listing(List.of(Notebook.FIRST));
    private static final Bytes ONE = Bytes.ofUtf8("one.");
    private static final Bytes TWO = Bytes.ofUtf8("two.");
    private static final Bytes THREE = Bytes.ofUtf8("three.");

    private final SeededRandom random = new SeededRandom(29);
    private final GroupEnvironment environment = new GroupEnvironment(
            new Notebook(), random, InstantSource.fixed(Instant.ofEpochSecond(TestClient.NOW_SECONDS)));
    private final SignatureKeyPair alice = SignatureKeyPair.generate(SUITE, random);
    private final SignatureKeyPair bob = SignatureKeyPair.generate(SUITE, random);
    private final SignatureKeyPair carol = SignatureKeyPair.generate(SUITE, random);

    static void assertRefused(ThrowingCallable call, MlsError code) {
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

    private Group found(List<Extension> extensions) throws MlsException {
        GroupConfig config = GroupConfig.of(SUITE, TestClient.GROUP_ID)
                .withGroupContextExtensions(extensions)
                .withCapabilities(CAPABILITIES)
                .withLeafExtensions(List.of(LISTING));
        return Group.create(config, named("alice"), alice, environment);
    }

    private Group addBob(Group group, Capabilities capabilities, List<Extension> leafExtensions) throws MlsException {
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                SUITE, bob, named("bob"), capabilities, TestClient.LIFETIME, List.of(), leafExtensions, random);
        CommitBundle adding = group.commit().add(bundle.keyPackage()).build();
        group.mergePending();
        return Group.join(
                adding.welcome().orElseThrow().toByteArray(),
                bundle,
                bob,
                Optional.of(adding.after().ratchetTree()),
                environment);
    }

    private Group addBob(Group group) throws MlsException {
        return addBob(group, CAPABILITIES, List.of(LISTING));
    }

    private static Optional<Bytes> data(Group group) {
        return group.publicGroup().appData(Notebook.FIRST);
    }

    private static void assertTogether(Group one, Group other) throws MlsException {
        assertThat(one.epochAuthenticator()).isEqualTo(other.epochAuthenticator());
        assertThat(one.publicGroup().extensions()).isEqualTo(other.publicGroup().extensions());
    }

    @Nested
    @DisplayName("A component's data in the GroupContext")
    class Updates {
        private final Group a = found(List.of());
        private final Group b = addBob(a);

        Updates() throws MlsException {}

        @Test
        @DisplayName("begin with the first update, at the end of the extensions; no path is needed")
        void begin() throws MlsException {
            Extension required = new RequiredCapabilities(List.of(), PROPOSALS, List.of()).toExtension();
            TestClient.mergeAll(
                    List.of(a, b),
                    a.commit().groupContextExtensions(List.of(required)).build().commit());
            CommitBundle commit =
                    a.commit().updateAppData(Notebook.FIRST, ONE).withoutPath().build();
            VerifiedCommit observed =
                    (VerifiedCommit) b.publicGroup().verify(commit.commit().toByteArray());
            assertThat(observed.hasPath()).isFalse();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertTogether(a, b);
            assertThat(observed.after().appData(Notebook.FIRST)).contains(ONE);
            assertThat(b.publicGroup().extensions())
                    .containsExactly(
                            required,
                            AppDataDictionary.EMPTY.with(Notebook.FIRST, ONE).toExtension());
        }

        @Test
        @DisplayName("are merged from all updates of a commit, in the order in which they stand there")
        void inOrder() throws MlsException {
            a.process(b.propose(new ProposalDraft.AppDataUpdate(Notebook.FIRST, TWO)));
            CommitBundle commit = a.commit()
                    .updateAppData(Notebook.FIRST, THREE)
                    .updateAppData(Notebook.SECOND, ONE)
                    .updateAppData(Notebook.FIRST, ONE)
                    .build();
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.appDataUpdates())
                    .extracting(SentProposal::sender)
                    .containsExactly(
                            new Sender.Member(1), new Sender.Member(0), new Sender.Member(0), new Sender.Member(0));
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(data(b)).contains(Bytes.concat(TWO, THREE, ONE));
            assertThat(b.publicGroup().appData(Notebook.SECOND)).contains(ONE);
            assertTogether(a, b);
        }

        @Test
        @DisplayName("are merged after the other proposals of the commit have changed the extensions")
        void afterTheOthers() throws MlsException {
            Extension given =
                    AppDataDictionary.EMPTY.with(Notebook.UNKNOWN, ONE).toExtension();
            CommitBundle commit = a.commit()
                    .updateAppData(Notebook.FIRST, TWO)
                    .groupContextExtensions(List.of(given))
                    .build();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(data(b)).contains(TWO);
            assertThat(b.publicGroup().appData(Notebook.UNKNOWN)).contains(ONE);
            TestClient.mergeAll(
                    List.of(a, b),
                    b.commit().removeAppData(Notebook.FIRST).build().commit());
            assertThat(data(a)).isEmpty();
            assertThat(a.publicGroup().extensions()).containsExactly(given);
        }

        @Test
        @DisplayName("reach who joins, and survive storing, with a commit of them that waits")
        void stored() throws MlsException {
            a.commit().updateAppData(Notebook.FIRST, ONE).build();
            Group restored = Group.restore(new TestStore().apply(a.drainDelta()).blobs(), alice, environment);
            Bytes waiting = restored.pendingCommit().orElseThrow();
            TestClient.mergeAll(List.of(restored, b), waiting);
            assertTogether(restored, b);
            assertThat(data(restored)).contains(ONE);
            PublicGroup observer = PublicGroup.of(b.groupInfo(), b.ratchetTree(), new Notebook());
            assertThat(PublicGroup.decode(observer.encode(), new Notebook()).appData(Notebook.FIRST))
                    .contains(ONE);
        }

        @Test
        @DisplayName("are not kept from others by updates that wait and that a component refuses, or that contradict")
        void misfits() throws MlsException {
            for (ProposalDraft draft : List.of(
                    new ProposalDraft.AppDataUpdate(Notebook.FIRST, ONE),
                    new ProposalDraft.AppDataUpdate(Notebook.FIRST, Notebook.NONSENSE),
                    new ProposalDraft.AppDataUpdate(Notebook.FIRST, Notebook.HUGE),
                    new ProposalDraft.AppDataUpdate(Notebook.FIRST, TWO),
                    new ProposalDraft.AppEphemeral(Notebook.SECOND, TWO))) {
                a.process(b.propose(draft));
            }
            CommitBundle commit =
                    a.commit().updateAppData(Notebook.FIRST, THREE).build();
            assertThat(TestClient.staged(b, commit.commit()).ephemeral()).hasSize(1);
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(data(b)).contains(Bytes.concat(ONE, TWO, THREE));
            a.process(b.propose(new ProposalDraft.AppDataRemoval(Notebook.FIRST)));
            a.process(b.propose(new ProposalDraft.AppDataUpdate(Notebook.FIRST, TWO)));
            TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            assertThat(data(b)).isEmpty();
        }

        @Test
        @DisplayName("are changed by a joiner's commit, and by an external sender's proposal")
        void fromOutside() throws MlsException {
            SignatureKeyPair service = SignatureKeyPair.generate(SUITE, random);
            TestClient.mergeAll(
                    List.of(a, b),
                    a.commit()
                            .groupContextExtensions(List.of(ExternalSender.toExtension(
                                    List.of(new ExternalSender(service.publicKey(), named("service"))))))
                            .build()
                            .commit());
            byte[] proposal = ExternalProposals.bySender(
                    a.publicGroup(),
                    0,
                    service,
                    new ProposalDraft.AppDataUpdate(Notebook.FIRST, ONE),
                    new byte[0],
                    TestClient.NOW_SECONDS,
                    random);
            a.process(proposal);
            b.process(proposal);
            TestClient.mergeAll(List.of(a, b), a.commit().build().commit());
            ExternalCommit join = Group.joinExternal(
                            a.groupInfo(), Optional.of(a.ratchetTree()), named("carol"), carol, environment)
                    .leafExtensions(List.of(LISTING))
                    .updateAppData(Notebook.FIRST, TWO)
                    .ephemeral(Notebook.SECOND, THREE)
                    .build(CAPABILITIES);
            StagedCommit staged = TestClient.staged(a, join.bundle().commit());
            assertThat(staged.ephemeral())
                    .containsExactly(new SentProposal(
                            new Sender.NewMemberCommit(), new Proposal.AppEphemeral(Notebook.SECOND, THREE)));
            TestClient.mergeAll(List.of(a, b, join.group()), join.bundle().commit());
            assertThat(data(join.group())).contains(Bytes.concat(ONE, TWO));
            assertTogether(a, join.group());
        }
    }

    @Nested
    @DisplayName("AppEphemerals")
    class Ephemerals {
        private final Group a = found(List.of());
        private final Group b = addBob(a);

        Ephemerals() throws MlsException {}

        @Test
        @DisplayName("are handed out with their senders, in order, and change nothing of the group")
        void handedOut() throws MlsException {
            Processed.ProposalReceived received = (Processed.ProposalReceived)
                    a.process(b.propose(new ProposalDraft.AppEphemeral(Notebook.FIRST, ONE)));
            assertThat(received.sender().credential()).isEqualTo(named("bob"));
            CommitBundle commit = a.commit()
                    .ephemeral(Notebook.FIRST, TWO)
                    .ephemeral(Notebook.SECOND, THREE)
                    .withoutPath()
                    .build();
            StagedCommit staged = TestClient.staged(b, commit.commit());
            assertThat(staged.ephemeral())
                    .containsExactly(
                            new SentProposal(new Sender.Member(1), new Proposal.AppEphemeral(Notebook.FIRST, ONE)),
                            new SentProposal(new Sender.Member(0), new Proposal.AppEphemeral(Notebook.FIRST, TWO)),
                            new SentProposal(new Sender.Member(0), new Proposal.AppEphemeral(Notebook.SECOND, THREE)));
            assertThat(staged.updated()).isEmpty();
            TestClient.mergeAll(List.of(a, b), commit.commit());
            assertThat(b.publicGroup().extensions()).isEmpty();
            assertTogether(a, b);
        }
    }

    @Nested
    @DisplayName("What leaves list")
    class Listed {
        private final Capabilities poor = Capabilities.of(List.of(), List.of());
        private final RequiredCapabilities required =
                new RequiredCapabilities(List.of(Extension.APP_DATA_DICTIONARY), PROPOSALS, List.of());

        @Test
        @DisplayName("says who keeps the group from using it: until that member's leaf is made anew, or removed")
        void lacking() throws MlsException {
            Group a = found(List.of());
            Group b = addBob(a, poor, List.of());
            assertThat(a.publicGroup().membersLacking(required, List.of(Notebook.FIRST)))
                    .extracting(Member::credential)
                    .containsExactly(named("bob"));
            assertThat(a.publicGroup().leafNode(0).orElseThrow().extensions()).containsExactly(LISTING);
            assertThat(a.publicGroup().leafNode(7)).isEmpty();
            assertRefused(() -> a.commit().updateAppData(Notebook.FIRST, ONE).build(), MlsError.UNSUPPORTED_PROPOSAL);
            assertRefused(() -> a.commit().ephemeral(Notebook.FIRST, ONE).build(), MlsError.UNSUPPORTED_PROPOSAL);
            LeafChange renewal = LeafChange.NONE.withCapabilities(CAPABILITIES).withExtensions(List.of(LISTING));
            TestClient.mergeAll(
                    List.of(a, b), b.commit().changeLeaf(renewal).build().commit());
            assertThat(a.publicGroup().membersLacking(required, List.of(Notebook.FIRST)))
                    .isEmpty();
            TestClient.mergeAll(
                    List.of(a, b),
                    a.commit().updateAppData(Notebook.FIRST, ONE).build().commit());
            assertTogether(a, b);
        }

        @Test
        @DisplayName("need not be listed by whom the same commit removes")
        void removed() throws MlsException {
            Group a = found(List.of());
            Group b = addBob(a, poor, List.of());
            CommitBundle commit =
                    a.commit().remove(1).ephemeral(Notebook.FIRST, ONE).build();
            assertThat(TestClient.staged(b, commit.commit()).selfRemoved()).isTrue();
            a.mergePending();
            assertThat(a.members()).hasSize(1);
        }

        @Test
        @DisplayName("must name the components that the GroupContext requires of all")
        void required() throws MlsException {
            Group a = found(List.of(LISTING));
            assertRefused(() -> addBob(a, CAPABILITIES, List.of()), MlsError.UNSUPPORTED_EXTENSION);
            Extension malformed = new Extension(Extension.APP_DATA_DICTIONARY, Bytes.ofHex("ff"));
            assertRefused(() -> addBob(a, CAPABILITIES, List.of(malformed)), MlsError.UNSUPPORTED_EXTENSION);
            Extension other = AppDataDictionary.listing(List.of(Notebook.SECOND));
            assertRefused(() -> addBob(a, CAPABILITIES, List.of(other)), MlsError.UNSUPPORTED_EXTENSION);
            Group b = addBob(a);
            LeafChange worse = LeafChange.NONE.withExtensions(List.of());
            assertRefused(() -> b.commit().changeLeaf(worse).build(), MlsError.UNSUPPORTED_EXTENSION);
        }

        @Test
        @DisplayName(
                "is nothing where the dictionary is malformed, which is taken in a leaf as by those who do not know it")
        void malformed() throws MlsException {
            Group a = found(List.of());
            Extension unsorted = new Extension(Extension.APP_DATA_DICTIONARY, Bytes.ofHex("06000200000100"));
            Group b = addBob(a, CAPABILITIES, List.of(unsorted));
            assertThat(a.publicGroup().membersLacking(required, List.of(Notebook.FIRST)))
                    .hasSize(1);
            TestClient.mergeAll(
                    List.of(a, b),
                    a.commit().updateAppData(Notebook.FIRST, ONE).build().commit());
            assertTogether(a, b);
        }

        @Test
        @DisplayName("is read beside unknown components, as GREASE has them")
        void grease() throws MlsException {
            Extension greased = AppDataDictionary.EMPTY
                    .with(
                            ComponentId.APP_COMPONENTS,
                            AppDataDictionary.in(List.of(AppDataDictionary.listing(List.of(0x0a0a, Notebook.FIRST))))
                                    .orElseThrow()
                                    .find(ComponentId.APP_COMPONENTS)
                                    .orElseThrow())
                    .with(0x3a3a, ONE)
                    .toExtension();
            Group a = found(List.of());
            Group b = addBob(a, CAPABILITIES, List.of(greased));
            assertThat(b.publicGroup().membersLacking(required, List.of(Notebook.FIRST)))
                    .isEmpty();
        }
    }
}
