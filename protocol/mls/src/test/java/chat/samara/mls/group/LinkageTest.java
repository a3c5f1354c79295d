package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A group that follows from another")
class LinkageTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final CipherSuite OTHER_SUITE = CipherSuite.X25519_CHACHA20POLY1305_SHA256_ED25519;
    private static final Bytes NEXT_ID = Bytes.ofUtf8("the next group");
    private static final List<Extension> EXTENSIONS =
            List.of(new Extension(TestClient.OWN_EXTENSION, Bytes.ofUtf8("policy")));
    private static final ProposalDraft.ReInit RE_INIT = new ProposalDraft.ReInit(NEXT_ID, OTHER_SUITE, EXTENSIONS);
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(1102);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);
    /** The same people, with keys for another suite. */
    private final TestClient nextAlice = new TestClient("alice", OTHER_SUITE, random);

    private final TestClient nextBob = new TestClient("bob", OTHER_SUITE, random);
    private final TestClient nextCarol = new TestClient("carol", OTHER_SUITE, random);
    private Group a;
    private Group b;
    private Group c;

    LinkageTest() throws MlsException {
        a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        b = joined.get(0);
        c = joined.get(1);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    private static void assertTogether(Group... groups) throws MlsException {
        byte[] message = groups[0].protect(HELLO, new byte[0]);
        for (Group group : groups) {
            assertThat(group.epochAuthenticator()).isEqualTo(groups[0].epochAuthenticator());
            if (group != groups[0]) {
                assertThat(TestClient.open(group, message).plaintext()).isEqualTo(Bytes.of(HELLO));
            }
        }
    }

    private static GroupConfig config(CipherSuite suite, Bytes groupId, List<Extension> extensions) {
        return new GroupConfig(suite, groupId, extensions, TestClient.CAPABILITIES, TestClient.LIFETIME);
    }

    private static FoundedGroup found(
            Linkage linkage, GroupConfig config, TestClient founder, KeyPackageBundle... members) throws MlsException {
        return linkage.found(config, founder.credential, founder.signer, keyPackages(members), founder.environment);
    }

    private static List<KeyPackage> keyPackages(KeyPackageBundle... members) {
        return Arrays.stream(members).map(KeyPackageBundle::keyPackage).toList();
    }

    private static Group join(Linkage linkage, CommitBundle commit, TestClient client, KeyPackageBundle bundle)
            throws MlsException {
        return linkage.join(
                commit.welcome().orElseThrow().toByteArray(),
                bundle,
                client.signer,
                Optional.of(commit.after().ratchetTree()),
                client.environment);
    }

    /** What a hostile founder sends, who checks nothing: its group's first commit, linked to an old group. */
    private static CommitBundle foundUnchecked(
            int usage, Group old, GroupConfig config, TestClient founder, KeyPackageBundle... members)
            throws MlsException {
        Group group = Group.create(config, founder.credential, founder.signer, founder.environment);
        CommitBuilder builder =
                group.commit(new PskLookup(PreSharedKeys.NONE, old.state())).linkedTo(usage, old.publicGroup());
        keyPackages(members).forEach(builder::add);
        return builder.build();
    }

    @Nested
    @DisplayName("as its successor, by a ReInit (RFC 9420 §11.2)")
    class Successor {
        private final KeyPackageBundle forAlice = nextAlice.bundle();
        private final KeyPackageBundle forCarol = nextCarol.bundle();

        private void end() throws MlsException {
            TestClient.mergeAll(
                    List.of(a, b, c), a.commit().reInit(RE_INIT).build().commit());
        }

        private void assertJoinRefused(GroupConfig config, MlsError code) throws MlsException {
            assertRefused(() -> found(b.successor(), config, nextBob, forAlice, forCarol), code);
            CommitBundle forged = foundUnchecked(PreSharedKeyId.USAGE_REINIT, b, config, nextBob, forAlice, forCarol);
            assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), code);
        }

        @Test
        @DisplayName("is founded by any member and joined by all others, with the suite, id and extensions announced")
        void founded() throws MlsException {
            end();
            assertThat(c.reInit()).contains(RE_INIT.proposal());
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            FoundedGroup founded = found(b.successor(), config, nextBob, forAlice, forCarol);
            Group nextA = join(a.successor(), founded.commit(), nextAlice, forAlice);
            Group nextC = join(c.successor(), founded.commit(), nextCarol, forCarol);
            assertThat(nextA.epoch()).isEqualTo(1);
            assertThat(nextA.groupId()).isEqualTo(NEXT_ID);
            assertThat(nextA.publicGroup().suite()).isEqualTo(OTHER_SUITE);
            assertTogether(nextA, founded.group(), nextC);
        }

        @Test
        @DisplayName("follows from a ReInit that is committed by reference, and from a group that was stored meanwhile")
        void byReferenceAndStored() throws MlsException {
            byte[] proposal = b.propose(RE_INIT);
            a.process(proposal);
            c.process(proposal);
            Bytes commit = c.commit().withoutPath().build().commit();
            StagedCommit staged = TestClient.staged(b, commit);
            assertThat(staged.reInit()).contains(RE_INIT.proposal());
            b.merge(staged);
            TestClient.mergeAll(List.of(a, c), commit);
            a = alice.reloaded(a);
            b = bob.reloaded(b);
            assertThat(a.isActive()).isFalse();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            FoundedGroup founded = found(b.successor(), config, nextBob, forAlice, forCarol);
            assertTogether(founded.group(), join(a.successor(), founded.commit(), nextAlice, forAlice));
        }

        @Test
        @DisplayName("is all that is left: members and observers refuse everything else (RFC 9420 §12.4.2)")
        void oldGroupIsOver() throws MlsException {
            byte[] late = c.protect(HELLO, new byte[0]);
            PublicGroup observer = a.publicGroup();
            Bytes commit = a.commit().reInit(RE_INIT).build().commit();
            observer = observer.verify(commit.toByteArray()).after();
            TestClient.mergeAll(List.of(a, b, c), commit);

            assertRefused(() -> a.protect(HELLO, new byte[0]), MlsError.GROUP_INACTIVE);
            assertRefused(() -> a.commit(), MlsError.GROUP_INACTIVE);
            assertRefused(() -> a.propose(new ProposalDraft.Update()), MlsError.GROUP_INACTIVE);
            assertRefused(a::branch, MlsError.GROUP_INACTIVE);
            HostileMember mallory = new HostileMember(carol, c);
            byte[] more = mallory.publicMessage(mallory.sign(
                    WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(new Proposal.Remove(1)), c.ownLeafIndex()));
            byte[] sealed = mallory.privateMessage(new Content.OfApplication(Bytes.of(HELLO)));
            assertRefused(() -> a.process(more), MlsError.GROUP_INACTIVE);
            assertRefused(() -> a.process(sealed), MlsError.GROUP_INACTIVE);
            PublicGroup restored = PublicGroup.decode(observer.encode(), alice.environment.authentication());
            assertThat(restored.reInit()).contains(RE_INIT.proposal());
            assertRefused(() -> restored.verify(more), MlsError.GROUP_INACTIVE);
            // What was on its way when the group ended can still be read.
            assertThat(TestClient.open(a, late).plaintext()).isEqualTo(Bytes.of(HELLO));
        }

        @Test
        @DisplayName("is announced alone, by one ReInit (RFC 9420 §12.2)")
        void alone() throws MlsException {
            HostileGroup hostile =
                    new HostileGroup(1103, List.of(), (credential, key) -> true, "alice", "bob", "carol");
            Proposal reInit = RE_INIT.proposal();
            for (List<ProposalOrRef> list : List.of(
                    HostileGroup.values(reInit, reInit),
                    HostileGroup.values(reInit, new Proposal.Remove(2)),
                    HostileGroup.values(HostileGroup.add(hostile.keyPackage("dan")), reInit))) {
                byte[] commit = hostile.commit(1, list, Optional.of(hostile.anyPath(1)));
                assertRefused(() -> hostile.group.verify(commit), MlsError.INVALID_PROPOSAL_LIST);
            }
            List<ProposalOrRef> mixed = new ArrayList<>(HostileGroup.values(new Proposal.Remove(2)));
            mixed.add(hostile.sent(0, reInit));
            byte[] commit = hostile.commit(1, mixed, Optional.of(hostile.anyPath(1)));
            assertRefused(() -> hostile.group.verify(commit), MlsError.INVALID_PROPOSAL_LIST);
        }

        @Test
        @DisplayName("is not announced with an older version, or extensions that no group can have (RFC 9420 §12.1.5)")
        void invalidReInit() throws MlsException {
            HostileGroup hostile = new HostileGroup(1104, List.of(), (credential, key) -> true, "alice", "bob");
            Proposal old = new Proposal.ReInit(NEXT_ID, 0, SUITE.code(), List.of());
            assertRefused(() -> hostile.group.verify(hostile.propose(1, old)), MlsError.INVALID_PROPOSAL);
            Proposal twice =
                    new Proposal.ReInit(NEXT_ID, 1, SUITE.code(), List.of(EXTENSIONS.get(0), EXTENSIONS.get(0)));
            assertRefused(() -> hostile.group.verify(hostile.propose(1, twice)), MlsError.DUPLICATE_EXTENSION);
            Extension garbage = new Extension(Extension.REQUIRED_CAPABILITIES, Bytes.of((byte) 7));
            Proposal unreadable = new Proposal.ReInit(NEXT_ID, 1, SUITE.code(), List.of(garbage));
            assertRefused(() -> hostile.group.verify(hostile.propose(1, unreadable)), MlsError.MALFORMED);
        }

        @Test
        @DisplayName("waits while other proposals do (RFC 9420 §12.2)")
        void otherProposalsFirst() throws MlsException {
            byte[] reInit = b.propose(RE_INIT);
            byte[] removal = b.propose(new ProposalDraft.Remove(2));
            a.process(reInit);
            a.process(removal);
            StagedCommit staged = TestClient.staged(b, a.commit().build().commit());
            assertThat(staged.reInit()).isEmpty();
            assertThat(staged.removed()).hasSize(1);
        }

        @Test
        @DisplayName("is refused with another suite, group id or extensions than announced (RFC 9420 §11.2)")
        void otherParameters() throws MlsException {
            end();
            assertJoinRefused(config(OTHER_SUITE, Bytes.ofUtf8("another"), EXTENSIONS), MlsError.UNRELATED_GROUP);
            assertJoinRefused(config(OTHER_SUITE, NEXT_ID, List.of()), MlsError.UNRELATED_GROUP);
            KeyPackageBundle sameSuite = alice.bundle();
            GroupConfig config = config(SUITE, NEXT_ID, EXTENSIONS);
            assertRefused(() -> found(b.successor(), config, bob, sameSuite, carol.bundle()), MlsError.UNRELATED_GROUP);
            CommitBundle forged =
                    foundUnchecked(PreSharedKeyId.USAGE_REINIT, b, config, bob, sameSuite, carol.bundle());
            assertRefused(() -> join(a.successor(), forged, alice, sameSuite), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("is not one that this library could follow, if another version was announced")
        void otherVersion() throws MlsException {
            Proposal.ReInit future = new Proposal.ReInit(NEXT_ID, 2, OTHER_SUITE.code(), EXTENSIONS);
            HostileGroup hostile = new HostileGroup(1105, List.of(), (credential, key) -> true, "alice", "bob");
            hostile.accept(hostile.commit(1, future));
            assertThat(hostile.group.reInit()).contains(future);

            HostileMember mallory = new HostileMember(bob, b);
            byte[] end = new HostileCommit(mallory).of(future).message();
            TestClient.mergeAll(List.of(a, c), Bytes.of(end));
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            KeyPackageBundle forBob = nextBob.bundle();
            assertRefused(() -> found(a.successor(), config, nextAlice, forBob, forCarol), MlsError.UNRELATED_GROUP);
            CommitBundle forged = foundUnchecked(PreSharedKeyId.USAGE_REINIT, c, config, nextCarol, forAlice, forBob);
            assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("is refused with the PSK of an epoch before the last (RFC 9420 §11.2)")
        void earlierEpoch() throws MlsException {
            PublicGroup earlier = b.publicGroup();
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            Group group = Group.create(config, nextBob.credential, nextBob.signer, nextBob.environment);
            CommitBuilder builder = group.commit(new PskLookup(PreSharedKeys.NONE, b.state()))
                    .linkedTo(PreSharedKeyId.USAGE_REINIT, earlier);
            keyPackages(forAlice, forCarol).forEach(builder::add);
            CommitBundle forged = builder.build();
            assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("does not follow from a group that was destroyed, be it re-initialized or not")
        void destroyed() throws MlsException {
            end();
            assertThat(a.successor().usage()).isEqualTo(PreSharedKeyId.USAGE_REINIT);
            a.destroy();
            assertRefused(a::successor, MlsError.GROUP_INACTIVE);
        }

        @Test
        @DisplayName("is refused when a member is missing in it (RFC 9420 §12.4.3.1)")
        void missingMember() throws MlsException {
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            assertRefused(() -> found(b.successor(), config, nextBob, forAlice), MlsError.UNRELATED_GROUP);
            CommitBundle forged = foundUnchecked(PreSharedKeyId.USAGE_REINIT, b, config, nextBob, forAlice);
            assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("has a member as often as it was there: one with two devices comes with both")
        void twoDevices() throws MlsException {
            CommitBundle second = a.commit()
                    .add(new TestClient("bob", SUITE, random).keyPackage())
                    .build();
            TestClient.mergeAll(List.of(a, b, c), second.commit());
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            KeyPackageBundle forSecond = new TestClient("bob", OTHER_SUITE, random).bundle();
            assertRefused(() -> found(b.successor(), config, nextBob, forAlice, forCarol), MlsError.UNRELATED_GROUP);
            FoundedGroup founded = found(b.successor(), config, nextBob, forAlice, forCarol, forSecond);
            assertThat(join(a.successor(), founded.commit(), nextAlice, forAlice)
                            .members())
                    .hasSize(4);
        }

        @Test
        @DisplayName("is refused with a stranger, or with a member twice, beside all members (RFC 9420 §11.2, §12.4.1)")
        void stranger() throws MlsException {
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            for (String name : List.of("dan", "bob")) {
                KeyPackageBundle more = new TestClient(name, OTHER_SUITE, random).bundle();
                assertRefused(
                        () -> found(b.successor(), config, nextBob, forAlice, forCarol, more),
                        MlsError.UNRELATED_GROUP);
                CommitBundle forged =
                        foundUnchecked(PreSharedKeyId.USAGE_REINIT, b, config, nextBob, forAlice, forCarol, more);
                assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
            }
            assertThat(found(b.successor(), config, nextBob, forAlice, forCarol)
                            .group()
                            .members())
                    .hasSize(3);
        }

        @Test
        @DisplayName("is refused in another epoch than 1 (RFC 9420 §11.2)")
        void otherEpoch() throws MlsException {
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            Group group = Group.create(config, nextBob.credential, nextBob.signer, nextBob.environment);
            TestClient.mergeAll(List.of(group), group.commit().build().commit());
            // No honest observer accepts the linking PSK by now: the founder does not ask.
            CommitBundle forged = HostileFounder.linked(
                    group, nextBob, b, PreSharedKeyId.USAGE_REINIT, keyPackages(forAlice, forCarol), random);
            assertRefused(() -> join(a.successor(), forged, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName(
                "is refused with the PSK of another epoch, another use, another group, or none (RFC 9420 §12.4.3.1)")
        void otherPsk() throws MlsException {
            end();
            GroupConfig config = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            CommitBundle asBranch = foundUnchecked(PreSharedKeyId.USAGE_BRANCH, b, config, nextBob, forAlice, forCarol);
            assertRefused(() -> join(a.successor(), asBranch, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
            Group other = bob.found();
            CommitBundle ofAnother =
                    foundUnchecked(PreSharedKeyId.USAGE_REINIT, other, config, nextBob, forAlice, forCarol);
            assertRefused(() -> join(a.successor(), ofAnother, nextAlice, forAlice), MlsError.UNRELATED_GROUP);
            Group plain = Group.create(config, nextBob.credential, nextBob.signer, nextBob.environment);
            CommitBundle without = plain.commit()
                    .add(forAlice.keyPackage())
                    .add(forCarol.keyPackage())
                    .build();
            assertRefused(() -> join(a.successor(), without, nextAlice, forAlice), MlsError.INVALID_WELCOME);
            FoundedGroup honest = found(b.successor(), config, nextBob, forAlice, forCarol);
            assertRefused(() -> nextAlice.join(honest.commit(), forAlice), MlsError.INVALID_WELCOME);
        }

        @Test
        @DisplayName("does not follow from a group that nobody has re-initialized")
        void noReInit() {
            assertRefused(a::successor, MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("an observer's snapshot of version 1, which knows no ReInit, is still read")
        void oldSnapshot() throws MlsException {
            byte[] now = a.publicGroup().encode();
            byte[] then = Arrays.copyOf(now, now.length - 1);
            then[1] = 1;
            PublicGroup restored = PublicGroup.decode(then, alice.environment.authentication());
            assertThat(restored.encode()).isEqualTo(now);
        }
    }

    @Nested
    @DisplayName("as a branch of some of its members (RFC 9420 §11.3)")
    class Branch {
        private final KeyPackageBundle forBob = bob.bundle();
        private final GroupConfig config = config(SUITE, NEXT_ID, EXTENSIONS);

        private void assertJoinRefused(CommitBundle forged) {
            assertRefused(() -> join(b.branch(), forged, bob, forBob), MlsError.UNRELATED_GROUP);
        }

        @Test
        @DisplayName("is founded and joined, beside the group that goes on")
        void founded() throws MlsException {
            FoundedGroup founded = found(a.branch(), config, alice, forBob);
            Group joined = join(b.branch(), founded.commit(), bob, forBob);
            assertThat(joined.members()).hasSize(2);
            assertTogether(founded.group(), joined);
            assertTogether(a, b, c);
        }

        @Test
        @DisplayName("can be joined a few epochs later")
        void later() throws MlsException {
            FoundedGroup founded = found(a.branch(), config, alice, forBob);
            TestClient.mergeAll(List.of(a, b, c), c.commit().build().commit());
            assertTogether(founded.group(), join(b.branch(), founded.commit(), bob, forBob));
            b.forgetResumptionPsksThrough(1);
            assertRefused(() -> join(b.branch(), founded.commit(), bob, forBob), MlsError.PSK_UNAVAILABLE);
        }

        @Test
        @DisplayName("is refused with a stranger, or with who is no member any more (RFC 9420 §12.4.3.1)")
        void stranger() throws MlsException {
            KeyPackageBundle dan = new TestClient("dan", SUITE, random).bundle();
            assertRefused(() -> found(a.branch(), config, alice, forBob, dan), MlsError.UNRELATED_GROUP);
            assertJoinRefused(foundUnchecked(PreSharedKeyId.USAGE_BRANCH, a, config, alice, forBob, dan));
            TestClient.mergeAll(List.of(a, b), a.commit().remove(2).build().commit());
            KeyPackageBundle forCarol = carol.bundle();
            assertRefused(() -> found(a.branch(), config, alice, forBob, forCarol), MlsError.UNRELATED_GROUP);
            assertJoinRefused(foundUnchecked(PreSharedKeyId.USAGE_BRANCH, a, config, alice, forBob, forCarol));
        }

        @Test
        @DisplayName("is refused with another suite than the group's, or with its id (RFC 9420 §11.3)")
        void otherParameters() throws MlsException {
            KeyPackageBundle next = nextBob.bundle();
            GroupConfig otherSuite = config(OTHER_SUITE, NEXT_ID, EXTENSIONS);
            assertRefused(() -> found(a.branch(), otherSuite, nextAlice, next), MlsError.UNRELATED_GROUP);
            CommitBundle forged = foundUnchecked(PreSharedKeyId.USAGE_BRANCH, a, otherSuite, nextAlice, next);
            assertRefused(() -> join(b.branch(), forged, nextBob, next), MlsError.UNRELATED_GROUP);
            GroupConfig sameId = config(SUITE, a.groupId(), EXTENSIONS);
            assertRefused(() -> found(a.branch(), sameId, alice, forBob), MlsError.UNRELATED_GROUP);
            assertJoinRefused(foundUnchecked(PreSharedKeyId.USAGE_BRANCH, a, sameId, alice, forBob));
        }

        @Test
        @DisplayName("is refused in another epoch than 1 (RFC 9420 §11.3)")
        void otherEpoch() throws MlsException {
            Group group = Group.create(config, alice.credential, alice.signer, alice.environment);
            TestClient.mergeAll(List.of(group), group.commit().build().commit());
            assertJoinRefused(
                    HostileFounder.linked(group, alice, a, PreSharedKeyId.USAGE_BRANCH, keyPackages(forBob), random));
        }

        @Test
        @DisplayName("is refused with the PSK of another group (RFC 9420 §12.4.3.1)")
        void otherGroup() throws MlsException {
            GroupConfig elsewhere = config(SUITE, Bytes.ofUtf8("elsewhere"), List.of());
            Group other = Group.create(elsewhere, alice.credential, alice.signer, alice.environment);
            assertJoinRefused(foundUnchecked(PreSharedKeyId.USAGE_BRANCH, other, config, alice, forBob));
        }

        @Test
        @DisplayName("is refused with a PSK of another use (RFC 9420 §12.4.3.1)")
        void otherUse() throws MlsException {
            assertJoinRefused(foundUnchecked(PreSharedKeyId.USAGE_REINIT, a, config, alice, forBob));
        }

        @Test
        @DisplayName("is linked in its first commit only, by value, and once")
        void linkedOnce() throws MlsException {
            Group group = Group.create(config, alice.credential, alice.signer, alice.environment);
            PskLookup lookup = new PskLookup(PreSharedKeys.NONE, a.state());
            CommitBuilder twice = group.commit(lookup)
                    .linkedTo(PreSharedKeyId.USAGE_BRANCH, a.publicGroup())
                    .linkedTo(PreSharedKeyId.USAGE_REINIT, a.publicGroup());
            assertRefused(twice::build, MlsError.INVALID_PROPOSAL_LIST);
            PublicGroup observer = group.publicGroup();
            CommitBundle first = group.commit(lookup)
                    .linkedTo(PreSharedKeyId.USAGE_BRANCH, a.publicGroup())
                    .build();
            assertThat(observer.verify(first.commit().toByteArray()).after().epoch())
                    .isEqualTo(1);
            HostileMember mallory = new HostileMember(alice, group);
            PreSharedKeyId link = new PreSharedKeyId.Resumption(
                    PreSharedKeyId.USAGE_BRANCH, a.groupId(), 1, Bytes.of(new byte[SUITE.hashBytes()]));
            byte[] proposal = mallory.publicMessage(mallory.sign(
                    WireFormat.PUBLIC_MESSAGE, new Content.OfProposal(new Proposal.PreSharedKey(link)), 0));
            assertRefused(() -> observer.verify(proposal), MlsError.INVALID_PROPOSAL);
            PreSharedKeyId shortNonce =
                    new PreSharedKeyId.Resumption(PreSharedKeyId.USAGE_BRANCH, a.groupId(), 1, Bytes.of(new byte[3]));
            ProposalOrRef byValue = new ProposalOrRef.ByValue(new Proposal.PreSharedKey(shortNonce));
            assertRefused(() -> observer.commitProposals().apply(0, List.of(byValue)), MlsError.INVALID_PROPOSAL);
            group.mergePending();
            CommitBuilder later = group.commit(lookup).linkedTo(PreSharedKeyId.USAGE_BRANCH, a.publicGroup());
            assertRefused(later::build, MlsError.INVALID_PROPOSAL);
        }
    }

    @Test
    @DisplayName("bytes of a snapshot that name another proposal than a ReInit are refused")
    void notAReInit() throws MlsException {
        byte[] now = a.publicGroup().encode();
        byte[] withoutEnd = Arrays.copyOf(now, now.length - 1);
        byte[] forged = new TlsWriter()
                .raw(withoutEnd)
                .uint8(1)
                .struct(new Proposal.Remove(1))
                .toByteArray();
        assertRefused(() -> PublicGroup.decode(forged, alice.environment.authentication()), MlsError.INVALID_STATE);
    }
}
