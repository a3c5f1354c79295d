package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.FakeServer.FakeDevice;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredAccount;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device's KeyPackages")
class KeyPackageRenewalTest {
    private static final int SUITE = 1;
    private static final long HOUR = 60L * 60 * 1000;
    private static final long DAY = 24 * HOUR;

    private final Village village = new Village(33);
    private Resident alice;
    private Resident bob;

    @BeforeEach
    void join() {
        alice = village.join("alice");
        bob = village.join("bob");
    }

    private FakeDevice atServer(Resident resident) {
        return village.server.devices.values().stream()
                .filter(device -> device.user.equals(resident.user()))
                .findFirst()
                .orElseThrow();
    }

    private Set<ByteString> published(Resident resident) {
        Set<ByteString> all = new HashSet<>();
        atServer(resident).keyPackages.values().forEach(all::addAll);
        all.addAll(atServer(resident).lastResort.values());
        return all;
    }

    /** Off, the days pass, on again. */
    private void backAfter(Resident resident, long days) {
        resident.stop();
        village.now += days * DAY;
        resident.start();
        village.settle();
    }

    private static Set<Bytes> keptRefs(Resident resident) {
        Set<Bytes> refs = new HashSet<>();
        resident.store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> refs.add(ref));
        return refs;
    }

    @Test
    @DisplayName("are all replaced at the first login after half of their lifetime, and not before")
    void replacedAtLogin() {
        Set<ByteString> first = published(bob);
        assertThat(first).hasSize(3 + 2 + 2);

        backAfter(bob, 44);
        assertThat(published(bob)).isEqualTo(first);
        backAfter(bob, 2);
        assertThat(published(bob)).hasSize(3 + 2 + 2).doesNotContainAnyElementsOf(first);
        Set<ByteString> second = published(bob);
        backAfter(bob, 30);
        assertThat(published(bob)).isEqualTo(second);
    }

    @Test
    @DisplayName("are replaced by a timer while the device stays online")
    void replacedWhileOnline() {
        alice.stop();
        Set<ByteString> first = published(bob);
        village.pass(44 * DAY);
        assertThat(published(bob)).isEqualTo(first);
        village.pass(2 * DAY);
        assertThat(published(bob)).hasSize(3 + 2 + 2).doesNotContainAnyElementsOf(first);
        assertThat(bob.events(ClientEvent.CaughtUp.class)).as("in one session").hasSize(1);
    }

    @Test
    @DisplayName("open a Welcome that waited until they had long expired")
    void lateWelcome() {
        bob.stop();
        backAfter(alice, 80);
        ChannelId channel = alice.create("late");
        alice.add(channel, bob);
        // So that the server is short of them, too, when he comes back.
        alice.add(alice.create("second"), bob);
        village.pass(1_000);
        alice.send(channel, "you will read this in autumn");
        alice.stop();

        village.now += 70 * DAY;
        bob.start();
        village.settle();

        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.texts(channel)).containsExactly("you will read this in autumn");
    }

    @Test
    @DisplayName("that were claimed and have expired before the first commit are claimed anew")
    void expiredBeforeTheCommit() {
        ChannelId channel = alice.create("late");
        alice.cut();
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.AddMember(command, channel, bob.user()));
        alice.stop();
        ByteString claimed = atServer(bob).take(SUITE).orElseThrow();
        Map<Bytes, StoredIntent> intents = new HashMap<>();
        alice.store.scan(DeviceTable.INTENT, Keys.FIRST, Keys.LAST, (key, row) -> {
            intents.put(key, Stored.parse(StoredIntent.parser(), row));
            return true;
        });
        assertThat(intents).hasSize(1);
        intents.forEach((key, intent) -> alice.store.put(
                DeviceTable.INTENT,
                key,
                intent.toBuilder().addKeyPackages(claimed).build().toByteArray()));

        backAfter(bob, 100);
        alice.cutOff = false;
        alice.start();
        village.pass(60_000);

        assertThat(alice.events(ClientEvent.ChangeSettled.class))
                .singleElement()
                .satisfies(settled -> assertThat(settled.refusal()).isEmpty());
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    @Test
    @DisplayName("are erased when no Welcome for them can come any more")
    void erased() {
        Set<Bytes> first = keptRefs(bob);
        backAfter(bob, 60);
        backAfter(bob, 59);
        assertThat(keptRefs(bob)).containsAll(first);
        backAfter(bob, 60);
        assertThat(keptRefs(bob)).doesNotContainAnyElementsOf(first).isNotEmpty();
    }

    @Test
    @DisplayName("of last resort are replaced at once if their private keys are not here, whatever the account says")
    void lostLastResort() {
        ByteString before = atServer(bob).lastResort.get(SUITE);
        bob.stop();
        bob.store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> {
            if (Stored.parse(StoredKeyPackage.parser(), row).getLastResort()) {
                bob.store.commit(List.of(new DeviceStore.Write.Delete(DeviceTable.KEY_PACKAGE, ref)));
                return false;
            }
            return true;
        });
        Set<ByteString> gone = Set.copyOf(atServer(bob).lastResort.values());
        bob.start();
        village.settle();
        assertThat(Set.copyOf(atServer(bob).lastResort.values())).isNotEqualTo(gone);
        assertThat(before).isNotNull();
        alice.stop();
        Resident carol = village.join("carol");
        atServer(bob).keyPackages.clear();
        ChannelId channel = carol.create("last resort");
        carol.add(channel, bob);
        village.pass(1_000);
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }

    @Test
    @DisplayName(
            "of a profile from before there were renewals are replaced at its first login, but for young ones of last"
                    + " resort")
    void oldProfile() {
        Set<ByteString> first = published(bob);
        first.removeAll(atServer(bob).lastResort.values());
        bob.stop();
        StoredAccount account = Stored.parse(
                StoredAccount.parser(),
                bob.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        bob.store.put(
                DeviceTable.ACCOUNT,
                Keys.ACCOUNT,
                account.toBuilder().clearSupplies().build().toByteArray());
        bob.start();
        village.settle();
        assertThat(published(bob)).hasSize(3 + 2 + 2).doesNotContainAnyElementsOf(first);
    }

    @Test
    @DisplayName("that the server says it refuses, and hands out all the same, let their member in")
    void refusedAndHandedOut() {
        Set<ByteString> first = published(bob);
        village.server.refusesFalsely = true;
        village.server.tamper = frame -> frame.hasKeyPackagesStored()
                ? frame.toBuilder()
                        .setError(Refusal.of(ErrorCode.INTERNAL, "a lie").toProto())
                        .build()
                : frame;
        alice.stop();
        backAfter(bob, 46);
        assertThat(published(bob)).doesNotContainAnyElementsOf(first);
        village.server.tamper = frame -> frame;
        alice.start();
        village.settle();

        ChannelId channel = alice.create("spring");
        alice.add(channel, bob);
        village.pass(1_000);
        alice.send(channel, "in all the same");
        village.pass(1_000);
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(bob.texts(channel)).containsExactly("in all the same");
    }

    @Test
    @DisplayName(
            "that the server says a hundred times that it refuses, and that it handed out the first time, let their"
                    + " member in")
    void refusedForLongAndHandedOut() {
        bob.stop();
        alice.stop();
        village.server.refusesFalsely = true;
        village.server.tamper = frame -> {
            if (frame.hasWelcomes()) {
                return frame.toBuilder()
                        .setWelcomes(Welcomes.getDefaultInstance())
                        .build();
            }
            return frame.hasKeyPackagesStored()
                    ? frame.toBuilder()
                            .setError(Refusal.of(ErrorCode.INTERNAL, "a lie").toProto())
                            .build()
                    : frame;
        };
        backAfter(bob, 46);
        bob.cut();
        alice.start();
        village.settle();
        ChannelId channel = alice.create("spring");
        alice.add(channel, bob);
        alice.send(channel, "in all the same");
        // From now on it takes nothing any more.
        village.server.check = (device, frame) -> frame.hasPublishKeyPackages()
                ? Optional.of(Refusal.of(ErrorCode.DISK_FULL, "no room"))
                : Optional.empty();
        alice.stop();
        village.server.tamper = this::withoutChannels;
        for (int i = 0; i < 100; i++) {
            bob.reconnect();
            bob.cut();
        }
        village.server.tamper = frame -> frame;
        village.server.check = (device, frame) -> Optional.empty();
        bob.reconnect();
        village.pass(60_000);
        assertThat(bob.events(ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(bob.texts(channel)).containsExactly("in all the same");
    }

    /** As if the device had nothing at this server. */
    private ServerFrame withoutChannels(ServerFrame frame) {
        if (frame.hasWelcomes()) {
            return frame.toBuilder().setWelcomes(Welcomes.getDefaultInstance()).build();
        }
        return frame.hasLoggedIn()
                ? frame.toBuilder()
                        .setLoggedIn(
                                frame.getLoggedIn().toBuilder().clearChannels().setWelcomesWaiting(0))
                        .build()
                : frame;
    }

    @Test
    @DisplayName("that the server refuses again and again are offered again for a day, and push out none that it took")
    void refusedForDays() {
        alice.stop();
        Set<Bytes> kept = keptRefs(bob);
        village.server.check = (device, frame) -> frame.hasPublishKeyPackages()
                ? Optional.of(Refusal.of(ErrorCode.DISK_FULL, "no room"))
                : Optional.empty();
        bob.stop();
        village.now += 46 * DAY;
        for (int day = 1; day <= 5; day++) {
            for (int i = 0; i < 50; i++) {
                bob.start();
                village.settle();
                bob.stop();
            }
            assertThat(keptRefs(bob)).as("on day %d", day).containsAll(kept).hasSize(kept.size() + day * kept.size());
            village.now += DAY;
        }
        village.server.check = (device, frame) -> Optional.empty();
        bob.start();
        village.settle();
        assertThat(published(bob)).hasSize(3 + 2 + 2);
    }

    @Test
    @DisplayName(
            "of last resort that the server says it lacks are offered again as they are, as long as they are not old")
    void lastResortOfferedAgain() {
        alice.stop();
        Map<Integer, ByteString> before = Map.copyOf(atServer(bob).lastResort);
        Set<Bytes> kept = keptRefs(bob);
        for (int i = 0; i < 100; i++) {
            bob.stop();
            atServer(bob).lastResort.clear();
            bob.start();
            village.settle();
        }
        assertThat(atServer(bob).lastResort).isEqualTo(before);
        assertThat(keptRefs(bob)).isEqualTo(kept);
        backAfter(bob, 46);
        assertThat(atServer(bob).lastResort.values()).doesNotContainAnyElementsOf(before.values());
    }

    @Test
    @DisplayName("that the server refuses are tried again after an hour")
    void refusedRenewal() {
        alice.stop();
        Set<ByteString> first = published(bob);
        List<Long> tries = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasPublishKeyPackages()) {
                tries.add(village.now);
                return Optional.of(Refusal.of(ErrorCode.DISK_FULL, "no room"));
            }
            return Optional.empty();
        };
        village.pass(45 * DAY + HOUR / 2);
        assertThat(tries).isNotEmpty();
        int before = tries.size();
        village.pass(HOUR);
        assertThat(tries).hasSize(2 * before);
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(HOUR);
        assertThat(published(bob)).doesNotContainAnyElementsOf(first);
    }

    @Test
    @DisplayName("are kept by a device whose clock is years ahead for a while")
    void wrongClock() {
        Set<Bytes> kept = keptRefs(bob);
        village.server.check = (device, frame) -> frame.hasPublishKeyPackages()
                ? Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "not valid yet"))
                : Optional.empty();
        bob.wallAheadMillis = 5 * 365 * DAY;
        backAfter(bob, 1);
        assertThat(keptRefs(bob)).containsAll(kept);
        bob.wallAheadMillis = 0;
        village.server.check = (device, frame) -> Optional.empty();
        backAfter(bob, 1);
        assertThat(keptRefs(bob)).containsAll(kept);
    }
}
