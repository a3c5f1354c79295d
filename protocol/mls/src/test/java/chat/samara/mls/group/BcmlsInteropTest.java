package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Groups whose members are ours and Bouncy Castle's {@code bcmls}, with an observer who sees every handshake. The other
 * side asks the system's clock about lifetimes, so here the clock is the real one.
 */
class BcmlsInteropTest {
    private static final Bytes GROUP_ID = Bytes.ofUtf8("an interop group");
    private static final AuthenticationService ACCEPT_ALL = new OpenHouse();
    private static final long DAY_SECONDS = 24 * 3600;

    private final long now = InstantSource.system().instant().getEpochSecond();
    private final Random seeded = new Random(20261121);
    private final RandomSource random = seeded::nextBytes;
    private final Lifetime lifetime = new Lifetime(now - DAY_SECONDS, now + 30 * DAY_SECONDS);
    private final GroupEnvironment environment = new GroupEnvironment(ACCEPT_ALL, random, InstantSource.system());

    /** A client of ours. */
    private final class Ours {
        final CipherSuite suite;
        final Credential credential;
        final SignatureKeyPair signer;

        Ours(String name, int suite) throws Exception {
            this.suite = CipherSuite.of(suite);
            credential = Credential.basic(Bytes.ofUtf8(name));
            signer = SignatureKeyPair.generate(this.suite, random);
        }

        Group found() throws Exception {
            GroupConfig config = new GroupConfig(
                    suite, GROUP_ID, List.<Extension>of(), Capabilities.of(List.of(), List.of()), lifetime);
            return Group.create(config, credential, signer, environment);
        }

        KeyPackageBundle bundle() {
            return KeyPackageBundle.generate(
                    suite, signer, credential, Capabilities.of(List.of(), List.of()), lifetime, List.of(), random);
        }

        Group join(Bytes welcome, KeyPackageBundle bundle, Optional<byte[]> tree) throws Exception {
            return Group.join(welcome.toByteArray(), bundle, signer, tree, environment);
        }
    }

    private BcmlsPeer theirs(String name, int suite) throws Exception {
        return new BcmlsPeer(name, suite, now - DAY_SECONDS, now + 30 * DAY_SECONDS);
    }

    private static KeyPackage keyPackage(BcmlsPeer peer) throws Exception {
        return KeyPackage.decode(peer.keyPackage()).verify(ACCEPT_ALL);
    }

    private static void merge(Group group, Bytes commit) throws Exception {
        Processed processed = group.process(commit.toByteArray());
        group.merge(((Processed.CommitReceived) processed).commit());
    }

    private static void assertSameEpoch(Group ours, BcmlsPeer theirs) throws Exception {
        assertThat(theirs.epochAuthenticator()).isEqualTo(ours.epochAuthenticator());
        byte[] context = {1, 2, 3};
        assertThat(theirs.export("a label", context, 48))
                .isEqualTo(Bytes.of(ours.exportSecret("a label", context, 48)));
        assertThat(Bytes.of(theirs.ratchetTree())).isEqualTo(Bytes.of(ours.ratchetTree()));
    }

    private static void assertMessagesBothWays(Group ours, BcmlsPeer theirs) throws Exception {
        for (int i = 0; i < 3; i++) {
            Bytes text = Bytes.ofUtf8("سلام, привет, ሰላም " + i);
            Bytes bound = Bytes.ofUtf8("bound " + i);
            byte[][] opened = theirs.unprotect(ours.protect(text.toByteArray(), bound.toByteArray()));
            assertThat(Bytes.of(opened[0])).isEqualTo(bound);
            assertThat(Bytes.of(opened[1])).isEqualTo(text);
            Processed answer = ours.process(theirs.protect(text.toByteArray(), bound.toByteArray()));
            Processed.ApplicationMessage message = (Processed.ApplicationMessage) answer;
            assertThat(message.plaintext()).isEqualTo(text);
            assertThat(message.authenticatedData()).isEqualTo(bound);
            assertThat(message.senderLeaf()).isEqualTo(theirs.leafIndex());
        }
    }

    @ParameterizedTest(name = "suite {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    @DisplayName("our Welcome lets them in: same epoch, same exporter, messages both ways")
    void ourWelcome(int suite) throws Exception {
        Group ours = new Ours("alice", suite).found();
        BcmlsPeer theirs = theirs("bob", suite);
        CommitBundle added = ours.commit().add(keyPackage(theirs)).build();
        merge(ours, added.commit());
        theirs.join(added.welcome().orElseThrow(), ours.ratchetTree());
        assertSameEpoch(ours, theirs);
        assertMessagesBothWays(ours, theirs);
    }

    @ParameterizedTest(name = "suite {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    @DisplayName("their Welcome lets us in, with the tree inside and with the tree outside")
    void theirWelcome(int suite) throws Exception {
        for (boolean inlineTree : new boolean[] {true, false}) {
            BcmlsPeer theirs = theirs("bob", suite);
            theirs.found(GROUP_ID);
            Ours alice = new Ours("alice", suite);
            KeyPackageBundle bundle = alice.bundle();
            BcmlsPeer.Committed added =
                    theirs.commit(List.of(bundle.keyPackage().encode()), List.of(), inlineTree);
            theirs.handleOwn();
            Optional<byte[]> tree = inlineTree ? Optional.empty() : Optional.of(theirs.ratchetTree());
            Group ours = alice.join(added.welcome().orElseThrow(), bundle, tree);
            assertSameEpoch(ours, theirs);
            assertMessagesBothWays(ours, theirs);
        }
    }

    @ParameterizedTest(name = "suite {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    @DisplayName("commits go both ways through adds, removals and updates, and an observer follows them all")
    void commitsBothWays(int suite) throws Exception {
        Mixed mixed = new Mixed(suite);
        for (int step = 0; step < 24; step++) {
            mixed.step(step);
        }
        assertThat(mixed.ours).isNotEmpty();
        assertThat(mixed.theirs).isNotEmpty();
    }

    @ParameterizedTest(name = "suite {0}")
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    @DisplayName("external commits go both ways, joins and resyncs, and so does a would-be member's proposal")
    void externalCommitsBothWays(int suite) throws Exception {
        Mixed mixed = new Mixed(suite);
        mixed.joinOurs("ours ext", mixed.theirs.get(0));
        mixed.check();
        mixed.joinTheirs("theirs ext", mixed.ours.get(0));
        mixed.check();
        mixed.resyncOurs(mixed.theirs.get(0));
        mixed.check();
        mixed.applyTheirs("theirs apply", mixed.ours.get(0));
        mixed.check();
        mixed.commitOfTheirs(mixed.theirs.get(1), mixed.theirs.get(1).commit(List.of(), List.of(), false));
        mixed.check();
    }

    /** A group of ours and theirs; whoever's turn it is commits something. */
    private final class Mixed {
        private final int suite;
        private final List<Group> ours = new ArrayList<>();
        private final List<BcmlsPeer> theirs = new ArrayList<>();
        private final Capabilities capabilities;
        private PublicGroup observer;
        private Ours lastOfOurs;

        Mixed(int suite) throws Exception {
            this.suite = suite;
            lastOfOurs = new Ours("ours 0", suite);
            capabilities = lastOfOurs.bundle().keyPackage().leafNode().capabilities();
            Group first = lastOfOurs.found();
            ours.add(first);
            observer = PublicGroup.of(first.groupInfo(), first.ratchetTree(), ACCEPT_ALL);
            addTheirs("theirs 0", first);
        }

        void step(int step) throws Exception {
            Group our = ours.get(seeded.nextInt(ours.size()));
            BcmlsPeer their = theirs.get(seeded.nextInt(theirs.size()));
            switch (seeded.nextInt(6)) {
                case 0 -> addTheirs("theirs " + step, our);
                case 1 -> addOurs("ours " + step, their);
                case 2 -> commitOfOurs(our, our.commit().update().build().commit());
                case 3 -> commitOfTheirs(their, their.commit(List.of(), List.of(), false));
                case 4 -> removeTheirs(our);
                default -> removeOurs(their);
            }
            check();
        }

        private void addTheirs(String name, Group committer) throws Exception {
            BcmlsPeer joiner = theirs(name, suite);
            CommitBundle added = committer.commit().add(keyPackage(joiner)).build();
            commitOfOurs(committer, added.commit());
            joiner.join(added.welcome().orElseThrow(), observer.ratchetTree());
            theirs.add(joiner);
        }

        private void addOurs(String name, BcmlsPeer committer) throws Exception {
            Ours client = new Ours(name, suite);
            KeyPackageBundle bundle = client.bundle();
            BcmlsPeer.Committed added =
                    committer.commit(List.of(bundle.keyPackage().encode()), List.of(), false);
            commitOfTheirs(committer, added);
            ours.add(client.join(added.welcome().orElseThrow(), bundle, Optional.of(observer.ratchetTree())));
        }

        /** One of ours joins with what one of theirs gives it. */
        void joinOurs(String name, BcmlsPeer helper) throws Exception {
            Ours client = new Ours(name, suite);
            ours.add(joined(joining(client, helper).build(capabilities)));
            lastOfOurs = client;
        }

        /** The last of ours joins anew in place of itself. */
        void resyncOurs(BcmlsPeer helper) throws Exception {
            Group old = ours.remove(ours.size() - 1);
            ExternalCommit join = joining(lastOfOurs, helper).resync().build(capabilities);
            merge(old, join.bundle().commit());
            assertThat(old.isActive()).isFalse();
            ours.add(joined(join));
        }

        private ExternalCommitBuilder joining(Ours client, BcmlsPeer helper) throws Exception {
            return Group.joinExternal(
                    helper.groupInfo(),
                    Optional.of(helper.ratchetTree()),
                    client.credential,
                    client.signer,
                    environment);
        }

        private Group joined(ExternalCommit join) throws Exception {
            Bytes commit = join.bundle().commit();
            observer = observer.verify(commit.toByteArray()).after();
            for (Group group : ours) {
                merge(group, commit);
            }
            for (BcmlsPeer peer : theirs) {
                peer.handle(commit);
            }
            merge(join.group(), commit);
            return join.group();
        }

        /** One of theirs joins with what one of ours gives it. */
        void joinTheirs(String name, Group helper) throws Exception {
            BcmlsPeer joiner = theirs(name, suite);
            Bytes commit = joiner.joinExternal(helper.groupInfo(), helper.ratchetTree(), Optional.empty());
            commitOfTheirs(joiner, new BcmlsPeer.Committed(commit, Optional.empty()));
            theirs.add(joiner);
        }

        /** One of theirs proposes itself, and one of ours commits it. */
        void applyTheirs(String name, Group committer) throws Exception {
            BcmlsPeer applicant = theirs(name, suite);
            Bytes application = applicant.application(committer.groupId(), committer.epoch());
            observer = observer.verify(application.toByteArray()).after();
            for (Group group : ours) {
                group.process(application.toByteArray());
            }
            for (BcmlsPeer peer : theirs) {
                peer.handle(application);
            }
            CommitBundle commit = committer.commit().build();
            commitOfOurs(committer, commit.commit());
            applicant.join(commit.welcome().orElseThrow(), observer.ratchetTree());
            theirs.add(applicant);
        }

        private void removeTheirs(Group committer) throws Exception {
            if (theirs.size() > 1) {
                BcmlsPeer leaver = theirs.remove(theirs.size() - 1);
                commitOfOurs(
                        committer,
                        committer.commit().remove(leaver.leafIndex()).build().commit());
            }
        }

        private void removeOurs(BcmlsPeer committer) throws Exception {
            if (ours.size() > 1) {
                Group leaver = ours.remove(ours.size() - 1);
                BcmlsPeer.Committed removal = committer.commit(List.of(), List.of(leaver.ownLeafIndex()), false);
                commitOfTheirs(committer, removal);
                merge(leaver, removal.commit());
                assertThat(leaver.isActive()).isFalse();
            }
        }

        private void commitOfOurs(Group committer, Bytes commit) throws Exception {
            observer = observer.verify(commit.toByteArray()).after();
            for (Group group : ours) {
                merge(group, commit);
            }
            for (BcmlsPeer peer : theirs) {
                peer.handle(commit);
            }
            assertThat(committer.epoch()).isEqualTo(observer.epoch());
        }

        private void commitOfTheirs(BcmlsPeer committer, BcmlsPeer.Committed made) throws Exception {
            observer = observer.verify(made.commit().toByteArray()).after();
            committer.handleOwn();
            for (Group group : ours) {
                merge(group, made.commit());
            }
            for (BcmlsPeer peer : theirs) {
                if (peer != committer) {
                    peer.handle(made.commit());
                }
            }
        }

        private void check() throws Exception {
            for (Group group : ours) {
                assertThat(group.publicGroup().encode()).isEqualTo(observer.encode());
                for (BcmlsPeer peer : theirs) {
                    assertSameEpoch(group, peer);
                }
            }
            assertMessagesBothWays(ours.get(ours.size() - 1), theirs.get(theirs.size() - 1));
        }
    }
}
