package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.KeyPackagesLow;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Welcomes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Lies of an own server about what it alone can know: how many Welcomes wait, how many KeyPackages are left, how long a log is. It may hold
 * everything up as long as it lies; afterwards the device is where an honest server would have had it.
 */
@DisplayName("When its own server has stopped lying, a device")
class LiesThatEndTest {
    private static final long A_WHILE_MILLIS = 60_000;
    private static final String PLAN = "meet at five, not at six";

    private final Village village = new Village(31);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
    }

    private void restore(MemoryStore copy) {
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
    }

    private void newSession() {
        alice.dropConnection();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
    }

    /** From now on the server's answer to a login is another. */
    private void lieAtLogin(Consumer<LoggedIn.Builder> lie) {
        village.server.tamper = frame -> {
            if (!frame.hasLoggedIn()) {
                return frame;
            }
            LoggedIn.Builder answer = frame.getLoggedIn().toBuilder();
            lie.accept(answer);
            return frame.toBuilder().setLoggedIn(answer).build();
        };
    }

    private void tellTheTruth() {
        village.server.tamper = frame -> frame;
        village.server.handshakes = village.server::trueHandshakes;
        village.server.check = (device, frame) -> Optional.empty();
        village.server.countsTooMuch = false;
    }

    private static boolean is(ChannelId channel, chat.samara.wire.proto.ChannelState state) {
        return state.getChannelId().equals(Stored.bytes(channel.bytes()));
    }

    private Membership membership(ChannelId of) {
        return alice.engine().channel(of).orElseThrow().membership();
    }

    private void assertTheyTalkIn(ChannelId there) {
        alice.send(there, "alice now");
        bob.send(there, "bob now");
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(there)).isEqualTo(Membership.MEMBER);
        assertThat(alice.texts(there)).containsOnlyOnce("alice now", "bob now");
        assertThat(bob.texts(there)).containsOnlyOnce("alice now", "bob now");
    }

    @Test
    @DisplayName("has read everything since it was added, though no Welcome was said to wait")
    void noWelcomeWaits() {
        ChannelId other = bob.create("other");
        alice.stop();
        bob.add(other, alice);
        bob.send(other, PLAN);
        lieAtLogin(answer -> answer.setWelcomesWaiting(0));
        alice.start();
        village.pass(A_WHILE_MILLIS);
        tellTheTruth();
        newSession();
        assertThat(alice.texts(other)).containsExactly(PLAN);
        assertThat(alice.history(other)).noneMatch(message -> message.body() instanceof MessageBody.Unreadable);
        assertThat(alice.events(ClientEvent.DeviceRenewed.class)).isEmpty();
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("has read also what a commit of somebody else lies between, and the Welcome's keys are gone")
    void noWelcomeWaitsAndEpochsPass() {
        ChannelId other = bob.create("other");
        int keys = alice.store.size(DeviceTable.KEY_PACKAGE);
        alice.stop();
        bob.add(other, alice);
        bob.send(other, "one");
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), other));
        village.settle();
        bob.send(other, "two");
        lieAtLogin(answer -> answer.setWelcomesWaiting(0));
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(other)).containsExactly("one", "two");
        assertThat(alice.store.size(DeviceTable.KEY_PACKAGE)).isLessThan(keys);
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("is in a channel whose last handshakes were once left out, as if there were none")
    void handshakesLeftOut() {
        MemoryStore copy = alice.store.copy();
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        bob.send(other, "good");
        village.pass(1_000);
        village.server.handshakes = (device, asked) -> {
            Handshakes truth = village.server.trueHandshakes(device, asked);
            Handshakes.Builder lie = truth.toBuilder().clearEntries();
            truth.getEntriesList().stream()
                    .limit(asked.getAfterSeq() == 0 ? 1 : 0)
                    .forEach(lie::addEntries);
            return lie.setMore(false).build();
        };
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(other)).isEmpty();
        tellTheTruth();
        newSession();
        assertThat(alice.texts(other)).containsExactly("good");
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("is in a channel of which a shorter log was once named, so that it left")
    void shorterLog() {
        MemoryStore copy = alice.store.copy();
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        village.pass(1_000);
        village.server.tamper = frame -> frame.hasEntries()
                        && frame.getEntries().getChannelId().equals(Stored.bytes(other.bytes()))
                ? frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead().clearEntries())
                        .build()
                : frame;
        restore(copy);
        village.pass(1_000);
        lieAtLogin(answer -> answer.getChannelsBuilderList().stream()
                .filter(state -> is(other, state.build()))
                .forEach(state -> state.setSeq(1)));
        newSession();
        assertThat(membership(other)).isEqualTo(Membership.REMOVED);
        tellTheTruth();
        newSession();
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("has the keys for a Welcome still that was withheld while its key was changed by a false count")
    void keysOfAFormerDeviceKey() {
        ChannelId other = bob.create("other");
        alice.stop();
        bob.add(other, alice);
        bob.send(other, PLAN);
        village.server.countsTooMuch = true;
        lieAtLogin(answer -> {
            answer.setWelcomesWaiting(0);
            for (int i = answer.getChannelsCount() - 1; i >= 0; i--) {
                if (is(other, answer.getChannels(i))) {
                    answer.removeChannels(i);
                }
            }
        });
        alice.start();
        village.pass(A_WHILE_MILLIS);
        newSession();
        tellTheTruth();
        newSession();
        assertThat(alice.texts(other)).containsExactly(PLAN);
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("has the keys for a Welcome still that was withheld while a false KeyPackage of last resort was named"
            + " forty times")
    void keysOfALastResort() {
        alice.stop();
        ChannelId other = bob.create("other 0");
        for (int i = 1; i < 5; i++) {
            bob.add(other, alice);
            other = bob.create("other " + i);
        }
        bob.add(other, alice);
        bob.send(other, PLAN);
        village.server.tamper = frame -> frame.hasWelcomes()
                ? frame.toBuilder().setWelcomes(Welcomes.getDefaultInstance()).build()
                : frame;
        alice.start();
        village.pass(A_WHILE_MILLIS);
        int keys = alice.store.size(DeviceTable.KEY_PACKAGE);
        for (int i = 0; i < 40; i++) {
            alice.receive(ServerFrame.newBuilder()
                    .setKeyPackagesLow(KeyPackagesLow.newBuilder()
                            .setKeyPackagesLeft(3)
                            .addKeyPackages(KeyPackageCount.newBuilder()
                                    .setCipherSuite(1)
                                    .setLeft(3)
                                    .setLastResortRef(Stored.bytes(Bytes.of(new byte[32])))))
                    .build());
            village.pass(1_000);
        }
        assertThat(alice.store.size(DeviceTable.KEY_PACKAGE)).isLessThan(keys + 10);
        tellTheTruth();
        newSession();
        assertThat(alice.texts(other)).containsExactly(PLAN);
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName("has the keys for a Welcome still that was withheld while none was said to be left, over and over")
    void keysOfAOneTimeKeyPackage() {
        ChannelId other = bob.create("other");
        alice.stop();
        bob.add(other, alice);
        bob.send(other, PLAN);
        lieAtLogin(answer -> answer.clearChannels().setWelcomesWaiting(0));
        // What it made at such words before.
        List<byte[]> rows = new ArrayList<>();
        alice.store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> rows.add(row));
        byte[] later = Stored.parse(StoredKeyPackage.parser(), rows.get(0)).toBuilder()
                .setLastResort(false)
                .setMadeMillis(village.now + 1)
                .build()
                .toByteArray();
        for (int i = 0; i < Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX; i++) {
            alice.store.put(
                    DeviceTable.KEY_PACKAGE,
                    Bytes.wrapUnsafe(ByteBuffer.allocate(32).putInt(i).array()),
                    later);
        }
        int keys = alice.store.size(DeviceTable.KEY_PACKAGE);
        village.now += 3L * 24 * 60 * 60 * 1000;
        alice.start();
        village.settle();
        for (int i = 0; i < 100; i++) {
            alice.receive(ServerFrame.newBuilder()
                    .setKeyPackagesLow(KeyPackagesLow.newBuilder()
                            .addKeyPackages(KeyPackageCount.newBuilder()
                                    .setCipherSuite(1)
                                    .setLeft(0)))
                    .build());
        }
        assertThat(alice.store.size(DeviceTable.KEY_PACKAGE))
                .isLessThanOrEqualTo(keys + Limits.KEY_PACKAGES_MADE_PER_DAY_MAX + 3);
        tellTheTruth();
        newSession();
        assertThat(alice.texts(other)).containsExactly(PLAN);
        assertTheyTalkIn(other);
    }

    @Test
    @DisplayName(
            "has read what was said while a false count had taken its place, and its return was withheld for a day")
    void falseCount() {
        village.server.countsTooMuch = true;
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && frame.getSubmit().getKind() == RecordKind.COMMIT
                        && alice.engine().account().orElseThrow().device().equals(device)
                ? Optional.of(Refusal.of(ErrorCode.LIMIT_REACHED, "later"))
                : Optional.empty();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.pass(A_WHILE_MILLIS);
        bob.send(channel, PLAN);
        village.pass(24L * 60 * 60 * 1000);
        tellTheTruth();
        newSession();
        assertThat(alice.texts(channel)).contains(PLAN);
        village.pass(2 * Limits.RETURN_BACK_OFF_MILLIS_MAX);
        assertTheyTalkIn(channel);
    }
}
