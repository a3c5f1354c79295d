package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.Effort;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random lives of groups whose members are ours and {@code bcmls}'s: several Adds and Removes at once, by value and by
 * reference, commits with and without a path, messages from anyone to all. After every commit all agree on epoch
 * authenticator, exporter and tree. The other side draws its own randomness, so a seed repeats what is done and not every byte.
 */
@DisplayName("In a group with bcmls, whatever is done,")
class BcmlsDifferentialTest {
    private static final Bytes GROUP_ID = Bytes.ofUtf8("a mixed group");
    private static final AuthenticationService ACCEPT_ALL = (credential, key) -> true;
    private static final List<Integer> SUITES = List.of(1, 2, 3, 7);
    private static final long DAY_SECONDS = 24 * 3600;
    private static final int STEPS = 12;
    private static final int MEMBERS_MAX = 9;

    private static final class Play {
        private final long now = InstantSource.system().instant().getEpochSecond();
        private final Lifetime lifetime = new Lifetime(now - DAY_SECONDS, now + 30 * DAY_SECONDS);
        private final SeededRandom random;
        private final CipherSuite suite;
        private final GroupEnvironment environment;
        private final List<Group> ours = new ArrayList<>();
        private final List<BcmlsPeer> theirs = new ArrayList<>();
        private int names;

        Play(long seed) throws Exception {
            random = new SeededRandom(seed);
            suite = CipherSuite.of(SUITES.get((int) (seed % SUITES.size())));
            environment = new GroupEnvironment(ACCEPT_ALL, random, InstantSource.system());
            SignatureKeyPair signer = SignatureKeyPair.generate(suite, random);
            ours.add(Group.create(
                    new GroupConfig(suite, GROUP_ID, List.of(), capabilities(), lifetime),
                    credential(),
                    signer,
                    environment));
            commitOfOurs(ours.get(0), 1, 1, List.of(), true);
        }

        private Capabilities capabilities() {
            return Capabilities.of(List.of(), List.of());
        }

        private Credential credential() {
            return Credential.basic(Bytes.ofUtf8("ours " + names++));
        }

        /** A client of ours who is about to join. */
        private record Joiner(KeyPackageBundle bundle, SignatureKeyPair signer) {}

        private Joiner joiner() {
            SignatureKeyPair signer = SignatureKeyPair.generate(suite, random);
            return new Joiner(
                    KeyPackageBundle.generate(suite, signer, credential(), capabilities(), lifetime, List.of(), random),
                    signer);
        }

        private BcmlsPeer peer() throws Exception {
            return new BcmlsPeer("theirs " + names++, suite.code(), now - DAY_SECONDS, now + 30 * DAY_SECONDS);
        }

        private static KeyPackage keyPackage(BcmlsPeer peer) throws Exception {
            return KeyPackage.decode(peer.keyPackage()).verify(ACCEPT_ALL);
        }

        private int room() {
            return MEMBERS_MAX - ours.size() - theirs.size();
        }

        void step() throws Exception {
            int addOurs = random.below(1 + Math.min(2, Math.max(0, room())));
            int addTheirs = random.below(1 + Math.min(2, Math.max(0, room() - addOurs)));
            if (random.below(2) == 0) {
                Group committer = ours.get(random.below(ours.size()));
                proposeByReference(committer);
                commitOfOurs(committer, addOurs, addTheirs, leavers(committer), random.below(2) == 0);
            } else {
                BcmlsPeer committer = theirs.get(random.below(theirs.size()));
                commitOfTheirs(committer, addOurs, addTheirs, leavers(committer));
            }
            assertAgreed();
            talk();
        }

        /** Updates by others of ours, which everybody is told of before the commit that refers to them. */
        private void proposeByReference(Group committer) throws Exception {
            Group proposer = ours.get(random.below(ours.size()));
            if (proposer == committer || random.below(2) == 0) {
                return;
            }
            byte[] proposal = proposer.propose(new ProposalDraft.Update());
            for (Group group : ours) {
                if (group != proposer) {
                    group.process(proposal);
                }
            }
            for (BcmlsPeer peer : theirs) {
                peer.handle(Bytes.of(proposal));
            }
        }

        /** Who is to go: one of ours or theirs who is not the committer, if there are enough of both. */
        private List<Object> leavers(Object committer) {
            List<Object> leaving = new ArrayList<>();
            if (ours.size() > 2 && random.below(3) == 0) {
                Group leaver = ours.get(random.below(ours.size()));
                if (leaver != committer && !leaver.hasPendingProposals()) {
                    leaving.add(leaver);
                }
            }
            if (theirs.size() > 2 && random.below(3) == 0) {
                BcmlsPeer leaver = theirs.get(random.below(theirs.size()));
                if (leaver != committer) {
                    leaving.add(leaver);
                }
            }
            return leaving;
        }

        private static int leaf(Object member) {
            return member instanceof Group group ? group.ownLeafIndex() : ((BcmlsPeer) member).leafIndex();
        }

        private void commitOfOurs(
                Group committer, int addOurs, int addTheirs, List<Object> leaving, boolean withoutPath)
                throws Exception {
            CommitBuilder builder = committer.commit();
            List<Joiner> joiners = new ArrayList<>();
            List<BcmlsPeer> peers = new ArrayList<>();
            for (int i = 0; i < addOurs; i++) {
                joiners.add(joiner());
                builder.add(joiners.get(i).bundle.keyPackage());
            }
            for (int i = 0; i < addTheirs; i++) {
                peers.add(peer());
                builder.add(keyPackage(peers.get(i)));
            }
            leaving.forEach(leaver -> builder.remove(leaf(leaver)));
            if (withoutPath) {
                builder.withoutPath();
            }
            CommitBundle built = builder.build();
            deliver(built.commit(), leaving, committer);
            welcome(built.welcome(), built.after().ratchetTree(), joiners, peers);
        }

        private void commitOfTheirs(BcmlsPeer committer, int addOurs, int addTheirs, List<Object> leaving)
                throws Exception {
            List<byte[]> added = new ArrayList<>();
            List<Joiner> joiners = new ArrayList<>();
            List<BcmlsPeer> peers = new ArrayList<>();
            for (int i = 0; i < addOurs; i++) {
                joiners.add(joiner());
                added.add(joiners.get(i).bundle.keyPackage().encode());
            }
            for (int i = 0; i < addTheirs; i++) {
                peers.add(peer());
                added.add(peers.get(i).keyPackage());
            }
            List<Integer> leaves = leaving.stream().map(leaver -> leaf(leaver)).toList();
            BcmlsPeer.Committed made = committer.commit(added, leaves, false);
            deliver(made.commit(), leaving, committer);
            welcome(made.welcome(), ours.get(0).ratchetTree(), joiners, peers);
        }

        private void deliver(Bytes commit, List<Object> leaving, Object committer) throws Exception {
            for (Group group : ours) {
                group.merge(TestClient.staged(group, commit));
                assertThat(group.isActive()).isEqualTo(!leaving.contains(group));
            }
            theirs.removeAll(leaving);
            for (BcmlsPeer peer : theirs) {
                if (peer == committer) {
                    peer.handleOwn();
                } else {
                    peer.handle(commit);
                }
            }
            ours.removeAll(leaving);
        }

        private void welcome(Optional<Bytes> welcome, byte[] tree, List<Joiner> joiners, List<BcmlsPeer> peers)
                throws Exception {
            for (Joiner joiner : joiners) {
                ours.add(Group.join(
                        welcome.orElseThrow().toByteArray(),
                        joiner.bundle,
                        joiner.signer,
                        Optional.of(tree),
                        environment));
            }
            for (BcmlsPeer peer : peers) {
                peer.join(welcome.orElseThrow(), tree);
                theirs.add(peer);
            }
        }

        private void assertAgreed() throws Exception {
            Group first = ours.get(0);
            byte[] context = random.bytes(1 + random.below(40));
            Bytes exported = Bytes.of(first.exportSecret("a label", context, 48));
            Bytes tree = Bytes.of(first.ratchetTree());
            for (Group group : ours) {
                assertThat(group.publicGroup().treeHash())
                        .isEqualTo(first.publicGroup().treeHash());
                assertThat(group.epochAuthenticator()).isEqualTo(first.epochAuthenticator());
                assertThat(Bytes.of(group.exportSecret("a label", context, 48))).isEqualTo(exported);
            }
            for (BcmlsPeer peer : theirs) {
                assertThat(peer.epochAuthenticator()).isEqualTo(first.epochAuthenticator());
                assertThat(peer.export("a label", context, 48)).isEqualTo(exported);
                assertThat(Bytes.of(peer.ratchetTree())).isEqualTo(tree);
            }
        }

        /** One of each side says something, and everybody else reads it. */
        private void talk() throws Exception {
            Bytes text = Bytes.wrapUnsafe(random.bytes(random.below(300)));
            Group speaker = ours.get(random.below(ours.size()));
            byte[] ourMessage = speaker.protect(text.toByteArray(), new byte[0]);
            BcmlsPeer other = theirs.get(random.below(theirs.size()));
            byte[] theirMessage = other.protect(text.toByteArray(), new byte[0]);
            for (Group group : ours) {
                assertThat(TestClient.open(group, theirMessage).plaintext()).isEqualTo(text);
                if (group != speaker) {
                    assertThat(TestClient.open(group, ourMessage).plaintext()).isEqualTo(text);
                }
            }
            for (BcmlsPeer peer : theirs) {
                assertThat(Bytes.of(peer.unprotect(ourMessage)[1])).isEqualTo(text);
                if (peer != other) {
                    assertThat(Bytes.of(peer.unprotect(theirMessage)[1])).isEqualTo(text);
                }
            }
        }
    }

    @Test
    @DisplayName("all members agree after every commit, and read every message")
    void agree() {
        Effort.play(SUITES.size(), seed -> {
            Play play = new Play(seed);
            for (int step = 0; step < STEPS; step++) {
                play.step();
            }
        });
    }
}
