package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which of an epoch's proposals a commit takes up (RFC 9420 §12.2, §12.4). */
class PendingProposalsTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] TEXT = "hello".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(17);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);
    private List<Group> groups = List.of();

    /** Three members, who require an extension of all. */
    @BeforeEach
    void meet() throws MlsException {
        Extension required =
                new RequiredCapabilities(List.of(TestClient.OWN_EXTENSION), List.of(), List.of()).toExtension();
        Group a = alice.found(List.of(required));
        groups = new ArrayList<>(List.of(a));
        groups.addAll(TestClient.addAll(a, List.of(bob, carol)));
    }

    private Group group(int index) {
        return groups.get(index);
    }

    /** Bob proposes an Add, as a hostile member would: nobody of ours would propose it. */
    private void proposeAdd(KeyPackageBundle bundle) throws MlsException {
        HostileMember hostile = new HostileMember(bob, group(1));
        byte[] message = hostile.publicMessage(hostile.sign(
                WireFormat.PUBLIC_MESSAGE,
                new Content.OfProposal(new Proposal.Add(bundle.keyPackage().content())),
                group(1).ownLeafIndex()));
        for (Group group : groups) {
            group.process(message);
        }
    }

    private KeyPackageBundle poor(String name) {
        return new TestClient(name, SUITE, random).bundle(Capabilities.of(List.of(), List.of()), TestClient.LIFETIME);
    }

    @Test
    @DisplayName(
            "those that nobody could commit in this epoch are left out, and keep nobody from committing the others")
    void uncommittable() throws MlsException {
        TestClient dan = new TestClient("dan", SUITE, random);
        KeyPackageBundle welcome = dan.bundle();
        proposeAdd(poor("mallory 1"));
        proposeAdd(welcome);
        proposeAdd(poor("mallory 2"));
        byte[] removal = group(1).propose(new ProposalDraft.Remove(group(2).ownLeafIndex()));
        group(0).process(removal);
        group(2).process(removal);
        proposeAdd(poor("mallory 3"));
        assertThatThrownBy(() -> group(0).protect(TEXT, TEXT)).isInstanceOf(MlsException.class);

        CommitBundle commit = group(0).commit().build();
        StagedCommit staged = TestClient.staged(group(1), commit.commit());
        assertThat(staged.added()).extracting(Member::credential).containsExactly(dan.credential);
        assertThat(staged.removed()).extracting(Member::credential).containsExactly(carol.credential);
        TestClient.mergeAll(groups, commit.commit());
        Group d = dan.join(commit, welcome);
        assertThat(TestClient.open(d, group(0).protect(TEXT, TEXT)).plaintext()).isEqualTo(Bytes.of(TEXT));
    }

    @Test
    @DisplayName("what the committer itself asks for is still refused by its own name")
    void ownIsRefused() throws MlsException {
        proposeAdd(poor("mallory"));
        KeyPackageBundle poor = poor("friend");
        assertThatThrownBy(() -> group(0).commit().add(poor.keyPackage()).build())
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(MlsError.UNSUPPORTED_EXTENSION));
        assertThat(group(0).pendingCommit()).isEmpty();
    }

    @Test
    @DisplayName("with none left, the commit is an empty one with a path, and the proposals lapse")
    void noneLeft() throws MlsException {
        proposeAdd(poor("mallory"));
        CommitBundle commit = group(2).commit().build();
        TestClient.mergeAll(groups, commit.commit());
        for (Group group : groups) {
            assertThat(group.hasPendingProposals()).isFalse();
            assertThat(group.members()).hasSize(3);
        }
    }

    /** Counts how often a list with proposals of this type is applied. */
    private static final class Counting extends OpenHouse {
        static final int TYPE = 0xf0b0;
        int asked;

        @Override
        public boolean requiresPath(int customProposalType) {
            asked++;
            return true;
        }
    }

    @Test
    @DisplayName("however many a hostile member sends, each is looked at a few times")
    void manyMisfits() throws MlsException {
        Counting counting = new Counting();
        GroupEnvironment environment = new GroupEnvironment(counting, random, alice.environment.clock());
        Capabilities capabilities =
                Capabilities.of(List.of(TestClient.OWN_EXTENSION), List.of()).withProposals(List.of(Counting.TYPE));
        Extension required =
                new RequiredCapabilities(List.of(TestClient.OWN_EXTENSION), List.of(), List.of()).toExtension();
        GroupConfig config =
                new GroupConfig(SUITE, TestClient.GROUP_ID, List.of(required), capabilities, TestClient.LIFETIME);
        Group a = Group.create(config, alice.credential, alice.signer, environment);
        KeyPackageBundle bobs = bob.bundle(capabilities, TestClient.LIFETIME);
        CommitBundle adding = a.commit().add(bobs.keyPackage()).build();
        TestClient.mergeAll(List.of(a), adding.commit());
        Group b = bob.join(adding, bobs);
        a.process(b.propose(new ProposalDraft.Custom(Counting.TYPE, Bytes.EMPTY)));
        groups = List.of(a, b);
        int misfits = 200;
        List<KeyPackageBundle> welcome = new ArrayList<>();
        for (int i = 0; i < misfits; i++) {
            proposeAdd(poor("mallory " + i));
            if (i % 50 == 0) {
                welcome.add(new TestClient("dan " + i, SUITE, random).bundle());
                proposeAdd(welcome.get(welcome.size() - 1));
            }
        }
        counting.asked = 0;
        CommitBundle commit = a.commit().build();
        assertThat(counting.asked)
                .as("how often the custom proposal was applied, with one among %d", misfits)
                .isBetween(1, 10);
        StagedCommit staged = TestClient.staged(b, commit.commit());
        assertThat(staged.added()).hasSameSizeAs(welcome);
        assertThat(staged.customProposals()).hasSize(1);
    }

    @Test
    @DisplayName(
            "those that conflict in pairs leave one of each pair: a key twice, and an extension that not all support")
    void conflicts() throws MlsException {
        Bytes shared = SUITE.generateKeyPair(random).publicKey();
        for (String name : List.of("erin", "frank")) {
            HostileMember hostile = new HostileMember(bob, group(1));
            Proposal add = new HostileKeyPackage(new TestClient(name, SUITE, random))
                    .encryptionKey(shared)
                    .add();
            byte[] message = hostile.publicMessage(
                    hostile.sign(WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(add), group(1).ownLeafIndex()));
            for (Group group : groups) {
                group.process(message);
            }
        }
        byte[] extensions = group(2).propose(new ProposalDraft.GroupContextExtensions(
                List.of(new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY))));
        byte[] update = group(1).propose(new ProposalDraft.Update());
        for (byte[] message : List.of(extensions, update)) {
            for (Group group : groups) {
                group.process(message);
            }
        }
        CommitBundle commit = group(0).commit().build();
        StagedCommit staged = TestClient.staged(group(2), commit.commit());
        assertThat(staged.added())
                .extracting(Member::credential)
                .containsExactly(Credential.basic(Bytes.ofUtf8("erin")));
        assertThat(staged.updated()).extracting(Member::leafIndex).contains(group(1).ownLeafIndex());
        assertThat(staged.after().extensions()).hasSize(1);
    }

    @Test
    @DisplayName(
            "an Update that the group cannot take, or extensions that not all support, do not keep out another's Update")
    void misfitsAmongUpdates() throws MlsException {
        LeafChange poor = LeafChange.NONE.withCapabilities(Capabilities.of(List.of(), List.of()));
        List<Extension> unknown = List.of(new Extension(0xf0ee, Bytes.EMPTY));
        for (ProposalDraft misfit :
                List.of(new ProposalDraft.Update(poor), new ProposalDraft.GroupContextExtensions(unknown))) {
            byte[] first = group(1).propose(misfit);
            byte[] second = group(2).propose(new ProposalDraft.Update());
            for (byte[] message : List.of(first, second)) {
                for (Group group : groups) {
                    group.process(message);
                }
            }
            CommitBundle commit = group(0).commit().build();
            StagedCommit staged = TestClient.staged(group(1), commit.commit());
            assertThat(staged.updated()).extracting(Member::leafIndex).containsExactlyInAnyOrder(0, 2);
            TestClient.mergeAll(groups, commit.commit());
        }
    }

    @Test
    @DisplayName("those that do not go with a new own leaf give way to it")
    void ownLeafFirst() throws MlsException {
        TestClient dan = new TestClient("dan", SUITE, random);
        proposeAdd(dan.bundle());
        proposeAdd(poor("mallory"));
        LeafChange change = LeafChange.NONE.withSigner(dan.signer);
        CommitBundle commit = group(0).commit().changeLeaf(change).build();
        assertThat(TestClient.staged(group(1), commit.commit()).added()).isEmpty();
        assertThat(commit.after().memberWithSignatureKey(dan.signer.publicKey()))
                .hasValueSatisfying(member -> assertThat(member.leafIndex()).isZero());
    }
}
