package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Welcomes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A device whose store was set back")
class RolledBackTest {
    private static final long A_WHILE_MILLIS = 60_000;

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

    private DeviceId device(Resident resident) {
        return resident.engine().account().orElseThrow().device();
    }

    private Membership membership(Resident resident) {
        return resident.engine().channel(channel).orElseThrow().membership();
    }

    /** Alice's store is put back to a copy, and she starts anew. */
    private void restore(MemoryStore copy) {
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
    }

    /** Alice says something, is put back to before that, and has a while to find out. */
    private void restoreBehind(String text) {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, text);
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
    }

    private <E extends ClientEvent> List<E> told(Resident resident, Class<E> kind) {
        return resident.events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private void assertTheyTalk() {
        alice.send(channel, "alice now");
        bob.send(channel, "bob now");
        village.pass(1_000);
        for (Resident each : List.of(alice, bob)) {
            assertThat(membership(each)).as(each.name).isEqualTo(Membership.MEMBER);
            assertThat(each.texts(channel)).as(each.name).containsOnlyOnce("alice now", "bob now");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
        }
    }

    private List<MessageBody.Unreadable> unreadable(Resident resident) {
        return resident.history(channel).stream()
                .filter(message -> message.body() instanceof MessageBody.Unreadable)
                .map(message -> (MessageBody.Unreadable) message.body())
                .toList();
    }

    @Test
    @DisplayName("goes on under a new device key, and whatever it says is read by everybody")
    void goesOn() {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "one");
        alice.send(channel, "two");
        village.pass(1_000);
        DeviceId before = device(alice);
        restore(copy);
        alice.send(channel, "three");
        alice.send(channel, "four");
        village.pass(A_WHILE_MILLIS);
        assertThat(device(alice)).isNotEqualTo(before);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class)).hasSize(1);
        assertThat(told(alice, ClientEvent.DeviceRenewed.class))
                .containsExactly(new ClientEvent.DeviceRenewed(before, device(alice)));
        assertThat(bob.texts(channel)).containsExactly("before", "one", "two", "three", "four");
        assertThat(unreadable(bob)).isEmpty();
        assertTheyTalk();
    }

    @Test
    @DisplayName("seals nothing under the old key, not even what was composed off line")
    void composedOffline() {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "one");
        village.pass(1_000);
        alice.stop();
        alice.store = copy;
        alice.cutOff = true;
        alice.start();
        alice.send(channel, "said off line");
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("before", "one", "said off line");
        assertThat(unreadable(bob)).isEmpty();
        assertThat(alice.texts(channel)).containsOnlyOnce("said off line");
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "changes its key no more than once a day by the server's count alone, also where the clock was set back"
                    + " since")
    void clockSetBack() {
        village.server.countsTooMuch = true;
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        alice.wallAheadMillis = -10L * 24 * 60 * 60 * 1000;
        for (int i = 0; i < 5; i++) {
            alice.dropConnection();
            village.pass(A_WHILE_MILLIS);
        }
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "keeps some of the keys that it has given up: the oldest go first, and the channels go on in which its group is of one of these")
    void formerKeysAreBounded() {
        village.server.check = (device, frame) -> frame.hasSubmit()
                ? Optional.of(chat.samara.wire.Refusal.of(ErrorCode.LIMIT_REACHED, "later"))
                : Optional.empty();
        village.server.countsTooMuch = true;
        for (int i = 0; i < Limits.FORMER_KEYS_KEPT + 3; i++) {
            village.now += Limits.RENEWAL_BY_COUNT_MILLIS;
            alice.dropConnection();
            village.pass(A_WHILE_MILLIS);
        }
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(Limits.FORMER_KEYS_KEPT + 3);
        OwnIdentity own = OwnIdentity.of(
                alice.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        assertThat(own.deviceKeys()).hasSize(1 + Limits.FORMER_KEYS_KEPT);
        assertThat(own.isOwn(told(alice, ClientEvent.DeviceRenewed.class).get(0).before()))
                .as("the oldest")
                .isFalse();
        assertThat(membership(alice)).isEqualTo(Membership.RETURNING);
        alice.stop();
        village.server.check = (device, frame) -> Optional.empty();
        village.server.countsTooMuch = false;
        alice.start();
        village.pass(2 * Limits.RETURN_BACK_OFF_MILLIS_MAX);
        assertTheyTalk();
    }

    @Test
    @DisplayName("is noticed by an own message in the log even where the server does not count")
    void noticedByMessage() {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "one");
        village.pass(1_000);
        village.server.forgetsCounts = true;
        restore(copy);
        alice.send(channel, "two");
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.UNKNOWN_MESSAGE));
        assertThat(bob.texts(channel)).containsExactly("before", "one", "two");
        assertTheyTalk();
    }

    @Test
    @DisplayName("is noticed by an own commit in the log")
    void noticedByCommit() {
        Resident carol = village.join("carol");
        MemoryStore copy = alice.store.copy();
        alice.add(channel, carol);
        village.pass(1_000);
        village.server.forgetsCounts = true;
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.UNKNOWN_COMMIT));
        assertThat(alice.engine().members(channel)).hasSize(3);
        assertTheyTalk();
    }

    @Test
    @DisplayName("can be added to channels afterwards, by KeyPackages of its new key")
    void canBeAdded() {
        restoreBehind("one");
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        village.pass(1_000);
        assertThat(alice.engine().channel(other)).isPresent();
        bob.send(other, "welcome");
        village.pass(1_000);
        assertThat(alice.texts(other)).containsExactly("welcome");
    }

    @Test
    @DisplayName(
            "enters a channel by a Welcome that waited for the device key that it has given up, and speaks there under"
                    + " its new one")
    void waitingWelcome() {
        ChannelId other = bob.create("other");
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "one");
        village.pass(1_000);
        alice.stop();
        bob.add(other, alice);
        bob.send(other, "welcome");
        alice.store = copy;
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertThat(alice.engine().channel(other).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.engine().members(other))
                .filteredOn(member -> member.user().equals(alice.user()))
                .singleElement()
                .satisfies(member -> assertThat(member.devices())
                        .extracting(device -> device.id())
                        .containsExactly(device(alice)));
        alice.send(other, "thank you");
        bob.send(other, "good");
        village.pass(1_000);
        assertThat(bob.texts(other)).containsExactly("welcome", "thank you", "good");
        assertThat(alice.texts(other)).containsExactly("welcome", "thank you", "good");
        assertThat(alice.history(other)).noneMatch(message -> message.body() instanceof MessageBody.Unreadable);
        assertTheyTalk();
    }

    /** Bob and alice talk in it, though alice's state knew nothing of it. */
    private void assertAliceIsBackIn(ChannelId lost) {
        assertThat(alice.engine().channel(lost).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(alice.engine().members(lost))
                .extracting(member -> member.user())
                .containsExactly(alice.user(), bob.user());
        alice.send(lost, "back again");
        bob.send(lost, "good");
        village.pass(1_000);
        assertThat(bob.texts(lost)).endsWith("back again", "good");
        assertThat(alice.texts(lost)).endsWith("back again", "good");
        assertThat(bob.engine().members(lost))
                .filteredOn(member -> member.user().equals(alice.user()))
                .singleElement()
                .satisfies(member -> assertThat(member.devices())
                        .extracting(device -> device.id())
                        .containsExactly(device(alice)));
    }

    @Test
    @DisplayName("is in a channel again that a later state of it had joined, though it knows nothing of that")
    void joinedByALaterState() {
        MemoryStore copy = alice.store.copy();
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        alice.send(other, "thank you");
        bob.send(other, "good");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.SERVER_COUNTS_MORE));
        assertAliceIsBackIn(other);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "is in such a channel also if its server, when the device had just come in, had less of the log for a while")
    void serverForgetsForAWhile() {
        MemoryStore copy = alice.store.copy();
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        village.pass(1_000);
        village.server.tamper = frame -> frame.hasEntries() ? ofNothing(frame) : frame;
        restore(copy);
        village.pass(1_000);
        assertThat(alice.engine().channel(other)).isPresent();
        village.server.tamper = frame -> frame.hasEntries() ? ofNothing(frame) : atItsGenesis(frame, other);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(other).orElseThrow().membership()).isEqualTo(Membership.REMOVED);
        village.server.tamper = frame -> frame;
        alice.dropConnection();
        village.pass(2 * A_WHILE_MILLIS);
        assertAliceIsBackIn(other);
    }

    private static ServerFrame ofNothing(ServerFrame frame) {
        return frame.toBuilder()
                .setEntries(frame.getEntries().toBuilder().clearEntries().clearHead())
                .build();
    }

    private static ServerFrame atItsGenesis(ServerFrame frame, ChannelId channel) {
        ServerFrame.Builder changed = frame.toBuilder();
        if (frame.hasLoggedIn()) {
            changed.getLoggedInBuilder().getChannelsBuilderList().stream()
                    .filter(it -> it.getChannelId().equals(Protobuf.toByteString(channel.bytes())))
                    .forEach(it -> it.setSeq(1));
        }
        return changed.build();
    }

    @Test
    @DisplayName("keeps no private keys by which a later state of it had joined, once it is back")
    void keysOfALaterJoin() {
        MemoryStore copy = alice.store.copy();
        Set<Bytes> used = keyPackages(copy);
        ChannelId other = bob.create("other");
        bob.add(other, alice);
        village.pass(1_000);
        used.removeAll(keyPackages(alice.store));
        assertThat(used).hasSize(1);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class))
                .as("the later state has said nothing")
                .isEmpty();
        assertAliceIsBackIn(other);
        assertThat(keyPackages(alice.store)).doesNotContainAnyElementsOf(used);
    }

    private static Set<Bytes> keyPackages(MemoryStore store) {
        Set<Bytes> refs = new TreeSet<>();
        store.scan(DeviceTable.KEY_PACKAGE, Keys.FIRST, Keys.LAST, (ref, row) -> refs.add(ref));
        return refs;
    }

    @Test
    @DisplayName("is in a channel again that a later state of it had made, as its only member")
    void madeByALaterState() {
        MemoryStore copy = alice.store.copy();
        ChannelId own = alice.create("own");
        alice.send(own, "note");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(own).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        alice.add(own, bob);
        village.pass(1_000);
        assertAliceIsBackIn(own);
    }

    @Test
    @DisplayName(
            "is in a channel again from which it reads its removal, and to which a later state of it was added anew")
    void addedAgainAfterTheCopy() {
        MemoryStore copy = alice.store.copy();
        bob.create("spare");
        Resident carol = village.join("carol");
        alice.add(channel, carol);
        village.pass(1_000);
        carol.remove(channel, alice);
        village.pass(1_000);
        carol.add(channel, alice);
        carol.remove(channel, carol);
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(membership(alice)).isEqualTo(Membership.MEMBER);
        assertTheyTalk();
    }

    @Test
    @DisplayName("is in a channel to which it was added by a KeyPackage that was made after the copy")
    void addedByALaterKeyPackage() {
        ChannelId other = bob.create("other");
        MemoryStore copy = alice.store.copy();
        for (int i = 0; i < 3; i++) {
            bob.add(bob.create("channel " + i), alice);
        }
        village.pass(1_000);
        alice.stop();
        bob.add(other, alice);
        alice.store = copy;
        alice.start();
        village.pass(2 * A_WHILE_MILLIS);
        assertThat(alice.engine().channels()).hasSize(5);
        assertAliceIsBackIn(other);
        assertThat(alice.engine().channels())
                .allSatisfy(each -> assertThat(each.membership()).isEqualTo(Membership.MEMBER));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "takes no other way in while its server bends or withholds the Welcome, so that nothing that was said is lost")
    void welcomeBentForAWhile(boolean withheld) {
        ChannelId other = bob.create("other");
        alice.stop();
        bob.add(other, alice);
        bob.send(other, "welcome");
        village.server.tamper = frame -> {
            if (!frame.hasWelcomes()) {
                return frame;
            }
            Welcomes.Builder lie = Welcomes.newBuilder();
            if (!withheld) {
                frame.getWelcomes()
                        .getWelcomesList()
                        .forEach(it -> lie.addWelcomes(it.toBuilder().clearSignedGenesis()));
            }
            return frame.toBuilder().setWelcomes(lie).build();
        };
        alice.start();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(other)).isEmpty();
        village.server.tamper = frame -> frame;
        alice.dropConnection();
        alice.reconnect();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(other)).containsExactly("welcome");
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "does not enter a channel in which the log shows no leaf of it, whatever its server says, and tells nobody")
    void noLeafThere() {
        ChannelId left = bob.create("left");
        MemoryStore copy = alice.store.copy();
        bob.add(left, alice);
        village.pass(1_000);
        bob.remove(left, alice);
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(left)).isEmpty();
        assertThat(told(alice, ClientEvent.WelcomeRefused.class)).isEmpty();
        assertThat(told(alice, ClientEvent.CaughtUp.class)).isNotEmpty();
    }

    @Test
    @DisplayName("keeps the KeyPackages of the key that it has given up until their time is over, and no longer")
    void formerKeyPackages() {
        MemoryStore copy = alice.store.copy();
        Set<Bytes> former = keyPackages(copy);
        alice.send(channel, "one");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(keyPackages(alice.store))
                .as("its server's word that no Welcome waits")
                .containsAll(former);
        alice.stop();
        village.now += Limits.KEY_PACKAGE_LIFETIME_MILLIS + Limits.KEY_PACKAGE_GRACE_MILLIS + A_WHILE_MILLIS;
        for (int login = 0; login < 2; login++) {
            alice.start();
            village.pass(A_WHILE_MILLIS);
            alice.stop();
        }
        assertThat(keyPackages(alice.store)).doesNotContainAnyElementsOf(former);
    }

    @Test
    @DisplayName("goes on in a channel that a later state of it has founded, as a member under its new key")
    void foundedByALaterState() {
        alice.cut();
        alice.command(new DeviceEvent.CreateChannel(
                alice.nextCommand(), "new", chat.samara.client.channel.ChannelSuite.STANDARD));
        MemoryStore copy = alice.store.copy();
        alice.reconnect();
        village.pass(1_000);
        ChannelId founded = founding(copy);
        alice.add(founded, bob);
        alice.send(founded, "first");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.engine().channel(founded).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        alice.send(founded, "second");
        bob.send(founded, "third");
        village.pass(1_000);
        assertThat(bob.texts(founded)).containsExactly("first", "second", "third");
        assertThat(alice.texts(founded)).endsWith("second", "third");
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "says that a channel is not made which was being founded under the key that it has given up, and by which"
                    + " name")
    void neverFounded() {
        alice.cut();
        alice.command(new DeviceEvent.CreateChannel(
                alice.nextCommand(), "new", chat.samara.client.channel.ChannelSuite.STANDARD));
        MemoryStore copy = alice.store.copy();
        ChannelId never = founding(copy);
        DeviceId before = device(alice);
        village.server.check = (device, frame) -> frame.hasCreateChannel() && device.equals(before)
                ? Optional.of(chat.samara.wire.Refusal.of(chat.samara.wire.proto.ErrorCode.DISK_FULL, "later"))
                : Optional.empty();
        alice.reconnect();
        alice.send(channel, "one");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.ChannelNotFounded.class))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.channel()).isEqualTo(never);
                    assertThat(event.name()).isEqualTo("new");
                });
        assertThat(alice.engine().channel(never)).isEmpty();
        assertTheyTalk();
    }

    private ChannelId founding(MemoryStore store) {
        ChannelBook book = new ChannelBook();
        book.load(store);
        return book.all().stream()
                .filter(each -> each.is(Membership.FOUNDING))
                .map(LiveChannel::id)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("goes on wherever it crashes in between")
    void crashes() {
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "one");
        village.pass(1_000);
        restore(copy);
        for (int i = 0; i < 12; i++) {
            village.pass(150L * i);
            alice.stop();
            alice.start();
            village.settle();
        }
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class)).hasSize(1);
        assertTheyTalk();
    }

    @Test
    @DisplayName("is left alone where nothing was sent since the copy")
    void nothingSent() {
        MemoryStore copy = alice.store.copy();
        DeviceId before = device(alice);
        bob.send(channel, "meanwhile");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(device(alice)).isEqualTo(before);
        assertTheyTalk();
    }

    @Test
    @DisplayName("makes the other copy stop and ask; a person decides, and only then the other goes on")
    void twoCopies() {
        MemoryStore first = alice.store;
        restoreBehind("one");
        DeviceId successor = device(alice);

        alice.events.clear();
        restore(first);
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.DeviceReplaced.class)).first().satisfies(replaced -> {
            assertThat(replaced.by()).isEqualTo(successor);
            assertThat(replaced.noticedMillis().orElseThrow())
                    .as("when it heard of it")
                    .isBetween(village.now - A_WHILE_MILLIS, village.now);
        });
        assertThat(alice.engine().connection()).isEqualTo(ConnectionState.OFFLINE);
        assertThat(alice.texts(channel)).as("what it has stays readable").contains("before", "one");
        long attempts = logins();
        village.pass(10 * A_WHILE_MILLIS);
        assertThat(logins()).as("it does not try again by itself").isEqualTo(attempts);

        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeOver(command));
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.outcome(command)).isEqualTo(new Outcome.Done());
        assertThat(device(alice)).isNotEqualTo(successor);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "takes over from another copy, and what that has said under its own key was said while this one had no place; it is no attack")
    void saidByTheOtherCopy() {
        MemoryStore first = alice.store;
        restoreBehind("one");
        alice.send(channel, "by the other, at once");
        village.pass(1_000);
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(1_000);
        alice.send(channel, "by the other, later");
        village.pass(1_000);
        restore(first);
        village.pass(A_WHILE_MILLIS);
        alice.command(new DeviceEvent.TakeOver(alice.nextCommand()));
        village.pass(A_WHILE_MILLIS);

        assertThat(unreadable(alice)).hasSize(2).allSatisfy(body -> {
            assertThat(body.reason()).isEqualTo(UnreadableReason.EPOCH_AHEAD);
            assertThat(body.detail().code()).isEqualTo(UnreadableDetail.Code.EPOCH_NOT_REACHED);
            assertThat(Long.parseLong(body.detail().arguments().get(0)))
                    .as("sent in a later epoch than the one it has")
                    .isGreaterThan(Long.parseLong(body.detail().arguments().get(1)));
        });
        assertThat(bob.texts(channel)).contains("by the other, at once", "by the other, later");
        assertTheyTalk();
    }

    private long logins() {
        return village.server.log.stream()
                .filter(it -> it == ClientFrame.BodyCase.LOGIN || it == ClientFrame.BodyCase.REPLACE_DEVICE)
                .count();
    }

    @Test
    @DisplayName(
            "knows what waits in it for said, where a later state said it in an epoch that the copy can still reach")
    void saidInAnEpochThatItReaches() {
        alice.cut();
        alice.send(channel, "on its way");
        MemoryStore copy = alice.store.copy();
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.pass(1_000);
        alice.reconnect();
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(unreadable(alice)).isEmpty();
        assertThat(alice.pendingTexts(channel)).isEmpty();
        assertThat(alice.texts(channel)).containsExactly("before", "on its way");
        assertThat(bob.texts(channel)).containsExactly("before", "on its way");
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "says again what waits in it, and calls nothing forged, where a later state said it behind a commit of its own")
    void saidInAnEpochNeverReached() {
        alice.cut();
        alice.send(channel, "on its way");
        MemoryStore copy = alice.store.copy();
        alice.stop();
        Bytes waits = Keys.numbered(channel, alice.store.firstNumber(DeviceTable.OUTGOING));
        byte[] row = alice.store.get(DeviceTable.OUTGOING, waits).orElseThrow();
        alice.store.clear(DeviceTable.OUTGOING);
        alice.cutOff = false;
        alice.start();
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
        village.pass(1_000);
        alice.stop();
        alice.store.put(DeviceTable.OUTGOING, waits, row);
        alice.start();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("before", "on its way");
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(unreadable(alice))
                .extracting(MessageBody.Unreadable::reason)
                .containsOnly(UnreadableReason.OWN_RECORD_UNKNOWN);
        assertThat(alice.pendingTexts(channel)).isEmpty();
        assertThat(alice.texts(channel)).containsExactly("before", "on its way");
        assertThat(bob.texts(channel)).containsExactly("before", "on its way", "on its way");
        assertTheyTalk();
    }

    private void pushOut(Resident resident) {
        village.server.pushOut(device(resident));
        village.settle();
    }

    @Test
    @DisplayName("that another copy pushes out again and again, though neither says anything, goes on under a new key")
    void idleCopies() {
        DeviceId before = device(alice);
        for (int i = 1; i < Limits.PUSHED_OUT_MAX; i++) {
            pushOut(alice);
            village.pass(A_WHILE_MILLIS);
        }
        assertThat(device(alice)).as("it may have been a connection of its own").isEqualTo(before);
        pushOut(alice);
        village.pass(A_WHILE_MILLIS);
        assertThat(device(alice)).isNotEqualTo(before);
        assertThat(told(alice, ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.CONNECTED_TWICE));
        assertTheyTalk();
    }

    @Test
    @DisplayName("is not made to change its key again and again by a server that pushes it out, nor to connect at once")
    void pushedOutForNothing() {
        for (int i = 0; i < 20 * Limits.PUSHED_OUT_MAX; i++) {
            pushOut(alice);
            village.pass(1_000);
        }
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        village.pass(10 * A_WHILE_MILLIS);
        assertTheyTalk();
    }

    @Test
    @DisplayName("has nothing to take over where no other copy goes on")
    void nothingToTakeOver() {
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeOver(command));
        assertThat(alice.outcome(command))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.NOT_REPLACED));
    }

    @Test
    @DisplayName("says what was on its way again, once, and tells the application its new name")
    void saysAgain() {
        alice.cut();
        alice.send(channel, "on its way");
        MemoryStore copy = alice.store.copy();
        alice.reconnect();
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("before", "on its way");
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("before", "on its way");
        assertThat(alice.texts(channel)).containsExactly("before", "on its way");
        assertThat(alice.engine().pending(channel))
                .extracting(message -> message.state())
                .doesNotContain(MessageState.QUEUED);
        assertTheyTalk();
    }

    @Test
    @DisplayName("still reads late messages of the epochs that it knew")
    void late() {
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        bob.send(channel, "late of bob");
        village.server.hubIsCut = false;
        restoreBehind("one");
        assertThat(membership(alice)).isEqualTo(Membership.MEMBER);
        village.server.reachHub();
        village.settle();
        assertThat(alice.texts(channel)).contains("late of bob");
        assertTheyTalk();
    }

    @Test
    @DisplayName("has a line in its history that says what it cannot read")
    void history() {
        restoreBehind("one");
        assertThat(alice.history(channel))
                .filteredOn(message -> message.body() instanceof MessageBody.ReturnedHere)
                .hasSize(1);
        assertThat(Optional.of(membership(alice))).contains(Membership.MEMBER);
    }

    @Test
    @DisplayName("is shown to the others as one that goes on under another device key, with the date")
    void shownToOthers() {
        restoreBehind("one");
        assertThat(bob.history(channel))
                .extracting(message -> message.body())
                .contains(new MessageBody.Returned(true))
                .doesNotContain(new MessageBody.Returned(false));
        assertThat(bob.engine().members(channel))
                .filteredOn(member -> member.user().equals(alice.user()))
                .singleElement()
                .satisfies(member -> assertThat(member.deviceRenewedMillis().orElseThrow())
                        .isBetween(village.now - A_WHILE_MILLIS, village.now));
        assertThat(bob.engine().identityKeys(alice.user()))
                .singleElement()
                .satisfies(key -> assertThat(key.deviceRenewedMillis()).isPresent());
    }

    @Test
    @DisplayName("is not made to change its key again and again by a server that miscounts")
    void lyingCount() {
        village.server.countsTooMuch = true;
        for (int i = 0; i < 5; i++) {
            alice.dropConnection();
            village.pass(A_WHILE_MILLIS);
        }
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertTheyTalk();
    }

    /** What alice has said stands in no log yet; she is put back to before that, and says more. */
    private void goesOnFrom(MemoryStore copy, String... all) {
        restore(copy);
        alice.send(channel, "three");
        village.server.reachHub();
        village.pass(A_WHILE_MILLIS);
        assertThat(unreadable(bob)).isEmpty();
        assertThat(bob.texts(channel)).containsExactly(all);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "soon after it changed its key uses no key twice, also while the hub is away: it skips what the server has"
                    + " counted")
    void soonAfterARenewal() {
        restoreBehind("zero");
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        MemoryStore copy = alice.store.copy();
        village.server.hubIsCut = true;
        alice.send(channel, "one");
        alice.send(channel, "two");
        goesOnFrom(copy, "before", "zero", "one", "two", "three");
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
    }

    @Test
    @DisplayName("to a copy that a version made which did not count uses no key twice, also while the hub is away")
    void copyWithoutACount() {
        alice.stop();
        Bytes key = Keys.channel(channel);
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                alice.store.get(DeviceTable.CHANNEL, key).orElseThrow());
        MemoryStore copy = alice.store.copy();
        copy.put(
                DeviceTable.CHANNEL,
                key,
                row.toBuilder()
                        .clearHandedOverClaimed()
                        .clearHandedOverCounted()
                        .build()
                        .toByteArray());
        alice.start();
        village.settle();
        village.server.hubIsCut = true;
        alice.send(channel, "one");
        alice.send(channel, "two");
        goesOnFrom(copy, "before", "one", "two", "three");
    }

    @Test
    @DisplayName("is not to be taken for one because its server gives other bytes its name")
    void lyingRecords() {
        DeviceId before = device(alice);
        FakeChannel log = village.server.channel(channel);
        log.append(
                RecordKind.APPLICATION,
                log.group.epoch(),
                new IdempotencyKey(Bytes.ofHex("0a".repeat(16))),
                Optional.of(before),
                log.typed.get(log.typed.size() - 1).record().payload());
        village.server.push();
        village.pass(A_WHILE_MILLIS);
        assertThat(device(alice)).isEqualTo(before);
        assertTheyTalk();
    }

    @Test
    @DisplayName("that its server says was replaced by a device that does not exist takes its own place back")
    void replacedByNobody() {
        alice.receive(ServerFrame.newBuilder()
                .setError(Error.newBuilder().setCode(ErrorCode.DEVICE_REPLACED).setDetail("00".repeat(16)))
                .build());
        assertThat(told(alice, ClientEvent.DeviceReplaced.class)).hasSize(1);
        alice.command(new DeviceEvent.TakeOver(alice.nextCommand()));
        village.pass(A_WHILE_MILLIS);
        assertThat(told(alice, ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertTheyTalk();
    }
}
