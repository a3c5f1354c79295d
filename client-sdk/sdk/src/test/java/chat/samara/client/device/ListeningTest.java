package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("A device whose state is older than what it has sent")
class ListeningTest {
    private static final long A_WHILE_MILLIS = 60_000;
    private static final int CRASHES_MAX = 200;

    private final Village village = new Village(47);
    private Resident alice;
    private Resident bob;
    private Resident carol;
    private ChannelId channel;

    @BeforeEach
    void theyTalk() {
        alice = village.join("alice");
        bob = village.join("bob");
        carol = village.join("carol");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
    }

    private FakeChannel log() {
        return village.server.channel(channel);
    }

    private DeviceId device(Resident resident) {
        return resident.engine().account().orElseThrow().device();
    }

    private Membership membership(Resident resident) {
        return resident.engine().channel(channel).orElseThrow().membership();
    }

    private void restore(MemoryStore copy) {
        alice.stop();
        alice.store = copy;
        alice.start();
        village.settle();
    }

    /** The others talk, and change who is in the channel. Carol is in it afterwards. */
    private void theyGoOn() {
        bob.add(channel, carol);
        bob.send(channel, "two");
        carol.send(channel, "three");
        village.pass(1_000);
        carol.remove(channel, bob);
        carol.add(channel, bob);
        village.pass(1_000);
        carol.send(channel, "four");
        village.pass(1_000);
    }

    /** From now on the server takes no commit of alice's. */
    private void keepAliceOut() {
        village.server.check = (device, frame) ->
                frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT && device.equals(device(alice))
                        ? Optional.of(Refusal.limitReached("later", "commits<=0", 1_000))
                        : Optional.empty();
    }

    private void letAliceIn() {
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * Limits.RETURN_RETRY_MILLIS);
        assertThat(membership(alice)).isEqualTo(Membership.MEMBER);
    }

    /** Alice's server says that it has counted more than she has sent, and keeps her from returning. */
    private void aliceIsOut() {
        village.server.countsTooMuch = true;
        keepAliceOut();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        village.server.countsTooMuch = false;
        assertThat(alice.events(ClientEvent.DeviceRenewed.class)).hasSize(1);
        assertThat(membership(alice)).isEqualTo(Membership.RETURNING);
    }

    private void assertTheyTalk(String as) {
        alice.send(channel, "alice now");
        bob.send(channel, "bob now");
        village.pass(A_WHILE_MILLIS);
        for (Resident each : List.of(alice, bob)) {
            assertThat(membership(each)).as(as + ": " + each.name).isEqualTo(Membership.MEMBER);
            assertThat(each.texts(channel)).as(as + ": " + each.name).containsOnlyOnce("alice now", "bob now");
        }
    }

    private List<MessageBody> bodies(Resident resident) {
        return resident.history(channel).stream().map(Message::body).toList();
    }

    private List<UnreadableReason> unreadable(Resident resident) {
        return bodies(resident).stream()
                .filter(MessageBody.Unreadable.class::isInstance)
                .map(body -> ((MessageBody.Unreadable) body).reason())
                .toList();
    }

    private MessageBody.ReturnedHere returnedHere() {
        return bodies(alice).stream()
                .filter(MessageBody.ReturnedHere.class::isInstance)
                .map(MessageBody.ReturnedHere.class::cast)
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    @Test
    @DisplayName(
            "reads what others have said since, also in later epochs, though it is old from its login on, and seals"
                    + " nothing under its old key")
    void readsWhatWasSaid() {
        MemoryStore copy = alice.store.copy();
        DeviceId before = device(alice);
        alice.send(channel, "one");
        theyGoOn();
        int length = log().typed.size();
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.SERVER_COUNTS_MORE));
        assertThat(alice.texts(channel)).containsExactly("before", "one", "two", "three", "four");
        assertThat(alice.history(channel))
                .filteredOn(message -> message.body().equals(new MessageBody.Text("one")))
                .singleElement()
                .satisfies(message -> {
                    assertThat(message.own()).isTrue();
                    assertThat(message.id().orElseThrow().device()).isEqualTo(before);
                });
        assertThat(unreadable(alice)).isEmpty();
        assertThat(returnedHere().fromEpoch())
                .as("no epoch is missing")
                .isEqualTo(returnedHere().toEpoch());
        assertTheyTalk("after");
        assertThat(log().typed.subList(length, log().typed.size()))
                .extracting(entry -> entry.record().device())
                .doesNotContain(Optional.of(before));
    }

    @Test
    @DisplayName(
            "reads up to its own later commit, which only that later state could process, and names the epochs behind")
    void readsUpToItsOwnCommit() {
        MemoryStore copy = alice.store.copy();
        bob.add(channel, carol);
        bob.send(channel, "two");
        village.pass(1_000);
        long reached = log().group.epoch();
        alice.remove(channel, carol);
        bob.send(channel, "three");
        village.pass(1_000);
        restore(copy);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).containsExactly("before", "two");
        assertThat(unreadable(alice)).containsExactly(UnreadableReason.EPOCH_AHEAD);
        assertThat(returnedHere()).isEqualTo(new MessageBody.ReturnedHere(reached + 1, reached + 2));
        assertThat(bodies(bob)).noneMatch(MessageBody.MemberBarred.class::isInstance);
        assertThat(log().blame().barred()).as("nobody is blamed").isEmpty();
        assertTheyTalk("after");
    }

    @Test
    @DisplayName(
            "reads what is said for as long as it is kept from returning, though it was the count alone that was a lie")
    void keptOut() {
        aliceIsOut();
        theyGoOn();
        assertThat(membership(alice)).isEqualTo(Membership.RETURNING);
        assertThat(alice.texts(channel)).containsExactly("before", "two", "three", "four");
        letAliceIn();
        assertThat(unreadable(alice)).isEmpty();
        assertTheyTalk("after");
    }

    @Test
    @DisplayName(
            "comes back as before where a version before this one has left it out of its place, which did not listen"
                    + " on")
    void ofAnEarlierVersion() {
        aliceIsOut();
        alice.stop();
        Bytes key = Keys.channel(channel);
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                alice.store.get(DeviceTable.CHANNEL, key).orElseThrow());
        assertThat(row.getListens()).isTrue();
        alice.store.put(
                DeviceTable.CHANNEL, key, row.toBuilder().clearListens().build().toByteArray());
        alice.start();
        theyGoOn();
        letAliceIn();
        assertThat(alice.texts(channel)).containsExactly("before");
        assertTheyTalk("after");
    }

    private Optional<Group> restored(DeviceTable table) throws Exception {
        Map<Bytes, Bytes> rows = new TreeMap<>();
        alice.store.scan(table, channel.bytes(), Keys.endOf(channel), (key, value) -> {
            rows.put(Keys.mlsKeyOf(key), Bytes.wrapUnsafe(value));
            return true;
        });
        OwnIdentity own = OwnIdentity.of(
                alice.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow());
        return rows.isEmpty()
                ? Optional.empty()
                : Optional.of(Group.restore(
                        rows,
                        own.deviceKeys(),
                        new chat.samara.mls.group.GroupEnvironment(
                                new chat.samara.wire.channel.DeviceAuthentication(),
                                village.random(),
                                () -> Instant.ofEpochMilli(village.now))));
    }

    @Test
    @DisplayName(
            "makes nothing with its old group, and has no more of it, once it is back, than the message keys of epochs"
                    + " that are still open")
    void erased() throws Exception {
        aliceIsOut();
        theyGoOn();
        assertThat(restored(DeviceTable.GROUP).orElseThrow().isListenOnly()).isTrue();
        bob.cut();
        village.server.check = (device, frame) -> Optional.empty();
        village.pass(2 * Limits.RETURN_RETRY_MILLIS);
        assertThat(membership(alice)).isEqualTo(Membership.MEMBER);
        assertThat(restored(DeviceTable.GROUP).orElseThrow().isListenOnly()).isFalse();
        Group past = restored(DeviceTable.PAST_GROUP).orElseThrow();
        assertThat(past.isActive())
                .as("it has the keys of its leaf, and of the present epoch")
                .isFalse();
        bob.reconnect();
        village.server.closeEpochs(channel, log().group.epoch() - 1);
        village.settle();
        assertThat(alice.store.size(DeviceTable.PAST_GROUP)).isZero();
        assertTheyTalk("after");
    }

    @Test
    @DisplayName("reads what was said in such an epoch, and came late")
    void late() {
        aliceIsOut();
        bob.add(channel, carol);
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        carol.send(channel, "late");
        village.server.hubIsCut = false;
        letAliceIn();
        village.server.reachHub();
        village.settle();
        assertThat(alice.texts(channel)).contains("late");
        assertThat(unreadable(alice)).isEmpty();
    }

    @Test
    @DisplayName("has no secrets left where it is removed before it is back, and reads nothing more")
    void removedMeanwhile() {
        aliceIsOut();
        bob.add(channel, carol);
        bob.send(channel, "two");
        bob.remove(channel, alice);
        bob.send(channel, "three");
        village.pass(1_000);
        assertThat(membership(alice)).isEqualTo(Membership.REMOVED);
        assertThat(alice.texts(channel)).containsExactly("before", "two");
        for (DeviceTable table : List.of(DeviceTable.GROUP, DeviceTable.PAST_GROUP, DeviceTable.JOINING_GROUP)) {
            assertThat(alice.store.size(table)).as(table.name()).isZero();
        }
        village.server.check = (device, frame) -> Optional.empty();
        bob.add(channel, alice);
        village.pass(A_WHILE_MILLIS);
        assertTheyTalk("after");
    }

    @TestFactory
    @DisplayName("reads and says everything once, wherever it crashes")
    Stream<DynamicTest> everyCrash() {
        return Stream.of(true, false)
                .map(before -> DynamicTest.dynamicTest(
                        before ? "before a commit" : "after a commit", () -> crashAtEveryCommit(before)));
    }

    private static void crashAtEveryCommit(boolean before) {
        int commit = 1;
        while (new ListeningTest().survives(commit, before)) {
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(10, CRASHES_MAX);
    }

    /** Whether the crash came. */
    private boolean survives(int commit, boolean before) {
        theyTalk();
        String as = "crash " + (before ? "before" : "after") + " commit " + commit;
        alice.cut();
        alice.send(channel, "on its way");
        MemoryStore copy = alice.store.copy();
        alice.reconnect();
        village.pass(1_000);
        theyGoOn();
        alice.stop();
        alice.store = copy;
        int at = copy.commits() + commit;
        if (before) {
            copy.crashBefore(at);
        } else {
            copy.crashAfter(at);
        }
        boolean crashed = false;
        for (Runnable step : List.<Runnable>of(
                () -> {
                    alice.start();
                    village.settle();
                },
                () -> village.pass(A_WHILE_MILLIS),
                () -> village.pass(A_WHILE_MILLIS))) {
            try {
                step.run();
            } catch (MemoryStore.Crash e) {
                crashed = true;
                copy.crashNoMore();
                alice.stop();
                alice.start();
            }
        }
        copy.crashNoMore();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.texts(channel)).as(as).containsExactly("before", "on its way", "two", "three", "four");
        assertThat(unreadable(alice)).as(as).isEmpty();
        assertThat(bob.texts(channel).stream().filter("on its way"::equals))
                .as(as)
                .hasSize(1);
        assertTheyTalk(as);
        return crashed;
    }

    private void receive(List<LogEntry> entries, Optional<chat.samara.wire.proto.SignedHead> head) {
        Entries.Builder message = Entries.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .addAllEntries(entries);
        head.ifPresent(message::setHead);
        alice.receive(ServerFrame.newBuilder().setEntries(message).build());
    }

    @Test
    @DisplayName("goes along with nothing that the hub's word is against: the log is read again from where it was true")
    void shownAnotherLog() {
        aliceIsOut();
        long firstSeq = log().position.seq() + 1;
        village.server.tamper = frame -> frame.hasEntries()
                        && frame.getEntries().getEntriesList().stream()
                                .anyMatch(entry -> log().seqOf(entry).orElse(0L) >= firstSeq)
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(frame.getEntries().getChannelId()))
                        .build()
                : frame;
        alice.cut();
        village.server.tamper = frame -> frame;
        theyGoOn();
        List<Entry> tail =
                List.copyOf(log().typed.subList((int) firstSeq - 1, log().typed.size()));
        FakeChannel fork = log().forkBefore(firstSeq);
        // The true commits early, and what was said left out; then something that nobody has made.
        for (Entry entry : tail) {
            Record record = entry.record();
            if (record.kind() == RecordKind.COMMIT) {
                fork.append(record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload());
            }
        }
        Record last = tail.get(tail.size() - 1).record();
        fork.append(
                RecordKind.APPLICATION,
                last.epoch(),
                IdempotencyKey.random(village.random()),
                last.device(),
                Bytes.ofHex("0011"));
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(frame.getEntries().getChannelId()))
                        .build()
                : frame;
        alice.reconnect();
        village.pass(1_000);
        receive(fork.entries.subList((int) firstSeq - 1, fork.entries.size()), Optional.empty());
        assertThat(alice.engine().members(channel))
                .as("on its server's word, for now")
                .hasSize(3);
        receive(List.of(), Optional.of(log().headAt(tail.get(1).position())));
        assertThat(alice.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        village.server.tamper = frame -> frame;
        alice.cut();
        alice.reconnect();
        village.pass(1_000);
        assertThat(alice.texts(channel)).containsExactly("before", "two", "three", "four");
        assertThat(unreadable(alice)).isEmpty();
        letAliceIn();
        assertTheyTalk("after");
        assertThat(log().blame().barred()).isEmpty();
    }
}
