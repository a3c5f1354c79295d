package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.CommitSignature.Parts;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who answers for a commit, and how a member that has lost its place comes back. Berlin is the hub, Tunis follows. */
final class ReturnTest {
    private final World world = new World(17);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, bob, dina), ReceiptStatus.ORDERED);
        bob.join();
        dina.join();
    }

    private String refusal(TestDevice device, Submission submission) {
        Error error = Expect.rejected(device.submit(submission), ErrorCode.INVALID_HANDSHAKE)
                .getError();
        return error.getDetail();
    }

    private static Submission with(Submission submission, Bytes payload) {
        return new Submission(submission.channel(), submission.kind(), submission.epoch(), submission.key(), payload);
    }

    private static CommitPayload payload(Submission commit) {
        try {
            return Payload.commit(commit.payload());
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static Bytes encoded(CommitPayload payload) {
        return Protobuf.encode(payload);
    }

    /** The last byte of a PublicMessage of a member's is of its membership tag, which only members can check. */
    private static Submission withOtherMembershipTag(Submission commit) {
        byte[] message = payload(commit).getCommit().toByteArray();
        message[message.length - 1] ^= 1;
        return with(
                commit,
                encoded(payload(commit).toBuilder()
                        .setCommit(Protobuf.toByteString(Bytes.of(message)))
                        .build()));
    }

    // ---- the author's signature ----

    @Test
    @DisplayName("a commit whose membership tag was changed on the way is refused by the hub and by the own server")
    void changedOnTheWay() {
        assertThat(refusal(alice, withOtherMembershipTag(alice.update(home)))).isEqualTo("author-signature");
        assertThat(refusal(dina, withOtherMembershipTag(dina.update(dina.channel(home.id())))))
                .isEqualTo("author-signature");
    }

    @Test
    @DisplayName("a commit without its author's signature, or with another member's, is refused")
    void unsigned() {
        Submission commit = alice.update(home);
        CommitPayload payload = payload(commit);
        assertThat(refusal(
                        alice,
                        with(
                                commit,
                                encoded(payload.toBuilder()
                                        .clearAuthorSignature()
                                        .build()))))
                .isEqualTo("author-signature");
        Bytes bobs = bob.signed(
                home.id(),
                commit.key(),
                new Parts(
                        Protobuf.toBytes(payload.getCommit()),
                        Bytes.EMPTY,
                        Protobuf.toBytes(payload.getGroupInfo()),
                        0));
        assertThat(refusal(alice, with(commit, bobs))).isEqualTo("author-signature");
    }

    @Test
    @DisplayName(
            "a log of before takes unsigned commits, until its first signed one; also after a restart, and at a follower")
    void logsOfBefore() {
        alice.prepareWithRules(0);
        TestChannel old = alice.found();
        Submission invitation = alice.add(
                old,
                alice.claim(dina.user(), Bytes.of(world.random().bytes(16)))
                        .getClaimedKeyPackages()
                        .getKeyPackagesList());
        Expect.receipt(alice.submit(unsigned(invitation)), ReceiptStatus.ORDERED);
        dina.join();
        Expect.receipt(alice.submit(unsigned(alice.update(old))), ReceiptStatus.ORDERED);
        Expect.receipt(alice.submit(alice.update(old)), ReceiptStatus.ORDERED);
        assertThat(refusal(alice, unsigned(alice.update(old)))).isEqualTo("author-signature");
        berlin.restart();
        tunis.restart();
        alice.reconnect();
        dina.reconnect();
        world.pass(90_000);
        assertThat(refusal(alice, unsigned(alice.update(old)))).isEqualTo("author-signature");
        assertThat(refusal(dina, unsigned(dina.update(dina.channel(old.id()))))).isEqualTo("author-signature");
    }

    private static Submission unsigned(Submission commit) {
        return with(
                commit,
                encoded(payload(commit).toBuilder().clearAuthorSignature().build()));
    }

    // ---- returning ----

    @Test
    @DisplayName(
            "a member takes its own leaf's place by an external commit, is a reader all the time, and others go on")
    void returns() {
        Expect.receipt(bob.submit(bob.externalCommit(home, true)), ReceiptStatus.ORDERED);
        assertThat(home.group().members()).hasSize(3);
        alice.say(home, "welcome back");
        assertThat(bob.channel(home.id()).entries())
                .extracting(entry -> entry.record().kind())
                .containsExactly(RecordKind.COMMIT, RecordKind.APPLICATION);
        assertThat(dina.channel(home.id()).texts()).containsExactly("welcome back");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("the only member of a follower returns, and its server follows as before")
    void returnsAtAFollower() {
        Expect.receipt(dina.submit(dina.externalCommit(home, true)), ReceiptStatus.STORED);
        alice.say(home, "welcome back");
        world.pass(1_000);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(dina.channel(home.id()).entries()).hasSize(2);
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("nobody takes another's place: not a stranger, and not the same name under another identity key")
    void foreignPlace() {
        TestDevice eve = berlin.member("eve");
        assertThat(refusal(bob, eve.externalCommitInPlaceOf(home, bob))).isEqualTo("EXTERNAL_EVICTION");
        assertThat(refusal(bob, bob.impostor().externalCommitInPlaceOf(home, bob)))
                .isEqualTo("EXTERNAL_EVICTION");
    }

    @Test
    @DisplayName("a return is sent by who returns, and signed")
    void byWhomItIs() {
        assertThat(refusal(alice, bob.externalCommit(home, true))).isEqualTo("sender");
        assertThat(refusal(bob, unsigned(bob.externalCommit(home, true)))).isEqualTo("author-signature");
        alice.prepareWithRules(0);
        TestChannel old = alice.found();
        assertThat(refusal(alice, unsigned(alice.externalCommit(old, true)))).isEqualTo("author-signature");
    }

    @Test
    @DisplayName("who returns too often is told when it may again")
    void tooOften() {
        for (int i = 0; i < Limits.RETURNS_AT_ONCE_MAX; i++) {
            Expect.receipt(bob.submit(bob.externalCommit(home, true)), ReceiptStatus.ORDERED);
        }
        Error error = Expect.rejected(bob.submit(bob.externalCommit(home, true)), ErrorCode.LIMIT_REACHED)
                .getError();
        assertThat(error.getRetryAfterMillis()).isBetween(1L, Limits.RETURN_EVERY_MILLIS);
        world.pass(Limits.RETURN_EVERY_MILLIS);
        Expect.receipt(bob.submit(bob.externalCommit(home, true)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "who returns has its turn, though another member commits without a pause and is always a little faster")
    void restlessCommitter() {
        int ordered = 0;
        boolean back = false;
        for (int i = 0; i < 2 * Limits.COMMITS_AT_ONCE_MAX && !back; i++) {
            Submission comesBack = bob.externalCommit(home, true);
            ordered += alice.submit(alice.update(home)).getReceipt().getStatus() == ReceiptStatus.ORDERED ? 1 : 0;
            back = bob.submit(comesBack).getReceipt().getStatus() == ReceiptStatus.ORDERED;
        }
        assertThat(back).isTrue();
        assertThat(ordered).as("the invitation was one, too").isEqualTo(Limits.COMMITS_AT_ONCE_MAX - 1);
        Error error = Expect.rejected(alice.submit(alice.update(home)), ErrorCode.LIMIT_REACHED)
                .getError();
        assertThat(error.getRetryAfterMillis()).isBetween(1L, Limits.COMMIT_EVERY_MILLIS);
        world.pass(Limits.COMMIT_EVERY_MILLIS);
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("a follower's member that returns too often is told so, waits for nothing, and is back when it may be")
    void tooOftenAtAFollower() {
        for (int i = 0; i < Limits.RETURNS_AT_ONCE_MAX; i++) {
            Expect.receipt(dina.submit(dina.externalCommit(home, true)), ReceiptStatus.STORED);
        }
        Submission tooMuch = dina.externalCommit(home, true);
        Expect.receipt(dina.submit(tooMuch), ReceiptStatus.STORED);
        Error error = dina.status(home.id(), tooMuch.key()).getError();
        assertThat(error.getCode()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(error.getRetryAfterMillis()).isBetween(1L, Limits.RETURN_EVERY_MILLIS);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        world.pass(Limits.RETURN_EVERY_MILLIS);
        Submission back = dina.externalCommit(home, true);
        dina.submit(back);
        assertThat(dina.status(home.id(), back.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("a follower's member that has used up its commits fills no outbox: others there are heard at once")
    void restlessCommitterAtAFollower() {
        TestDevice emir = tunis.member("emir");
        Expect.receipt(alice.invite(home, emir), ReceiptStatus.ORDERED);
        emir.join();
        for (int i = 0; i < Limits.COMMITS_AT_ONCE_MAX; i++) {
            dina.submit(dina.update(dina.channel(home.id())));
        }
        for (int i = 0; i < 3; i++) {
            Submission tooMuch = dina.update(dina.channel(home.id()));
            dina.submit(tooMuch);
            assertThat(dina.status(home.id(), tooMuch.key()).getError().getCode())
                    .isEqualTo(ErrorCode.LIMIT_REACHED);
        }
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        emir.say(emir.channel(home.id()), "I am heard");
        assertThat(home.texts()).containsExactly("I am heard");
    }

    // ---- whose fault ----

    @Test
    @DisplayName("whose commit two others could not process may commit no more, until it is removed and added again")
    void barred() {
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        long refused = bob.channel(home.id()).group().epoch();
        Expect.receipt(
                alice.submit(alice.externalCommit(bob.channel(home.id()), true, refused)), ReceiptStatus.ORDERED);
        world.pass(Limits.ACCUSED_COMMIT_EVERY_MILLIS);
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        Expect.receipt(dina.submit(dina.externalCommit(bob.channel(home.id()), true, refused)), ReceiptStatus.STORED);
        assertThat(refusal(bob, bob.update(bob.channel(home.id())))).isEqualTo("author-barred");
        assertThat(refusal(bob, bob.externalCommit(bob.channel(home.id()), true)))
                .isEqualTo("author-barred");
        berlin.restart();
        bob.reconnect();
        assertThat(refusal(bob, bob.update(bob.channel(home.id())))).isEqualTo("author-barred");
        assertThat(refusal(bob, bob.proposeRemoval(bob.channel(home.id()), alice)))
                .as("whoever commits next would commit it")
                .isEqualTo("author-barred");
    }

    @Test
    @DisplayName("a device of before names the place of a commit: it comes back, and accuses nobody")
    void namesAPlace() {
        long place = Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED)
                .getSeq();
        for (TestDevice each : List.of(alice, dina)) {
            Submission back = each.externalCommit(bob.channel(home.id()), true, place - (1L << 62));
            assertThat(payload(back).getRefused()).isEqualTo(place);
            each.submit(back);
            assertThat(each.status(home.id(), back.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        }
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("one other, however often it says so, bars nobody; nor does who names its own commit")
    void oneAccuser() {
        Expect.receipt(bob.submit(bob.update(bob.channel(home.id()))), ReceiptStatus.ORDERED);
        long refused = bob.channel(home.id()).group().epoch();
        for (int i = 0; i < 2; i++) {
            Expect.receipt(
                    alice.submit(alice.externalCommit(bob.channel(home.id()), true, refused)), ReceiptStatus.ORDERED);
        }
        world.pass(Limits.ACCUSED_COMMIT_EVERY_MILLIS);
        Expect.receipt(bob.submit(bob.externalCommit(bob.channel(home.id()), true, refused)), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "who makes always the same one lose its place commits once a minute, then once in two, four and eight; for an hour")
    void sameVictim() {
        TestChannel bobs = bob.channel(home.id());
        long lastMillis = 0;
        for (int i = 0; i < 6; i++) {
            Submission commit = bob.update(bobs);
            ServerFrame answer = bob.submit(commit);
            if (i > 0) {
                Error tooEarly =
                        Expect.rejected(answer, ErrorCode.LIMIT_REACHED).getError();
                long waitMillis = Limits.ACCUSED_COMMIT_EVERY_MILLIS << Math.min(i - 1, Limits.ACCUSED_DOUBLINGS_MAX);
                assertThat(tooEarly.getRetryAfterMillis()).isEqualTo(waitMillis);
                assertThat(tooEarly.getReason()).contains(bob.user().toString());
                world.pass(waitMillis - 1);
                Expect.rejected(bob.submit(bob.update(bobs)), ErrorCode.LIMIT_REACHED);
                world.pass(1);
                answer = bob.submit(bob.update(bobs));
                lastMillis = waitMillis;
            }
            Expect.receipt(answer, ReceiptStatus.ORDERED);
            accuse(alice, bobs, bobs.group().epoch());
        }
        assertThat(lastMillis).isEqualTo(8 * 60_000);
        world.pass(Limits.ACCUSED_MILLIS);
        for (int i = 0; i < 3; i++) {
            Expect.receipt(bob.submit(bob.update(bobs)), ReceiptStatus.ORDERED);
        }
    }

    @Test
    @DisplayName(
            "who is accused comes back at once if it says whose commit it could not process itself, and else waits, too")
    void accusedReturns() {
        TestChannel bobs = bob.channel(home.id());
        Expect.receipt(bob.submit(bob.update(bobs)), ReceiptStatus.ORDERED);
        long honest = bobs.group().epoch();
        accuse(alice, bobs, honest);
        Expect.rejected(bob.submit(bob.externalCommit(bobs, true)), ErrorCode.LIMIT_REACHED);
        accuse(bob, bobs, bobs.group().epoch());
    }

    @Test
    @DisplayName(
            "a liar slows an honest member down by one minute a lie, however many speak for it, and can be removed meanwhile")
    void liar() {
        TestChannel bobs = bob.channel(home.id());
        TestDevice early = berlin.member("early");
        Expect.receipt(bob.invite(bobs, early), ReceiptStatus.ORDERED);
        early.join();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        long honest = home.group().epoch();
        accuse(bob, home, honest);
        accuse(early, home, honest);
        world.pass(Limits.ACCUSED_COMMIT_EVERY_MILLIS);
        Expect.receipt(alice.submit(alice.remove(home, bob)), ReceiptStatus.ORDERED);
    }

    private void accuse(TestDevice accuser, TestChannel insider, long refused) {
        Submission comesBack = accuser.externalCommit(insider, true, refused);
        Expect.receipt(accuser.submit(comesBack), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName("nobody is barred by one member and who it has added, before or after the commit; also after restarts")
    void oneVoice() {
        TestDevice early = berlin.member("early");
        TestDevice late = berlin.member("late");
        Expect.receipt(bob.invite(bob.channel(home.id()), early), ReceiptStatus.ORDERED);
        early.join();
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        long honest = home.group().epoch();
        Expect.receipt(bob.invite(bob.channel(home.id()), late), ReceiptStatus.ORDERED);
        late.join();
        for (TestDevice liar : List.of(late, early, bob)) {
            accuse(liar, home, honest);
            berlin.restart();
            List.of(alice, bob, early, late).forEach(TestDevice::reconnect);
            alice.follow();
        }
        Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("who is barred is told so in words by its own server, too, and may again once removed and added")
    void readmitted() {
        TestDevice carol = berlin.member("carol");
        Expect.receipt(alice.invite(home, carol), ReceiptStatus.ORDERED);
        carol.join();
        TestChannel carols = carol.channel(home.id());
        Expect.receipt(dina.submit(dina.update(dina.channel(home.id()))), ReceiptStatus.STORED);
        world.pass(1_000);
        long refused = carols.group().epoch();
        accuse(alice, carols, refused);
        accuse(bob, carols, refused);
        world.pass(1_000);
        Error error = Expect.rejected(dina.submit(dina.update(dina.channel(home.id()))), ErrorCode.INVALID_HANDSHAKE)
                .getError();
        assertThat(error.getDetail()).isEqualTo("author-barred");
        assertThat(error.getReason()).contains(dina.user().toString(), "removes and adds");
        Expect.receipt(carol.submit(carol.remove(carols, dina)), ReceiptStatus.ORDERED);
        Expect.receipt(carol.invite(carols, dina), ReceiptStatus.ORDERED);
        world.pass(1_000);
        dina.join();
        Expect.receipt(dina.submit(dina.update(dina.channel(home.id()))), ReceiptStatus.STORED);
        world.pass(1_000);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(carols.seq())
                .isEqualTo(berlin.logs().position(home.id()).orElseThrow().seq());
        Expect.sound(berlin, tunis);
    }
}
