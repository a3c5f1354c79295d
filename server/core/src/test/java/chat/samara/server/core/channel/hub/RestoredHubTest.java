package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SignedHead;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("A hub that was restored from an older copy")
class RestoredHubTest {
    /** Long enough for a link to be dialled and for everything to be said again. */
    private static final long HOUR_MILLIS = 3_600_000;

    private static final long HEAL = 90_000;

    private final World world = new World(41);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = TestDevice.stranger(berlin, "nobody");
    private TestChannel home = alice.channel(alice.draft().id());
    private TestChannel bobs = home;

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
        bob.join();
        bobs = bob.channel(home.id());
        alice.say(home, "before");
    }

    private MemoryStore copy() {
        return berlin.disk().copy();
    }

    private void restore(MemoryStore copy) {
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
    }

    private void comeBack(TestDevice device, TestChannel channel) {
        ServerFrame answer = device.reconnect();
        answer.getLoggedIn().getChannelsList().stream()
                .filter(state -> state.getChannelId()
                        .equals(com.google.protobuf.ByteString.copyFrom(
                                channel.id().bytes().toByteArray())))
                .forEach(state -> channel.expectDeviceSeq(state.getNextDeviceSeq()));
    }

    /** A follower that says how far it is, without the hub's word for it, and never gets around to giving it back. */
    private static PeerFrame givingNothingBack(PeerFrame frame) {
        if (frame.hasEntries()) {
            return frame.toBuilder()
                    .setEntries(frame.getEntries().toBuilder().clearEntries().clearHead())
                    .build();
        }
        SharedChannels.Builder shared = frame.getSharedChannels().toBuilder();
        shared.getChannelsBuilderList().forEach(SharedChannel.Builder::clearHead);
        return frame.hasSharedChannels()
                ? frame.toBuilder().setSharedChannels(shared).build()
                : frame;
    }

    private long seqAt(TestServer server) {
        return server.logs().position(home.id()).orElseThrow().seq();
    }

    private static SignedHead headOf(TestChannel channel) {
        return channel.newestHead().orElseThrow();
    }

    private List<String> warnings() {
        return ((AdminResult.Status) berlin.admin(new AdminCommand.ShowStatus())).warnings();
    }

    @Nested
    @DisplayName("without followers")
    class Alone {
        @Test
        @DisplayName("orders nothing as soon as a device shows it a later head of its own, also after another start")
        void deviceShows() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            restore(copy);
            long seq = seqAt(berlin);
            comeBack(alice, home);
            assertThat(alice.show(List.of(lost)).hasDone()).isTrue();
            comeBack(bob, bobs);
            // As one that was away and has nothing of what is lost.
            Expect.error(bob.say(bobs, "instead"), ErrorCode.HUB_BEHIND);
            Expect.error(alice.say(home, "next"), ErrorCode.HUB_BEHIND);
            berlin.restart();
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "instead"), ErrorCode.HUB_BEHIND);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            Expect.sound(berlin);
        }

        @Test
        @DisplayName("that has gone on from the copy says that two entries exist, and that no copy mends it")
        void twoEntries() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            restore(copy);
            comeBack(bob, bobs);
            Expect.receipt(bob.say(bobs, "instead"), ReceiptStatus.ORDERED);
            comeBack(alice, home);
            alice.show(List.of(lost));
            var refusal = Expect.error(bob.say(bobs, "next"), ErrorCode.CHANNEL_FROZEN);
            assertThat(refusal.getReason()).contains("two entries", "found a new one");
            assertThat(heldAtLogin(bob))
                    .hasValueSatisfying(why -> assertThat(why).isEqualTo(refusal));
            assertThat(warnings())
                    .singleElement()
                    .satisfies(it -> assertThat(it).contains("two entries", "no copy mends"));
        }

        @Test
        @DisplayName("keeps saying so, whoever shows a later or an earlier head")
        void twoEntriesAreTheLastWord() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            alice.say(home, "lost after it");
            SignedHead later = headOf(home);
            restore(copy);
            comeBack(bob, bobs);
            Expect.receipt(bob.say(bobs, "instead"), ReceiptStatus.ORDERED);
            comeBack(alice, home);
            for (SignedHead shown : List.of(later, lost, later)) {
                alice.show(List.of(shown));
            }
            assertThat(Expect.error(bob.say(bobs, "next"), ErrorCode.CHANNEL_FROZEN)
                            .getReason())
                    .contains("two entries");
            assertThat(warnings())
                    .singleElement()
                    .satisfies(it -> assertThat(it).contains("two entries", "no copy mends"));
        }

        @Test
        @DisplayName("logs nothing of its own accord before anybody has said how far the log goes, and then does")
        void speaksLast() {
            bob.submit(bob.update(bobs));
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            restore(copy);
            long seq = seqAt(berlin);
            world.pass(HOUR_MILLIS);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            comeBack(alice, home);
            alice.show(List.of(lost));
            assertThat(berlin.core().figures().channelsHeld()).isEqualTo(1);
            world.pass(HOUR_MILLIS);
            assertThat(seqAt(berlin)).isEqualTo(seq);
        }

        @Test
        @DisplayName("closes epochs again once somebody has shown that the log is whole")
        void speaksAfterwards() {
            bob.submit(bob.update(bobs));
            berlin.restart();
            long seq = seqAt(berlin);
            world.pass(HOUR_MILLIS);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            comeBack(alice, home);
            alice.follow();
            world.pass(HOUR_MILLIS);
            assertThat(seqAt(berlin)).isGreaterThan(seq);
        }

        @Test
        @DisplayName("tells its operator which channel, how far, who showed it, and where the remedy stands")
        void operatorIsTold() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            restore(copy);
            long seq = seqAt(berlin);
            comeBack(alice, home);
            assertThat(warnings()).isEmpty();
            alice.show(List.of(lost));
            assertThat(berlin.core().figures().channelsHeld()).isEqualTo(1);
            assertThat(warnings())
                    .singleElement()
                    .satisfies(it -> assertThat(it)
                            .contains(
                                    home.id().toString(), "entry " + seq, "entry " + (seq + 1), "alice@berlin.example")
                            .contains("After a restore"));
        }

        @Test
        @DisplayName("takes nothing from a device of an older version that reads on from behind the log's end")
        void olderDevice() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            restore(copy);
            long seq = seqAt(berlin);
            comeBack(alice, home);
            alice.follow();
            Expect.error(alice.say(home, "next"), ErrorCode.HUB_BEHIND);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            Expect.sound(berlin);
        }

        @Test
        @DisplayName("waits some minutes for devices if its operator says that it was restored")
        void saidByTheOperator() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "instead"), ErrorCode.HUB_BEHIND);
            world.pass(Limits.RESTORED_DEVICES_MILLIS - 1_000);
            Expect.error(bob.say(bobs, "instead"), ErrorCode.HUB_BEHIND);
            comeBack(alice, home);
            alice.show(List.of(lost));
            world.pass(1_000);
            Expect.error(bob.say(bobs, "still held"), ErrorCode.HUB_BEHIND);
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            world.pass(Limits.RESTORED_DEVICES_MILLIS);
            comeBack(bob, bobs);
            Expect.receipt(bob.say(bobs, "nobody has come"), ReceiptStatus.ORDERED);
        }

        @Test
        @DisplayName("goes on at once in other channels, and where nobody has more")
        void nothingLost() {
            MemoryStore copy = copy();
            TestChannel other = bob.found();
            restore(copy);
            comeBack(alice, home);
            alice.follow();
            alice.showHeads();
            Expect.receipt(alice.say(home, "next"), ReceiptStatus.ORDERED);
            assertThat(other.id()).isNotEqualTo(home.id());
        }

        @Test
        @DisplayName("knows by a contradiction, too, that it has gone on in another way, and stops")
        void contradiction() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            restore(copy);
            comeBack(bob, bobs);
            Expect.receipt(bob.say(bobs, "instead"), ReceiptStatus.ORDERED);
            comeBack(alice, home);
            alice.show(List.of(lost));
            Expect.error(bob.say(bobs, "and more"), ErrorCode.CHANNEL_FROZEN);
        }

        @Test
        @DisplayName("tells a device at login why it takes nothing, and in which channel, as long as that is so")
        void toldAtLogin() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            SignedHead lost = headOf(home);
            assertThat(heldAtLogin(bob)).isEmpty();
            restore(copy);
            comeBack(alice, home);
            alice.show(List.of(lost));
            assertThat(heldAtLogin(bob)).map(Error::getCode).contains(ErrorCode.HUB_BEHIND);
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            assertThat(heldAtLogin(bob)).map(Error::getCode).contains(ErrorCode.HUB_BEHIND);
            world.pass(Limits.RESTORED_DEVICES_MILLIS);
            assertThat(heldAtLogin(bob)).isEmpty();
        }

        @Test
        @DisplayName("tells a device at login of so many channels, however many are held")
        void toldOfAtMost() {
            for (int i = 0; i < Limits.HELD_TOLD_AT_LOGIN_MAX; i++) {
                bob.found();
            }
            MemoryStore copy = copy();
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            LoggedIn loggedIn = bob.reconnect().getLoggedIn();
            assertThat(loggedIn.getChannelsList()).hasSizeGreaterThan(Limits.HELD_TOLD_AT_LOGIN_MAX);
            assertThat(loggedIn.getChannelsList().stream().filter(ChannelState::hasHeld))
                    .hasSize(Limits.HELD_TOLD_AT_LOGIN_MAX);
        }
    }

    private Optional<Error> heldAtLogin(TestDevice device) {
        return device.reconnect().getLoggedIn().getChannelsList().stream()
                .filter(state ->
                        Protobuf.toBytes(state.getChannelId()).equals(home.id().bytes()))
                .filter(ChannelState::hasHeld)
                .map(ChannelState::getHeld)
                .findFirst();
    }

    @Nested
    @DisplayName("is not held up by")
    class Liars {
        private void holdsNobodyUp() {
            Expect.receipt(bob.say(bobs, "we go on"), ReceiptStatus.ORDERED);
            assertThat(berlin.core().figures().channelsHeld()).isZero();
            Expect.sound(berlin);
        }

        @Test
        @DisplayName("a device's head that another server has signed")
        void foreignSignature() {
            TestServer mallory = world.server("mallory.example");
            TestDevice eve = mallory.member("eve");
            TestChannel theirs = eve.found();
            eve.say(theirs, "one");
            SignedHead foreign = headOf(theirs);
            SignedHead forged = foreign.toBuilder()
                    .setHead(headAt(home, headOf(home), 1_000))
                    .build();
            Expect.error(alice.show(List.of(forged)), ErrorCode.INVALID_PROOF);
            Expect.error(alice.show(List.of(foreign)), ErrorCode.INVALID_PROOF);
            holdsNobodyUp();
        }

        @Test
        @DisplayName("a device's head of another channel, or one that was changed")
        void changed() {
            TestChannel other = alice.found();
            alice.say(other, "here");
            assertThat(alice.show(List.of(headOf(other))).hasDone()).isTrue();
            SignedHead changed = headOf(home).toBuilder()
                    .setHead(headAt(home, headOf(home), 77))
                    .build();
            Expect.error(alice.show(List.of(changed)), ErrorCode.INVALID_PROOF);
            holdsNobodyUp();
        }

        @Test
        @DisplayName("a device that reads on from behind the log's end: others are served")
        void cursorAhead() {
            alice.ask(alice.followFrame(TestDevice.MUCH_CREDIT)
                    .setFollow(chat.samara.wire.proto.Follow.newBuilder()
                            .setCreditBytes(TestDevice.MUCH_CREDIT)
                            .addCursors(TestDevice.cursor(home.id(), 999))));
            Expect.error(alice.say(home, "?"), ErrorCode.HUB_BEHIND);
            holdsNobodyUp();
        }

        @Test
        @DisplayName("a peer that says that it has more, and proves nothing")
        void peerClaims() {
            TestServer tunis = world.server("tunis.example");
            world.peer(berlin, tunis);
            TestDevice dina = tunis.member("dina");
            Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
            dina.join();
            tunis.tamper(RestoredHubTest.this::claimsMore);
            world.pass(HEAL);
            Expect.receipt(alice.say(home, "as ever"), ReceiptStatus.ORDERED);
            berlin.restart();
            world.pass(Limits.ASKING_MILLIS_MAX);
            comeBack(bob, bobs);
            holdsNobodyUp();
        }
    }

    private static com.google.protobuf.ByteString headAt(TestChannel channel, SignedHead like, long seq) {
        try {
            return chat.samara.wire.proto.Head.parseFrom(like.getHead()).toBuilder()
                    .setSeq(seq)
                    .build()
                    .toByteString();
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError("no head of " + channel.id(), e);
        }
    }

    /** A follower of a kind that lies about how far it is. */
    private PeerFrame claimsMore(PeerFrame frame) {
        if (!frame.hasSharedChannels()) {
            return frame;
        }
        SharedChannels.Builder shared = frame.getSharedChannels().toBuilder().clearChannels();
        for (SharedChannel each : frame.getSharedChannels().getChannelsList()) {
            shared.addChannels(
                    each.toBuilder().setSeq(each.getSeq() + 50).setHead(changed(each.getHead(), each.getSeq() + 50)));
        }
        return frame.toBuilder().setSharedChannels(shared).build();
    }

    private SignedHead changed(SignedHead head, long seq) {
        return head.toBuilder().setHead(headAt(home, head, seq)).build();
    }

    @Nested
    @DisplayName("with followers")
    class WithFollowers {
        private final TestServer tunis = world.server("tunis.example");
        private TestDevice dina = TestDevice.stranger(tunis, "nobody");
        private TestChannel dinas = home;

        @BeforeEach
        void follow() {
            world.peer(berlin, tunis);
            dina = tunis.member("dina");
            Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
            dina.join();
            dinas = dina.channel(home.id());
            dina.say(dinas, "salam");
        }

        private void assertHealed() {
            assertThat(berlin.logs().position(home.id())).isEqualTo(tunis.logs().position(home.id()));
            assertThat(berlin.logs().entries(home.id(), 1, seqAt(berlin)))
                    .isEqualTo(tunis.logs().entries(home.id(), 1, seqAt(tunis)));
            assertThat(berlin.logs().stopped(home.id())).isEmpty();
            assertThat(tunis.logs().stopped(home.id())).isEmpty();
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            assertThat(berlin.core().figures().channelsHeld()).isZero();
            Expect.sound(berlin, tunis);
        }

        private void allComeBack() {
            comeBack(alice, home);
            alice.follow();
            comeBack(bob, bobs);
            bob.follow();
        }

        @Test
        @DisplayName("logs nothing of its own accord while a follower has more than it, and shows no head of it")
        void speaksLast() {
            bob.submit(bob.update(bobs));
            MemoryStore copy = copy();
            alice.say(home, "lost by the hub");
            tunis.tamper(RestoredHubTest::givingNothingBack);
            restore(copy);
            long seq = seqAt(berlin);
            world.pass(HOUR_MILLIS);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            tunis.tamper(frame -> frame);
            world.pass(HOUR_MILLIS);
            assertHealed();
        }

        @Test
        @DisplayName("has back what it lost, and everybody talks on as if nothing had happened")
        void healed() {
            MemoryStore copy = copy();
            alice.say(home, "lost by the hub");
            dina.say(dinas, "this, too");
            restore(copy);
            world.pass(HEAL);
            allComeBack();
            Expect.receipt(alice.say(home, "and on"), ReceiptStatus.ORDERED);
            dina.say(dinas, "yes");
            bob.say(bobs, "indeed");
            world.pass(HEAL);
            assertHealed();
            List<String> all = List.of("salam", "lost by the hub", "this, too", "and on", "yes", "indeed");
            assertThat(dinas.texts()).isEqualTo(all);
            assertThat(home.texts()).endsWith(all.toArray(String[]::new));
            assertThat(bobs.texts()).endsWith(all.toArray(String[]::new));
        }

        @Test
        @DisplayName(
                "restored by its operator, waits for a server that it no longer knows as its peer, and names it and the remedy")
        void noPeerAnyMore() {
            berlin.admin(new AdminCommand.RemovePeer(tunis.name()));
            MemoryStore copy = copy();
            world.peer(berlin, tunis);
            world.pass(HEAL);
            alice.say(home, "lost by the hub");
            world.pass(HEAL);
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            world.pass(Limits.RESTORED_DEVICES_MILLIS);
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "instead"), ErrorCode.HUB_BEHIND);
            assertThat(warnings()).anySatisfy(it -> assertThat(it).contains("tunis.example", "peer add"));
            berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
            world.pass(HEAL);
            allComeBack();
            Expect.receipt(alice.say(home, "and on"), ReceiptStatus.ORDERED);
            world.pass(HEAL);
            assertHealed();
        }

        @Test
        @DisplayName("takes no message twice, and knows those that it has back")
        void again() {
            MemoryStore copy = copy();
            Submission mine = alice.text(home, "mine");
            alice.submit(mine);
            Submission hers = dina.text(dinas, "hers");
            dina.submit(hers);
            restore(copy);
            world.pass(HEAL);
            allComeBack();
            long seq = seqAt(berlin);
            Expect.receipt(alice.submit(mine), ReceiptStatus.ORDERED);
            assertThat(alice.status(home.id(), mine.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            Expect.receipt(dina.submit(hers), ReceiptStatus.ORDERED);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            assertHealed();
        }

        @Test
        @DisplayName("has back who came and went, and the epochs since")
        void commits() {
            MemoryStore copy = copy();
            Submission late = bob.text(bobs, "am I still in?");
            Expect.receipt(alice.submit(alice.remove(home, bob)), ReceiptStatus.ORDERED);
            dina.submit(dina.update(dinas));
            TestDevice emil = tunis.member("emil");
            Expect.receipt(alice.invite(home, emil), ReceiptStatus.ORDERED);
            emil.join();
            emil.say(emil.channel(home.id()), "I am new");
            restore(copy);
            world.pass(HEAL);
            comeBack(alice, home);
            alice.follow();
            Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
            emil.say(emil.channel(home.id()), "still here");
            world.pass(HEAL);
            assertHealed();
            assertThat(dinas.texts()).endsWith("I am new", "still here");
            comeBack(bob, bobs);
            bob.follow();
            Expect.rejected(bob.submit(late), ErrorCode.NOT_A_MEMBER);
        }

        @Test
        @DisplayName("has back more than one frame holds, and only after the whole of it was proven")
        void manyFrames() {
            MemoryStore copy = copy();
            String large = "x".repeat(200_000);
            for (int i = 0; i < 14; i++) {
                Expect.receipt(alice.say(home, i + large), ReceiptStatus.ORDERED);
            }
            restore(copy);
            world.pass(HEAL);
            allComeBack();
            Expect.receipt(alice.say(home, "and on"), ReceiptStatus.ORDERED);
            world.pass(HEAL);
            assertHealed();
        }

        @Test
        @DisplayName("has back a channel that is younger than the copy")
        void youngerChannel() {
            MemoryStore copy = copy();
            TestChannel young = alice.found();
            Expect.receipt(alice.invite(young, dina), ReceiptStatus.ORDERED);
            dina.join();
            alice.say(young, "hello");
            restore(copy);
            world.pass(HEAL);
            comeBack(alice, young);
            alice.follow();
            Expect.receipt(alice.say(young, "and on"), ReceiptStatus.ORDERED);
            world.pass(HEAL);
            assertThat(dina.channel(young.id()).texts()).containsExactly("hello", "and on");
            assertThat(berlin.logs().position(young.id()))
                    .isEqualTo(tunis.logs().position(young.id()));
            Expect.sound(berlin, tunis);
        }

        @Test
        @DisplayName("orders nothing before each follower that can be reached has said how far it is")
        void asksFirst() {
            MemoryStore copy = copy();
            alice.say(home, "lost by the hub");
            world.cut(berlin, tunis);
            restore(copy);
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "instead?"), ErrorCode.HUB_ASKING);
            world.heal(berlin, tunis);
            world.pass(Limits.ASKING_MILLIS_MAX - 1_000);
            bob.follow();
            Expect.receipt(bob.say(bobs, "after that"), ReceiptStatus.ORDERED);
            assertHealed();
            assertThat(dinas.texts()).containsExactly("salam", "lost by the hub", "after that");
        }

        @Test
        @DisplayName("waits no longer than it takes when all have said that it has everything")
        void goesOnAtOnce() {
            berlin.restart();
            comeBack(bob, bobs);
            Expect.receipt(bob.say(bobs, "no time has passed"), ReceiptStatus.ORDERED);
        }

        @Test
        @DisplayName("waits for a follower that is away for a bounded time")
        void goesOnAfterAWhile() {
            world.cut(berlin, tunis);
            berlin.restart();
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "too early"), ErrorCode.HUB_ASKING);
            world.pass(Limits.ASKING_MILLIS_MAX);
            Expect.receipt(bob.say(bobs, "in time"), ReceiptStatus.ORDERED);
        }

        @Test
        @DisplayName(
                "waits without a limit for each follower, and for devices, if its operator says that it was restored")
        void saidByTheOperator() {
            MemoryStore copy = copy();
            alice.say(home, "lost by the hub");
            world.cut(berlin, tunis);
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            world.pass(Limits.RESTORED_DEVICES_MILLIS);
            comeBack(bob, bobs);
            Expect.error(bob.say(bobs, "instead?"), ErrorCode.HUB_BEHIND);
            assertThat(warnings())
                    .singleElement()
                    .satisfies(it -> assertThat(it).contains("tunis.example"));
            TestChannel young = bob.found();
            Expect.receipt(bob.say(young, "new channels need not wait"), ReceiptStatus.ORDERED);
            world.heal(berlin, tunis);
            world.pass(HEAL);
            bob.follow();
            Expect.receipt(bob.say(bobs, "after that"), ReceiptStatus.ORDERED);
            assertHealed();
            assertThat(warnings()).isEmpty();
            assertThat(dinas.texts()).containsExactly("salam", "lost by the hub", "after that");
        }

        private List<Receipt> unorderedTo(TestDevice device) {
            return device.takePushes().stream()
                    .filter(ServerFrame::hasReceipt)
                    .map(ServerFrame::getReceipt)
                    .filter(Receipt::hasUnordered)
                    .toList();
        }

        private Optional<Error> unorderedAtLogin(TestDevice device) {
            return device.reconnect().getLoggedIn().getChannelsList().stream()
                    .filter(ChannelState::hasUnordered)
                    .map(ChannelState::getUnordered)
                    .findFirst();
        }

        @Test
        @DisplayName(
                "lets the members of a following server know why nothing becomes ordered, once, as long as that is so")
        void toldOverTheFollower() {
            MemoryStore copy = copy();
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            world.pass(HEAL);
            Submission text = dina.text(dinas, "is anybody there?");
            assertThat(Expect.receipt(dina.submit(text), ReceiptStatus.STORED).hasUnordered())
                    .isFalse();
            world.pass(HEAL);
            assertThat(unorderedTo(dina)).singleElement().satisfies(receipt -> {
                assertThat(Protobuf.toBytes(receipt.getIdempotencyKey()))
                        .isEqualTo(text.key().bytes());
                assertThat(receipt.getStatus()).isEqualTo(ReceiptStatus.STORED);
                assertThat(receipt.getUnordered().getCode()).isEqualTo(ErrorCode.HUB_BEHIND);
                assertThat(receipt.getUnordered().getReason())
                        .contains("restored from an older copy", "10 minutes from its start");
            });
            assertThat(Expect.receipt(dina.say(dinas, "hello?"), ReceiptStatus.STORED)
                            .hasUnordered())
                    .isTrue();
            assertThat(dina.status(home.id(), text.key()).hasUnordered()).isTrue();
            assertThat(unorderedAtLogin(dina)).map(Error::getCode).contains(ErrorCode.HUB_BEHIND);
            assertThat(unorderedTo(dina)).isEmpty();

            world.pass(Limits.RESTORED_DEVICES_MILLIS);
            world.pass(HEAL);
            assertThat(dina.status(home.id(), text.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertThat(unorderedAtLogin(dina)).isEmpty();
            assertThat(Expect.receipt(dina.say(dinas, "there you are"), ReceiptStatus.STORED)
                            .hasUnordered())
                    .isFalse();
        }

        @Test
        @DisplayName("tells members elsewhere no other reason within some seconds, in however many words it refuses")
        void wordyHub() {
            MemoryStore copy = copy();
            berlin.crash();
            berlin.restore(copy);
            berlin.startRestored();
            world.pass(HEAL);
            int[] words = new int[1];
            berlin.tamper(frame -> frame.hasRecordReceipts() ? wordy(frame, ++words[0]) : frame);
            dina.say(dinas, "hello?");
            world.pass(2 * Limits.HUBS_REASON_STANDS_MILLIS - 1_000);
            assertThat(words[0]).as("answers of the hub").isGreaterThan(3);
            assertThat(unorderedTo(dina)).hasSizeBetween(1, 2);
        }

        private static PeerFrame wordy(PeerFrame frame, int words) {
            RecordReceipts.Builder receipts = frame.getRecordReceipts().toBuilder();
            receipts.getReceiptsBuilderList()
                    .forEach(receipt -> receipt.setStatus(ReceiptStatus.REJECTED)
                            .setDecision(HubDecision.NOT_TAKEN)
                            .setError(chat.samara.wire.Refusal.of(ErrorCode.HUB_BEHIND, "for reason " + words)
                                    .toProto()));
            return frame.toBuilder().setRecordReceipts(receipts).build();
        }

        @Test
        @DisplayName(
                "takes nothing from followers either while it lies behind; their records wait and are ordered then")
        void recordsWait() {
            MemoryStore copy = copy();
            alice.say(home, "lost by the hub");
            SignedHead lost = headOf(home);
            UnaryOperator<PeerFrame> keepsAll = frame -> frame.hasEntries() || frame.hasSharedChannels()
                    ? PeerFrame.newBuilder()
                            .setDone(chat.samara.wire.proto.Done.getDefaultInstance())
                            .build()
                    : frame;
            tunis.tamper(keepsAll);
            restore(copy);
            comeBack(alice, home);
            alice.show(List.of(lost));
            world.pass(HEAL);
            Submission waits = dina.text(dinas, "waits");
            Expect.receipt(dina.submit(waits), ReceiptStatus.STORED);
            world.pass(HEAL);
            assertThat(dina.status(home.id(), waits.key()).getStatus()).isEqualTo(ReceiptStatus.STORED);
            tunis.tamper(frame -> frame);
            world.pass(HEAL);
            assertThat(dina.status(home.id(), waits.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertHealed();
        }

        @Test
        @DisplayName("stays held where a device has more than any follower, with what the follower has taken back")
        void partly() {
            MemoryStore copy = copy();
            alice.say(home, "tunis has this");
            world.cut(berlin, tunis);
            alice.say(home, "tunis has this not");
            SignedHead lost = headOf(home);
            restore(copy);
            comeBack(alice, home);
            alice.show(List.of(lost));
            world.heal(berlin, tunis);
            world.pass(HEAL);
            assertThat(berlin.logs().position(home.id())).isEqualTo(tunis.logs().position(home.id()));
            Expect.error(alice.say(home, "next"), ErrorCode.HUB_BEHIND);
            assertThat(warnings()).hasSize(1);
            assertThat(tunis.logs().stopped(home.id())).isEmpty();
            Expect.sound(berlin, tunis);
        }

        @Test
        @DisplayName("appends nothing that a follower gives back and its own signature does not cover")
        void forgedEntries() {
            MemoryStore copy = copy();
            alice.say(home, "lost");
            restore(copy);
            tunis.tamper(frame -> frame.hasEntries()
                    ? frame.toBuilder()
                            .setEntries(frame.getEntries().toBuilder().clearHead())
                            .build()
                    : frame);
            long seq = seqAt(berlin);
            world.pass(HEAL);
            assertThat(seqAt(berlin)).isEqualTo(seq);
            assertThat(berlin.core().figures().channelsHeld()).isEqualTo(1);
            tunis.tamper(frame -> frame);
            world.pass(HEAL);
            assertHealed();
        }

        @Test
        @DisplayName("has back what it lost also when it is restored to the same copy twice, and dies in between")
        void twice() {
            MemoryStore copy = copy();
            alice.say(home, "one");
            restore(copy);
            world.pass(HEAL);
            comeBack(alice, home);
            alice.follow();
            Expect.receipt(alice.say(home, "two"), ReceiptStatus.ORDERED);
            world.pass(HEAL);
            for (int step = 0; step < 6; step++) {
                berlin.crash();
                berlin.restore(copy);
                berlin.start();
                berlin.crashAfter(
                        step, step % 2 == 0 ? TestServer.CrashPoint.BEFORE_WRITE : TestServer.CrashPoint.AFTER_WRITE);
                world.pass(HEAL);
                assertHealed();
            }
            comeBack(alice, home);
            alice.follow();
            Expect.receipt(alice.say(home, "three"), ReceiptStatus.ORDERED);
            dina.say(dinas, "four");
            world.pass(HEAL);
            assertHealed();
            assertThat(dinas.texts()).containsExactly("salam", "one", "two", "three", "four");
        }
    }
}
