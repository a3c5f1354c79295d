package chat.samara.server.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Table;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.ListDevices;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A device takes the place of another of the same member. */
final class ReplacementTest {
    private final World world = new World(3);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");

    private TestDevice connected(TestDevice device) {
        device.connect();
        return device;
    }

    @Test
    @DisplayName("the successor is logged in, and the member has this device and no other")
    void replaces() {
        TestDevice successor = connected(alice.successor());
        assertThat(successor.replace(alice.who().device()).hasLoggedIn()).isTrue();
        ServerFrame devices = successor.ask(ClientFrame.newBuilder()
                .setListDevices(ListDevices.newBuilder().setUserId(alice.user().toString())));
        assertThat(devices.getDevices().getDevicesList())
                .extracting(it -> Bytes.of(it.getDeviceId().toByteArray()))
                .containsExactly(successor.who().device().bytes());
    }

    @Test
    @DisplayName(
            "the device that was struck off loses its session, and its login says who has its place, also after a restart")
    void struckOff() {
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        assertThat(alice.takePushes())
                .filteredOn(ServerFrame::hasError)
                .extracting(it -> it.getError().getCode())
                .containsExactly(ErrorCode.DEVICE_REPLACED);
        berlin.restart();
        alice.connect();
        var error = Expect.error(alice.login(), ErrorCode.DEVICE_REPLACED);
        assertThat(error.getDetail()).isEqualTo(successor.who().device().bytes().hex());
    }

    @Test
    @DisplayName("a device that was struck off cannot register again with the old certificate")
    void registersNoMore() {
        connected(alice.successor()).replace(alice.who().device());
        alice.connect();
        Expect.error(alice.register(Bytes.of(new byte[16])), ErrorCode.DEVICE_REPLACED);
    }

    @Test
    @DisplayName(
            "a device that was struck off is added to no channel any more, by KeyPackages of before either (replaced)")
    void addedNoMore() {
        TestDevice bob = berlin.member("bob");
        Submission addition = bob.addDevice(bob.found(), alice);
        connected(alice.successor()).replace(alice.who().device());
        assertThat(Expect.rejected(bob.submit(addition), ErrorCode.UNKNOWN_MEMBER)
                        .getError()
                        .getDetail())
                .isEqualTo("replaced");
    }

    @Test
    @DisplayName("an answer that was lost is given again")
    void repeated() {
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        successor.connect();
        assertThat(successor.replace(alice.who().device()).hasLoggedIn()).isTrue();
        assertThat(successor.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName(
            "of two copies that ask for the same place, the second is told of the first, and can take over only from that one")
    void twoCopies() {
        TestDevice first = connected(alice.successor());
        TestDevice second = connected(alice.successor());
        first.replace(alice.who().device());
        var error = Expect.error(second.replace(alice.who().device()), ErrorCode.DEVICE_REPLACED);
        assertThat(error.getDetail()).isEqualTo(first.who().device().bytes().hex());
        second.connect();
        assertThat(second.replace(first.who().device()).hasLoggedIn()).isTrue();
        first.connect();
        Expect.error(first.login(), ErrorCode.DEVICE_REPLACED);
    }

    @Test
    @DisplayName("another identity key, another member's device and a device of nobody cannot be given")
    void refused() {
        TestDevice bob = berlin.member("bob");
        Expect.error(connected(alice.impostor()).replace(alice.who().device()), ErrorCode.LOGIN_FAILED);
        Expect.error(connected(alice.successor()).replace(bob.who().device()), ErrorCode.LOGIN_FAILED);
        TestDevice nobody = TestDevice.stranger(berlin, "nobody");
        Expect.error(connected(nobody.successor()).replace(nobody.who().device()), ErrorCode.LOGIN_FAILED);
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
        assertThat(bob.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName(
            "who has not the member's identity key hears the same of a device that is the member's and of one that is nobody's")
    void tellsNothing() {
        Error ofTheMembers = askedWithoutTheIdentityKey(alice.who().device());
        Error ofNobody = askedWithoutTheIdentityKey(alice.successor().who().device());
        assertThat(ofTheMembers).isEqualTo(ofNobody);
    }

    private Error askedWithoutTheIdentityKey(DeviceId replaced) {
        TestDevice stranger = connected(alice.successor());
        ClientFrame.Builder asked = stranger.replacement(replaced);
        asked.getReplaceDeviceBuilder().getCertificateBuilder().setIdentitySignature(ByteString.copyFrom(new byte[64]));
        return Expect.error(stranger.ask(asked), ErrorCode.INVALID_PROOF);
    }

    @Test
    @DisplayName(
            "a certificate that the member's identity key has not signed takes no place, though all it says is right")
    void certificateNotSigned() {
        TestDevice successor = connected(alice.successor());
        ClientFrame.Builder asked = successor.replacement(alice.who().device());
        asked.getReplaceDeviceBuilder().getCertificateBuilder().setIdentitySignature(ByteString.copyFrom(new byte[64]));
        Expect.error(successor.ask(asked), ErrorCode.INVALID_PROOF);
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("a device cannot take its own place, nor that of one that is registered besides")
    void ownPlace() {
        alice.connect();
        Expect.error(alice.replace(alice.who().device()), ErrorCode.LOGIN_FAILED);
        assertThat(alice.reconnect().hasLoggedIn()).isTrue();
    }

    @Test
    @DisplayName("KeyPackages of the device that was struck off are handed out no more")
    void keyPackages() {
        TestDevice bob = berlin.member("bob");
        alice.publish(2);
        TestDevice successor = connected(alice.successor());
        successor.replace(alice.who().device());
        Expect.error(bob.claim(alice.user(), Bytes.of(new byte[16])), ErrorCode.NO_KEY_PACKAGE);
        successor.publish(1);
        Bytes claim = Bytes.ofHex("01".repeat(16));
        assertThat(bob.claim(alice.user(), claim).getClaimedKeyPackages().getKeyPackagesList())
                .extracting(it -> Bytes.of(it.getDeviceId().toByteArray()))
                .containsExactly(successor.who().device().bytes());
    }

    @Test
    @DisplayName("the successor may read what the other could, and a Welcome that waited waits for it")
    void reads() {
        TestChannel channel = alice.found();
        alice.say(channel, "before");
        TestDevice bob = berlin.member("bob");
        bob.publish(1);
        alice.invite(channel, bob);
        TestDevice successor = connected(bob.successor());
        ServerFrame answer = successor.replace(bob.who().device());
        assertThat(answer.getLoggedIn().getWelcomesWaiting()).isEqualTo(1);
        assertThat(answer.getLoggedIn().getChannelsList())
                .extracting(it -> Bytes.of(it.getChannelId().toByteArray()))
                .containsExactly(channel.id().bytes());
    }

    @Test
    @DisplayName("a member may replace devices only so often; a refused one changes nothing, and time gives more (I7)")
    void tooOften() {
        TestDevice last = alice;
        for (int i = 0; i < Limits.REPLACEMENTS_AT_ONCE_MAX; i++) {
            TestDevice next = connected(alice.successor());
            assertThat(next.replace(last.who().device()).hasLoggedIn()).isTrue();
            last = next;
        }
        TestDevice tooMuch = connected(alice.successor());
        Error error = Expect.error(tooMuch.replace(last.who().device()), ErrorCode.LIMIT_REACHED);
        assertThat(error.getRetryAfterMillis()).isBetween(1L, Limits.REPLACEMENT_EVERY_MILLIS);
        assertThat(last.reconnect().hasLoggedIn()).isTrue();
        assertThat(rows(Table.DEVICE_OF_USER)).as("no more than are in place").isEqualTo(1);
        world.pass(error.getRetryAfterMillis());
        tooMuch.connect();
        assertThat(tooMuch.replace(last.who().device()).hasLoggedIn()).isTrue();
    }

    // ---- the place in a channel ----

    /** Seq after seq of what the device is sent of the channel when it follows from the beginning. */
    private static List<Long> reads(TestDevice device, TestChannel channel) {
        device.takePushes();
        device.ask(ClientFrame.newBuilder()
                .setFollow(Follow.newBuilder()
                        .setCreditBytes(TestDevice.MUCH_CREDIT)
                        .addCursors(TestDevice.cursor(channel.id(), 0))));
        return device.takePushes().stream()
                .filter(ServerFrame::hasEntries)
                .flatMap(it -> it.getEntries().getEntriesList().stream())
                .map(ReplacementTest::seq)
                .toList();
    }

    private static long seq(LogEntry entry) {
        try {
            return EntryIn.shown(entry).claimedSeq();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static long handshakesThrough(TestDevice device, TestChannel channel) {
        return device.ask(ClientFrame.newBuilder()
                        .setFetchHandshakes(FetchHandshakes.newBuilder()
                                .setChannelId(Protobuf.toByteString(channel.id().bytes()))
                                .setThroughSeq(channel.seq())))
                .getHandshakes()
                .getThroughSeq();
    }

    private TestChannel channelWith(TestDevice member) {
        TestChannel channel = alice.found();
        alice.invite(channel, member);
        member.join();
        return channel;
    }

    @Test
    @DisplayName(
            "who is removed before its successor has come back reads to the removal and no further, in whatever place (I6)")
    void removedAfterReplacement() {
        TestDevice bob = berlin.member("bob");
        TestChannel channel = channelWith(bob);
        TestDevice second = connected(bob.successor());
        second.replace(bob.who().device());
        TestDevice third = connected(bob.successor());
        third.replace(second.who().device());
        assertThat(reads(third, channel)).contains(channel.seq());

        alice.submit(alice.remove(channel, bob));
        long removal = channel.seq();
        alice.say(channel, "among ourselves");
        alice.submit(alice.update(channel));

        assertThat(reads(third, channel)).endsWith(removal);
        assertThat(handshakesThrough(third, channel)).isEqualTo(removal);
        berlin.restart();
        third.connect();
        third.login();
        assertThat(reads(third, channel)).endsWith(removal);
    }

    @Test
    @DisplayName("a successor that was added beside the old leaf reads on when only that one is removed")
    void addedBesideTheOldLeaf() {
        TestDevice bob = berlin.member("bob");
        TestChannel channel = channelWith(bob);
        TestDevice successor = connected(bob.successor());
        successor.replace(bob.who().device());
        Expect.receipt(alice.submit(alice.addDevice(channel, successor)), ReceiptStatus.ORDERED);
        alice.submit(alice.remove(channel, bob));
        alice.say(channel, "still here?");
        assertThat(reads(successor, channel)).endsWith(channel.seq());
        alice.submit(alice.remove(channel, successor));
        long removal = channel.seq();
        alice.say(channel, "among ourselves");
        assertThat(reads(successor, channel)).endsWith(removal);
    }

    @Test
    @DisplayName("a place in a channel is one row, whoever has had it; coming back takes nothing from what may be read")
    void oneRowForAPlace() {
        TestDevice bob = berlin.member("bob");
        TestChannel channel = channelWith(bob);
        long joined = channel.seq();
        TestDevice successor = connected(bob.successor());
        successor.replace(bob.who().device());
        Expect.receipt(successor.submit(successor.externalCommitInPlaceOf(channel, bob)), ReceiptStatus.ORDERED);
        alice.say(channel, "welcome back");
        assertThat(reads(successor, channel)).startsWith(joined).endsWith(channel.seq());
        assertThat(rows(Table.READER)).isEqualTo(2);
        assertThat(rows(Table.DEVICE_OF_USER)).isEqualTo(2);
    }

    private long rows(Table table) {
        long[] count = new long[1];
        new StoreRows(berlin.disk()).scanPrefix(table, Bytes.EMPTY, (key, value) -> {
            count[0]++;
            return true;
        });
        return count[0];
    }

    @Test
    @DisplayName(
            "a hub elsewhere that adds a device which was struck off meanwhile adds the one in its place: it reads, and has the Welcome")
    void addedByAHubThatDoesNotKnow() {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice dina = tunis.member("dina");
        TestChannel channel = alice.found();
        TestDevice successor = connected(dina.successor());
        Submission addition = alice.add(
                channel,
                alice.claim(dina.user(), Bytes.ofHex("02".repeat(16)))
                        .getClaimedKeyPackages()
                        .getKeyPackagesList());
        successor.replace(dina.who().device());
        Expect.receipt(alice.submit(addition), ReceiptStatus.ORDERED);

        ServerFrame welcomes =
                successor.ask(ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance()));
        assertThat(welcomes.getWelcomes().getWelcomesList()).hasSize(1);
        assertThat(reads(successor, channel)).containsExactly(channel.seq());
        WaitingWelcome welcome = welcomes.getWelcomes().getWelcomes(0);
        successor.ask(ClientFrame.newBuilder()
                .setAcknowledgeWelcome(AcknowledgeWelcome.newBuilder()
                        .setChannelId(welcome.getChannelId())
                        .setKeyPackageRef(welcome.getKeyPackageRef())
                        .setSeq(welcome.getSeq())));
        long[] trees = new long[1];
        new StoreRows(tunis.disk()).scanPrefix(Table.TREE, Bytes.EMPTY, (key, value) -> ++trees[0] > 0);
        assertThat(trees[0]).isZero();
    }

    @Test
    @DisplayName("the hub that knows says that the device was struck off, and what to do")
    void addedByTheHubThatKnows() {
        TestDevice bob = berlin.member("bob");
        TestChannel channel = alice.found();
        Submission addition = alice.addDevice(channel, bob);
        connected(bob.successor()).replace(bob.who().device());
        Error error = Expect.rejected(alice.submit(addition), ErrorCode.UNKNOWN_MEMBER)
                .getError();
        assertThat(error.getReason()).contains("was struck off", "claim KeyPackages of bob@berlin.example anew");
        assertThat(error.getDetail()).isEqualTo("replaced");
    }
}
