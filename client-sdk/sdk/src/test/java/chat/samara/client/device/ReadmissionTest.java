package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device whose server was restored from a copy that is older than the device")
class ReadmissionTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(47);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private DeviceId before;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
        before = account(alice).device();
    }

    private static Account account(Resident resident) {
        return resident.engine().account().orElseThrow();
    }

    private FakeServer.FakeDevice atServer(DeviceId device) {
        return Optional.ofNullable(village.server.devices.get(device)).orElseThrow();
    }

    /** The server is back, without the devices. */
    private void restoreServerWithout(DeviceId... lost) {
        alice.cut();
        for (DeviceId device : lost) {
            village.server.devices.remove(device);
        }
        village.server.log.clear();
        alice.reconnect();
    }

    private Outcome join(InviteLink invite) {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.Join(command, invite, "alice"));
        village.settle();
        return alice.outcome(command);
    }

    private Optional<Refusal> problem() {
        List<Refusal> problems = new ArrayList<>();
        alice.events.forEach(event -> {
            if (event instanceof ClientEvent.ConnectionChanged changed) {
                changed.problem().ifPresent(problems::add);
            }
        });
        return problems.isEmpty() ? Optional.empty() : Optional.of(problems.get(problems.size() - 1));
    }

    private void assertTheyTalk() {
        alice.send(channel, "alice now");
        bob.send(channel, "bob now");
        village.pass(A_WHILE_MILLIS);
        for (Resident each : List.of(alice, bob)) {
            assertThat(each.texts(channel)).as(each.name).containsOnlyOnce("before", "alice now", "bob now");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
        }
    }

    @Test
    @DisplayName("is not let in, and says what may have happened")
    void saysWhy() {
        restoreServerWithout(before);
        assertThat(problem().orElseThrow().code()).isEqualTo(RefusalCode.LOGIN_FAILED);
        assertThat(problem().orElseThrow().sentence())
                .contains("does not know this device of alice@", "restored from a copy that is older");
    }

    @Test
    @DisplayName("opens its account anew with an invite: the same device under the same identity key, and talks on")
    void registersAgain() {
        Bytes identityKey = account(alice).identityKey();
        restoreServerWithout(before);
        Outcome outcome = join(village.server.invite());
        assertThat(outcome).isEqualTo(new Outcome.Joined(alice.user()));
        assertThat(village.server.devices).containsKey(before);
        assertThat(account(alice).device()).isEqualTo(before);
        assertThat(account(alice).identityKey()).isEqualTo(identityKey);
        assertThat(atServer(before).keyPackagesLeft()).isPositive();
        assertTheyTalk();
    }

    @Test
    @DisplayName("has not joined again before the server says so")
    void joinsOnlyByTheServersWord() {
        restoreServerWithout(before);
        village.server.invitesAreValid = false;
        assertThat(join(village.server.invite()))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.INVITE_INVALID));
        village.server.invitesAreValid = true;
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(village.server.devices)
                .as("an invite that was refused is not shown again")
                .doesNotContainKey(before);
        assertThat(join(village.server.invite())).isEqualTo(new Outcome.Joined(alice.user()));
        assertTheyTalk();
    }

    @Test
    @DisplayName("does not join again while the server is away, but as soon as it is back")
    void joinsWhenTheServerIsBack() {
        alice.cut();
        village.server.devices.remove(before);
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.Join(command, village.server.invite(), "alice"));
        village.settle();
        assertThat(alice.outcomes).doesNotContainKey(command);
        alice.stop();
        alice.start();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(village.server.devices).containsKey(before);
        assertTheyTalk();
    }

    @Test
    @DisplayName("shows its account to no other server, whatever the invite says")
    void refusesAnotherServersInvite() {
        restoreServerWithout(before);
        InviteLink own = village.server.invite();
        byte[] other = own.rootKey().toByteArray();
        other[0] ^= 1;
        assertThat(join(new InviteLink(own.addresses(), own.server(), Bytes.of(other), own.token())))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.WRONG_ROOT_KEY));
        assertThat(village.server.devices).doesNotContainKey(before);
    }

    @Test
    @DisplayName("takes the place of the device that it was before, if the server knows that one, without an invite")
    void takesItsFormerPlace() {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "said later");
        village.pass(1_000);
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
        village.pass(A_WHILE_MILLIS);
        DeviceId renewed = account(alice).device();
        assertThat(renewed).isNotEqualTo(before);

        List<long[]> readable =
                List.copyOf(village.server.channel(channel).readable.get(renewed));
        atServer(before).replacedBy = Optional.empty();
        restoreServerWithout(renewed);
        village.server.channel(channel).readable.put(renewed, new ArrayList<>(readable));

        assertThat(atServer(before).replacedBy).contains(renewed);
        assertThat(account(alice).device()).isEqualTo(renewed);
        alice.cut();
        alice.reconnect();
        assertTheyTalk();
    }

    /** An honest renewal: the profile is put back from a copy. Returns the device that it was before. */
    private DeviceId renew() {
        DeviceId former = account(alice).device();
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "said later");
        village.pass(1_000);
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
        village.pass(Limits.RENEWAL_BY_COUNT_MILLIS + A_WHILE_MILLIS);
        assertThat(account(alice).device()).isNotEqualTo(former);
        return former;
    }

    /** To the next so many logins its server answers what is not true. */
    private void answerLogins(int count, chat.samara.wire.Refusal falsely) {
        int[] left = {count};
        village.server.tamper = frame -> frame.hasLoggedIn() && left[0]-- > 0
                ? frame.toBuilder().setError(falsely.toProto()).build()
                : frame;
    }

    private static chat.samara.wire.Refusal replacedBy(DeviceId by) {
        return new chat.samara.wire.Refusal(
                ErrorCode.DEVICE_REPLACED, "another goes on", by.bytes().hex(), 0, 0);
    }

    @Test
    @DisplayName("is no copy of itself: told that a device goes on which it was itself, it tries again")
    void isNoCopyOfItself() {
        renew();
        renew();
        // Then it asks for the place of the oldest, and an honest server says by which of its own that was taken.
        answerLogins(2, chat.samara.wire.Refusal.of(ErrorCode.LOGIN_FAILED, "who?"));
        alice.dropConnection();
        alice.reconnect();
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.DeviceReplaced.class)).isEmpty();
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "is no copy of itself either when it is to take its own former place, as a version before this one has noted it")
    void takesOverFromItself() {
        DeviceId former = renew();
        DeviceId present = account(alice).device();
        alice.stop();
        OwnIdentity stayingAway = OwnIdentity.of(
                        alice.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow())
                .replaced(former, village.now);
        alice.store.put(DeviceTable.ACCOUNT, Keys.ACCOUNT, stayingAway.row().toByteArray());
        alice.start();
        village.pass(A_WHILE_MILLIS);
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeOver(command));
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(alice.outcome(command)).isEqualTo(new Outcome.Done());
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        assertThat(account(alice).device()).isNotEqualTo(present);
        assertTheyTalk();
    }

    @Test
    @DisplayName("that stays away on its server's word is back after one take-over, in the same process")
    void takesOverAtOnce() {
        renew();
        DeviceId other = OwnIdentity.make(alice.user(), village.server.invite(), village.random())
                .device();
        int[] left = {2};
        village.server.tamper = frame -> frame.hasLoggedIn() && left[0] > 0
                ? frame.toBuilder()
                        .setError((left[0]-- == 2
                                        ? chat.samara.wire.Refusal.of(ErrorCode.LOGIN_FAILED, "who?")
                                        : replacedBy(other))
                                .toProto())
                        .build()
                : frame;
        alice.dropConnection();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.DeviceReplaced.class)).hasSize(1);
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeOver(command));
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        assertTheyTalk();
    }
}
