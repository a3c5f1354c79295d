package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredForgotten;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A channel that was forgotten, and to which a member adds this device again")
class ForgottenAndAddedAgainTest {
    private final Village village = new Village(42);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");

    /** All Welcomes that Bob's server was ever given for him. */
    private final List<WaitingWelcome> welcomes = new ArrayList<>();

    /** The last entry that bob has read before he was removed. */
    private final long readThrough;

    /** Alice's device, as it was before she added anything to what makes the logs differ. */
    private final MemoryStore aliceBefore;

    private final long seqBefore;

    ForgottenAndAddedAgainTest() {
        // Only that of last resort is left, which serves again and again.
        atServer().keyPackages.clear();
        village.server.tamper = frame -> {
            welcomes.addAll(frame.getWelcomes().getWelcomesList());
            return frame;
        };
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
        seqBefore = log().position.seq();
        aliceBefore = alice.store.copy();
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(60_000);
        bob.send(channel, "mine");
        alice.send(channel, "hers");
        village.pass(1_000);
        readThrough = log().position.seq();
    }

    private FakeChannel log() {
        return village.server.channel(channel);
    }

    /** Bob's device, as its server has it. */
    private FakeServer.FakeDevice atServer() {
        return Optional.ofNullable(village.server.devices.get(
                        bob.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    private boolean isThere() {
        return bob.engine().channel(channel).isPresent();
    }

    private void requireMembership(Membership membership) {
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(membership);
    }

    private void removed() {
        alice.remove(channel, bob);
        village.pass(1_000);
        requireMembership(Membership.REMOVED);
    }

    /** The log goes on behind it, so that no head of the hub's comes with it. */
    private void removedWhileAway() {
        bob.cut();
        alice.remove(channel, bob);
        alice.send(channel, "without him");
        bob.reconnect();
        village.pass(1_000);
        requireMembership(Membership.REMOVED);
        assertThat(bob.engine().channel(channel).orElseThrow().seq())
                .as("the last place that the hub has vouched for, and no handshake's")
                .isEqualTo(readThrough);
    }

    private void forget() {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, channel));
        village.settle();
        assertThat(bob.outcome(command)).isInstanceOf(Outcome.Done.class);
        assertThat(isThere()).isFalse();
    }

    private void addedAgain() {
        alice.add(channel, bob);
        alice.send(channel, "anew");
        village.pass(60_000);
        requireMembership(Membership.MEMBER);
        assertThat(bob.texts(channel)).containsExactly("anew");
    }

    private void newSession() {
        bob.dropConnection();
        bob.reconnect();
        village.pass(1_000);
    }

    private void requireNoOldState() {
        assertThat(bob.events(ClientEvent.OldStateNoticed.class)).isEmpty();
        assertThat(bob.events(ClientEvent.DeviceRenewed.class)).isEmpty();
    }

    /** Stops, and what it keeps of the channel becomes what an earlier version would have kept. */
    private void changeRemembered(UnaryOperator<StoredForgotten.Builder> change) {
        bob.stop();
        StoredForgotten row = Stored.parse(
                StoredForgotten.parser(),
                bob.store.get(DeviceTable.FORGOTTEN, Keys.forgotten(channel)).orElseThrow());
        bob.store.put(
                DeviceTable.FORGOTTEN,
                Keys.forgotten(channel),
                change.apply(row.toBuilder()).build().toByteArray());
        bob.start();
        village.pass(1_000);
    }

    private Optional<Long> counted() {
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
        return OwnCount.of(row).map(OwnCount::all);
    }

    @Test
    @DisplayName(
            "makes no old state of this device, which has said nothing there since and whose server still counts what it said before")
    void staysSilent() {
        removed();
        forget();
        addedAgain();
        bob.dropConnection();
        village.pass(60_000);
        requireNoOldState();
        assertThat(counted()).hasValue(1L);
        bob.send(channel, "back");
        bob.dropConnection();
        village.pass(60_000);
        requireNoOldState();
        assertThat(alice.texts(channel)).containsExactly("before", "mine", "hers", "anew", "back");
    }

    @Test
    @DisplayName("does so neither where a version forgot it that did not keep the count")
    void keptWithoutACount() {
        removed();
        forget();
        changeRemembered(
                row -> row.clearHandedOverClaimed().clearHandedOverCounted().clearCountedDevice());
        addedAgain();
        assertThat(counted()).as("what its server has said at login").hasValue(1L);
        bob.dropConnection();
        village.pass(60_000);
        requireNoOldState();
        assertThat(counted()).hasValue(1L);
        bob.send(channel, "back");
        assertThat(alice.texts(channel)).endsWith("anew", "back");
    }

    @Test
    @DisplayName("nor where the connection is lost before its server could say how far it has counted")
    void lostAmidTheFirstWord() {
        removed();
        forget();
        village.server.tamper = frame -> frame.hasLoggedIn()
                ? frame.toBuilder()
                        .setLoggedIn(frame.getLoggedIn().toBuilder().clearChannels())
                        .build()
                : frame;
        changeRemembered(
                row -> row.clearHandedOverClaimed().clearHandedOverCounted().clearCountedDevice());
        village.server.tamper = frame -> frame;
        addedAgain();
        assertThat(counted()).isEmpty();
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        atServer().nextDeviceSeq.put(channel, 7L);
        bob.send(channel, "back");
        village.server.check = (device, frame) -> Optional.empty();
        bob.dropConnection();
        village.pass(60_000);
        requireNoOldState();
        assertThat(alice.texts(channel)).endsWith("anew", "back");
    }

    @Test
    @DisplayName("counts from the beginning where this device has another key since")
    void underAnotherKey() {
        removed();
        forget();
        changeRemembered(row -> row.setHandedOverClaimed(5)
                .setCountedDevice(Protobuf.toByteString(
                        alice.engine().account().orElseThrow().device().bytes())));
        atServer().nextDeviceSeq.remove(channel);
        newSession();
        addedAgain();
        assertThat(counted()).hasValue(0L);
    }

    @Test
    @DisplayName("is entered also where the log had gone on, so that no head of the hub's covered the removal")
    void removalThatNoHeadCovers() {
        removedWhileAway();
        forget();
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(60_000);
        addedAgain();
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        bob.send(channel, "back");
        bob.dropConnection();
        village.pass(60_000);
        requireNoOldState();
        assertThat(alice.texts(channel)).endsWith("anew", "back");
    }

    @Test
    @DisplayName(
            "brings nothing back of a membership that began and ended while the device was away, though its key opens that still")
    void erasedStaysErased() {
        ChannelId other = alice.create("other");
        bob.cut();
        alice.add(other, bob);
        alice.send(other, "erased");
        alice.remove(other, bob);
        alice.send(other, "without him");
        bob.reconnect();
        village.pass(60_000);
        assertThat(bob.texts(other)).containsExactly("erased");
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(command, other));
        village.settle();
        assertThat(bob.outcome(command)).isInstanceOf(Outcome.Done.class);
        alice.add(other, bob);
        alice.send(other, "anew");
        village.pass(60_000);
        assertThat(bob.texts(other)).containsExactly("anew");
        bob.send(other, "back");
        village.pass(60_000);
        assertThat(alice.texts(other)).containsExactly("erased", "without him", "anew", "back");
    }

    private long timesAskedForHandshakes() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.FETCH_HANDSHAKES::equals)
                .count();
    }

    @Test
    @DisplayName("is looked through once for a leaf that is not there, and not at each login")
    void lookedThroughOnce() {
        removedWhileAway();
        forget();
        long before = timesAskedForHandshakes();
        bob.dropConnection();
        village.pass(60_000);
        long asked = timesAskedForHandshakes();
        assertThat(asked).isGreaterThan(before);
        bob.dropConnection();
        village.pass(60_000);
        assertThat(timesAskedForHandshakes()).isEqualTo(asked);
        assertThat(isThere()).isFalse();
        assertThat(bob.store.size(DeviceTable.REPLAY)).isZero();
        addedAgain();
    }

    @Test
    @DisplayName(
            "is looked through again where a false end of its log was named once, and then the true one, which lies before that")
    void falseEnd() {
        removed();
        forget();
        bob.cut();
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.settle();
        village.server.tamper = frame -> frame.hasLoggedIn()
                ? frame.toBuilder()
                        .setLoggedIn(frame.getLoggedIn().toBuilder()
                                .clearChannels()
                                .addChannels(ChannelState.newBuilder()
                                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                                        .setSeq(1L << 62)
                                        .setNextDeviceSeq(1)))
                        .build()
                : frame;
        bob.reconnect();
        village.pass(1_000);
        village.server.tamper = frame -> frame;
        bob.cut();
        alice.add(channel, bob);
        // A later state of bob's has used it up, and the keys with it.
        atServer().welcomes.clear();
        bob.store.clear(DeviceTable.KEY_PACKAGE);
        bob.reconnect();
        village.pass(60_000);
        requireMembership(Membership.MEMBER);
        alice.send(channel, "anew");
        assertThat(bob.texts(channel)).containsExactly("anew");
    }

    @Test
    @DisplayName(
            "is not entered by what was before the place up to which it was read, whatever its server says is the log's end")
    void saidToBeIn() {
        removedWhileAway();
        forget();
        village.server.tamper = frame -> frame.hasLoggedIn()
                ? frame.toBuilder()
                        .setLoggedIn(frame.getLoggedIn().toBuilder()
                                .clearChannels()
                                .addChannels(ChannelState.newBuilder()
                                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                                        .setSeq(readThrough + 1)
                                        .setNextDeviceSeq(1)))
                        .build()
                : frame;
        village.server.handshakes = (device, asked) ->
                log().handshakes(asked.getAfterSeq(), Math.min(asked.getThroughSeq(), readThrough), 100);
        bob.dropConnection();
        village.pass(60_000);
        assertThat(isThere()).isFalse();
        assertThat(bob.events(ClientEvent.ChannelJoined.class)).hasSize(1);
    }

    /** Alice's device as it was then, and with it a hub whose log goes on from there otherwise, removes and adds bob. */
    private void anotherLogFrom(long seq, MemoryStore aliceThen) {
        bob.cut();
        alice.stop();
        FakeChannel fork = log().again(seq);
        village.server.channels.put(channel, fork);
        village.server.forgetsCounts = true;
        alice.store = aliceThen;
        alice.start();
        village.pass(1_000);
        for (int i = 0; fork.position.seq() <= readThrough + 5; i++) {
            alice.send(channel, "in another log " + i);
        }
        alice.remove(channel, bob);
        alice.add(channel, bob);
        village.pass(1_000);
        assertThat(fork.roster().members()).hasSize(2);
        assertThat(atServer().welcomes).hasSize(1);
        bob.reconnect();
        village.pass(60_000);
    }

    private void requireRefused() {
        assertThat(isThere()).isFalse();
        assertThat(bob.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(told -> assertThat(told.refusal().code()).isEqualTo(RefusalCode.UNPROVEN_WELCOME));
    }

    @Test
    @DisplayName("is not entered in a log that goes on otherwise before the entry that removed it")
    void logWithoutTheRemoval() {
        MemoryStore aliceThen = alice.store.copy();
        removed();
        forget();
        anotherLogFrom(readThrough, aliceThen);
        requireRefused();
    }

    @Test
    @DisplayName(
            "is not entered in a log either in which the group was another where it had read, if no head covered its removal")
    void logWithAnotherGroup() {
        removedWhileAway();
        forget();
        anotherLogFrom(seqBefore, aliceBefore);
        requireRefused();
    }

    @Test
    @DisplayName("is remembered as it was before where it is forgotten once more, after an entry that no head covered")
    void forgottenTwice() {
        WaitingWelcome old = welcomes.get(welcomes.size() - 1);
        removed();
        forget();
        village.server.between = Optional.of(new WithoutHeads(bob));
        alice.add(channel, bob);
        village.settle();
        requireMembership(Membership.MEMBER);
        removed();
        assertThat(bob.engine().channel(channel).orElseThrow().seq()).isZero();
        forget();
        atServer().welcomes.clear();
        atServer().welcomes.add(old);
        bob.receive(ServerFrame.newBuilder()
                .setWelcomes(Welcomes.newBuilder().addWelcomes(old))
                .build());
        village.pass(60_000);
        assertThat(isThere()).isFalse();
    }
}
