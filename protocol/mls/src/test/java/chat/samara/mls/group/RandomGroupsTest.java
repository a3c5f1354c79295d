package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Groups of 1 to 20 members that do everything at once: proposals by members, a service and would-be members, of which some come
 * late; commits of them by value and by reference; commits that lose; external joins and resyncs; messages that come epochs later;
 * members that are stored and read again.
 */
class RandomGroupsTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Capabilities CAPABILITIES =
            TestClient.CAPABILITIES.withProposals(List.of(Proposal.SELF_REMOVE));
    private static final int STEPS = 30;
    private static final int MEMBERS_MAX = 20;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    @DisplayName("agree, and leave behind whoever was removed")
    void agree(long seed) throws MlsException {
        Village village = new Village(seed);
        for (int step = 0; step < STEPS; step++) {
            try {
                village.step();
            } catch (MlsException | RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", step " + step + ": " + e.getMessage(), e);
            }
        }
        assertThat(village.externalJoins).as("seed %d: external joins", seed).isPositive();
        assertThat(village.resyncs).as("seed %d: resyncs", seed).isPositive();
        assertThat(village.lateProposals).as("seed %d: late proposals", seed).isPositive();
        assertThat(village.removals).as("seed %d: removals", seed).isPositive();
        assertThat(village.leavesByJoiners)
                .as("seed %d: leaves by joiners", seed)
                .isPositive();
    }

    /** A client with its group. */
    private static final class Villager {
        final TestClient client;
        Group group;
        /** Proposals of this epoch that have not come yet. */
        final List<byte[]> late = new ArrayList<>();

        Villager(TestClient client, Group group) {
            this.client = client;
            this.group = group;
        }
    }

    private record Newcomer(TestClient client, KeyPackageBundle bundle) {}

    /** A message that has not come to this group yet. */
    private record Letter(Group receiver, Bytes message, Bytes text) {}

    private static final class Village {
        private final SeededRandom random;
        private final TestClient service;
        private final Extension senders;
        private final List<Villager> villagers = new ArrayList<>();
        private final Map<Bytes, Newcomer> newcomers = new HashMap<>();
        private final List<Letter> letters = new ArrayList<>();
        /** Who says that it leaves, with its message. */
        private final Map<Group, Bytes> leaving = new HashMap<>();

        private PublicGroup observer;
        private int names;
        private int externalJoins;
        private int resyncs;
        private int lateProposals;
        private int removals;
        private int leavesByJoiners;

        Village(long seed) throws MlsException {
            random = new SeededRandom(seed);
            service = new TestClient("service", SUITE, random);
            senders = ExternalSender.toExtension(
                    List.of(new ExternalSender(service.signer.publicKey(), service.credential)));
            TestClient founder = newClient();
            Villager first = new Villager(founder, founder.found(List.of(senders)));
            villagers.add(first);
            observer = PublicGroup.of(first.group.groupInfo(), first.group.ratchetTree(), new OpenHouse());
            commit(first, first.group.commit().add(newcomer()).build());
        }

        private boolean oneIn(int times) {
            return random.below(times) == 0;
        }

        private TestClient newClient() {
            return new TestClient("villager " + names++, SUITE, random, CAPABILITIES, PreSharedKeys.NONE);
        }

        private chat.samara.mls.keypackage.KeyPackage newcomer() {
            TestClient client = newClient();
            KeyPackageBundle bundle = client.bundle();
            newcomers.put(bundle.ref(), new Newcomer(client, bundle));
            return bundle.keyPackage();
        }

        private Villager anyone() {
            return villagers.get(random.below(villagers.size()));
        }

        // ---- one epoch ----

        void step() throws MlsException {
            for (int proposals = random.below(4); proposals > 0; proposals--) {
                propose();
            }
            if (oneIn(3)) {
                // A commit that loses: another one comes first.
                anyone().group.commit().build();
            }
            switch (random.below(6)) {
                case 0 -> joinExternally();
                case 1 -> resync();
                default -> commit();
            }
            assertAgreed();
            talk();
            Villager stored = anyone();
            stored.group = reloaded(stored);
        }

        private void propose() throws MlsException {
            int kind = random.below(7);
            boolean isFull = villagers.size() > MEMBERS_MAX / 2;
            Villager author = anyone();
            if (kind == 0) {
                deliver(author.group.propose(new ProposalDraft.Update()), author);
            } else if (kind == 1 && !isFull) {
                deliver(author.group.propose(new ProposalDraft.Add(newcomer())), author);
            } else if (kind == 2 && isFull) {
                int leaf = anyone().group.ownLeafIndex();
                deliver(byService(new ProposalDraft.Remove(leaf)), null);
            } else if (kind == 3 && !isFull) {
                deliver(byService(new ProposalDraft.Add(newcomer())), null);
            } else if (kind == 4) {
                Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.of(random.bytes(3)));
                deliver(author.group.propose(new ProposalDraft.GroupContextExtensions(List.of(senders, own))), author);
            } else if (kind == 6 && villagers.size() > 3 && !leaving.containsKey(author.group)) {
                byte[] leave = author.group.propose(new ProposalDraft.SelfRemove());
                leaving.put(author.group, Bytes.of(leave));
                deliver(leave, author);
            } else if (kind == 5 && !isFull) {
                Newcomer applicant =
                        Objects.requireNonNull(newcomers.get(newcomer().ref()));
                deliver(
                        ExternalProposals.byNewMember(
                                observer.groupId(),
                                observer.epoch(),
                                applicant.bundle.keyPackage(),
                                applicant.client.signer,
                                new byte[0],
                                TestClient.NOW_SECONDS),
                        null);
            }
        }

        private byte[] byService(ProposalDraft draft) throws MlsException {
            return ExternalProposals.bySender(
                    observer, 0, service.signer, draft, new byte[0], TestClient.NOW_SECONDS, random);
        }

        /** To everybody but its author; to some later, when they find that a commit refers to it. */
        private void deliver(byte[] proposal, @org.jspecify.annotations.Nullable Villager author) throws MlsException {
            observer = observer.verify(proposal).after();
            for (Villager villager : villagers) {
                if (villager == author) {
                    continue;
                }
                if (oneIn(5)) {
                    villager.late.add(proposal);
                } else {
                    villager.group.process(proposal);
                }
            }
        }

        private void commit() throws MlsException {
            Villager committer = anyone();
            CommitBuilder builder = committer.group.commit();
            if (oneIn(3) && villagers.size() < MEMBERS_MAX) {
                builder.add(newcomer());
            }
            Villager leaver = anyone();
            if (oneIn(4) && leaver != committer) {
                builder.remove(leaver.group.ownLeafIndex());
            }
            if (oneIn(5)) {
                builder.groupContextExtensions(List.of(senders));
            }
            if (oneIn(3)) {
                builder.withoutPath();
            }
            builder.includePendingProposals(!oneIn(5));
            commit(committer, builder.build());
        }

        private void joinExternally() throws MlsException {
            if (villagers.size() >= MEMBERS_MAX) {
                return;
            }
            TestClient client = newClient();
            ExternalCommit join = joining(client).build(client.capabilities);
            Villager joined = new Villager(client, join.group());
            follow(join.bundle(), Optional.empty());
            enter(joined, join);
            externalJoins++;
        }

        private void resync() throws MlsException {
            Villager lost = anyone();
            if (leaving.containsKey(lost.group)) {
                return;
            }
            ExternalCommit join = joining(lost.client).resync().build(lost.client.capabilities);
            Villager back = new Villager(lost.client, join.group());
            follow(join.bundle(), Optional.empty());
            // What is left of the old membership goes before the new one is stored in its place.
            lost.group.destroy();
            lost.client.store.apply(lost.group.drainDelta());
            enter(back, join);
            resyncs++;
        }

        private ExternalCommitBuilder joining(TestClient client) throws MlsException {
            ExternalCommitBuilder joining = Group.joinExternal(
                    anyone().group.groupInfo(),
                    Optional.of(observer.ratchetTree()),
                    client.credential,
                    client.signer,
                    client.environment);
            for (Bytes leave : leaving.values()) {
                joining.selfRemove(leave.toByteArray());
                leavesByJoiners++;
            }
            return joining;
        }

        /** The joiner's process may end between storing and seeing its commit. */
        private void enter(Villager joined, ExternalCommit join) throws MlsException {
            if (oneIn(2)) {
                joined.group = reloaded(joined);
            }
            joined.group.merge(TestClient.staged(joined.group, join.bundle().commit()));
            villagers.add(joined);
        }

        private void commit(Villager committer, CommitBundle bundle) throws MlsException {
            VerifiedCommit commit = follow(bundle, Optional.of(committer));
            for (Bytes ref : commit.addedKeyPackageRefs()) {
                Newcomer newcomer = Objects.requireNonNull(newcomers.get(ref));
                villagers.add(new Villager(newcomer.client, newcomer.client.join(bundle, newcomer.bundle)));
            }
        }

        /** Everybody gets to know a commit; those who miss a proposal that it refers to take that in first. */
        private VerifiedCommit follow(CommitBundle bundle, Optional<Villager> committer) throws MlsException {
            VerifiedCommit commit =
                    (VerifiedCommit) observer.verify(bundle.commit().toByteArray());
            observer = commit.after();
            leaving.clear();
            observer.checkGroupInfo(bundle.groupInfo().toByteArray());
            for (Villager villager : List.copyOf(villagers)) {
                Map<Integer, HpkeKeyPair> keysBefore =
                        new HashMap<>(villager.group.state().keys().byNode());
                StagedCommit staged = staged(villager, bundle.commit());
                assertThat(staged.own()).isEqualTo(committer.equals(Optional.of(villager)));
                villager.group.merge(staged);
                villager.late.clear();
                if (staged.selfRemoved()) {
                    villagers.remove(villager);
                    removals++;
                    assertLeftBehind(villager.group, keysBefore);
                }
            }
            return commit;
        }

        private StagedCommit staged(Villager villager, Bytes commit) throws MlsException {
            try {
                return TestClient.staged(villager.group, commit);
            } catch (MlsException e) {
                assertThat(e.code()).isEqualTo(MlsError.UNKNOWN_PROPOSAL);
                assertThat(villager.late).isNotEmpty();
                lateProposals++;
                for (byte[] proposal : villager.late) {
                    villager.group.process(proposal);
                }
                return TestClient.staged(villager.group, commit);
            }
        }

        // ---- what must hold ----

        private void assertAgreed() throws MlsException {
            byte[] label = {1, 2, 3};
            Group first = villagers.get(0).group;
            assertThat(observer.memberCount()).isEqualTo(villagers.size());
            for (Villager villager : villagers) {
                Group group = villager.group;
                assertThat(group.publicGroup().encode()).isEqualTo(observer.encode());
                assertThat(group.epochAuthenticator()).isEqualTo(first.epochAuthenticator());
                assertThat(group.exportSecret("label", label, 32)).isEqualTo(first.exportSecret("label", label, 32));
                group.state().keys().requireMatch(observer.tree());
                group.checkGroupInfo(first.groupInfo());
            }
        }

        /** No key that the removed member ever held in the group is one of the new tree, so no path can be opened with it. */
        private void assertLeftBehind(Group removed, Map<Integer, HpkeKeyPair> keysBefore) {
            assertThat(removed.isActive()).isFalse();
            keysBefore
                    .values()
                    .forEach(pair -> assertThat(observer.tree().hasEncryptionKey(pair.publicKey()))
                            .as("a key of the removed member is in the tree still")
                            .isFalse());
            assertThatThrownBy(removed::epochAuthenticator)
                    .isInstanceOfSatisfying(
                            MlsException.class,
                            refused -> assertThat(refused.code()).isEqualTo(MlsError.GROUP_INACTIVE));
            letters.removeIf(letter -> letter.receiver == removed);
        }

        /** Someone says something; some hear it at once, others epochs later, and in another order. */
        private void talk() throws MlsException {
            Group sender = anyone().group;
            Bytes text = Bytes.of(random.bytes(20));
            Bytes message = Bytes.of(sender.protect(text.toByteArray(), new byte[0]));
            for (Villager villager : villagers) {
                if (villager.group != sender) {
                    letters.add(new Letter(villager.group, message, text));
                }
            }
            java.util.Collections.shuffle(letters, new java.util.Random(random.below(1 << 30)));
            int kept = letters.size() / 3;
            for (Letter letter : List.copyOf(letters.subList(kept, letters.size()))) {
                assertThat(TestClient.open(letter.receiver, letter.message.toByteArray())
                                .plaintext())
                        .isEqualTo(letter.text);
            }
            letters.subList(kept, letters.size()).clear();
        }

        private Group reloaded(Villager villager) throws MlsException {
            Group before = villager.group;
            Group restored = villager.client.reloaded(before);
            letters.replaceAll(
                    letter -> letter.receiver == before ? new Letter(restored, letter.message, letter.text) : letter);
            return restored;
        }
    }
}
