package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device of which two states have gone on from one, and have sent as many records")
class KeysUsedTwiceTest {
    private static final long A_WHILE_MILLIS = 60_000;
    private static final int CRASHES_MAX = 200;

    private final Village village = new Village(53);
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

    private FakeChannel log() {
        return village.server.channel(channel);
    }

    private DeviceId device() {
        return alice.engine().account().orElseThrow().device();
    }

    private void goOnWith(MemoryStore store) {
        alice.stop();
        alice.store = store;
        alice.cutOff = false;
        alice.start();
        village.settle();
    }

    /** Alice says something that is sealed, and that no server gets; she is cut off then. */
    private void sealedForNobody(String text) {
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit() && device.equals(device())) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.send(channel, text);
        alice.cut();
        village.server.check = (device, frame) -> Optional.empty();
    }

    /** Two states of alice's say two things under one key. The first, which nobody has heard of yet, is where she goes on. */
    private void twoStatesSay(String first, String second) {
        MemoryStore copy = alice.store.copy();
        sealedForNobody(first);
        MemoryStore sealed = alice.store;
        goOnWith(copy);
        alice.send(channel, second);
        village.pass(1_000);
        assertThat(bob.texts(channel)).endsWith(second);
        alice.events.clear();
        goOnWith(sealed);
    }

    private List<UnreadableReason> unreadable(Resident resident) {
        return resident.history(channel).stream()
                .filter(message -> message.body() instanceof MessageBody.Unreadable)
                .map(message -> ((MessageBody.Unreadable) message.body()).reason())
                .toList();
    }

    private void assertTheyTalk(String as) {
        alice.send(channel, "alice now");
        bob.send(channel, "bob now");
        village.pass(1_000);
        for (Resident each : List.of(alice, bob)) {
            assertThat(each.engine().channel(channel).orElseThrow().membership())
                    .as(as)
                    .isEqualTo(Membership.MEMBER);
            assertThat(each.texts(channel)).as(as).containsOnlyOnce("alice now", "bob now");
            assertThat(each.pendingTexts(channel)).as(as).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "says again what nobody could read, since the other state has used its key before, and goes on under a new key")
    void saidAgain() {
        DeviceId before = device();
        twoStatesSay("mine", "other");
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).containsExactly("before", "other", "mine");
        assertThat(unreadable(bob)).as("as it was sealed first").isSubsetOf(UnreadableReason.KEY_CONSUMED);
        assertThat(alice.texts(channel)).containsExactly("before", "mine");
        assertThat(alice.events(ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.KEY_USED_TWICE));
        assertThat(alice.events(ClientEvent.DeviceRenewed.class))
                .containsExactly(new ClientEvent.DeviceRenewed(before, device()));
        assertTheyTalk("after");
    }

    @Test
    @DisplayName("does so again and again, and changes its key no more than once a day")
    void onceADay() {
        twoStatesSay("one", "other one");
        village.pass(A_WHILE_MILLIS);
        DeviceId renewed = device();
        twoStatesSay("two", "other two");
        village.pass(A_WHILE_MILLIS);
        assertThat(device()).isEqualTo(renewed);
        assertThat(bob.texts(channel)).containsExactly("before", "other one", "one", "other two", "two");
        assertTheyTalk("after");
    }

    @Test
    @DisplayName("rather says twice what both states have said than to take it for said that the other has")
    void bothSayTheSame() {
        alice.cut();
        alice.send(channel, "the same");
        MemoryStore copy = alice.store.copy();
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.reconnect();
        village.pass(1_000);
        village.server.check = (device, frame) -> Optional.empty();
        MemoryStore sealed = alice.store;
        goOnWith(copy);
        village.pass(1_000);
        assertThat(bob.texts(channel)).containsExactly("before", "the same");
        goOnWith(sealed);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.KEY_USED_TWICE));
        assertThat(bob.texts(channel)).containsExactly("before", "the same", "the same");
        assertThat(unreadable(alice)).containsExactly(UnreadableReason.OWN_RECORD_UNKNOWN);
        assertTheyTalk("after");
    }

    @Test
    @DisplayName(
            "is not to be taken for one because its server repeats what it has sealed, as it is or with bytes changed")
    void repeatedByTheServer() {
        DeviceId before = device();
        Record mine = caughtOnItsWay("mine").get(0);
        for (int at = 0; at < mine.payload().size(); at++) {
            byte[] changed = mine.payload().toByteArray();
            changed[at] ^= (byte) (at % 7 == 0 ? 0 : 1);
            log().append(
                            RecordKind.APPLICATION,
                            mine.epoch(),
                            IdempotencyKey.random(village.random()),
                            Optional.of(before),
                            Bytes.of(changed));
        }
        village.server.push();
        village.settle();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(device()).isEqualTo(before);
        assertThat(bob.texts(channel)).containsExactly("before", "mine");
        assertThat(alice.texts(channel)).containsExactly("before", "mine");
        assertTheyTalk("after");
    }

    @Test
    @DisplayName(
            "is not to be taken for one because its server repeats what it has sealed in another epoch as if it were of"
                    + " this one")
    void repeatedOfAnotherEpoch() {
        DeviceId before = device();
        List<Record> earlier = log().typed.stream()
                .map(Entry::record)
                .filter(record -> record.kind() == RecordKind.APPLICATION
                        && record.device().equals(Optional.of(before)))
                .toList();
        assertThat(earlier).hasSizeGreaterThan(1);
        bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
        village.pass(1_000);
        long epoch = caughtOnItsWay("mine").get(0).epoch();
        assertThat(earlier).allMatch(record -> record.epoch() < epoch);
        for (Record record : earlier) {
            log().append(record.kind(), epoch, record.idempotencyKey(), record.device(), record.payload());
        }
        village.server.push();
        village.settle();
        alice.dropConnection();
        village.pass(A_WHILE_MILLIS);
        assertThat(device()).isEqualTo(before);
        assertThat(bob.texts(channel)).containsExactly("before", "mine");
        assertTheyTalk("after");
    }

    @Test
    @DisplayName(
            "says it once where its server alone has shown the other state's message, and the hub's word is another")
    void takenBack() {
        MemoryStore copy = alice.store.copy();
        village.server.hubIsCut = true;
        village.server.tellsProvisionally = false;
        alice.send(channel, "mine");
        MemoryStore sealed = alice.store;
        village.server.forgetsCounts = true;
        goOnWith(copy);
        Record other = caughtOnItsWay("other").get(0);
        village.server.forgetsCounts = false;
        alice.events.clear();
        goOnWith(sealed);
        long firstSeq = log().position.seq() + 1;
        FakeChannel fork = log().forkBefore(firstSeq);
        fork.append(other.kind(), other.epoch(), other.idempotencyKey(), other.device(), other.payload());
        alice.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addEntries(fork.entries.get(fork.entries.size() - 1)))
                .build());
        assertThat(alice.events(ClientEvent.OldStateNoticed.class))
                .containsExactly(new ClientEvent.OldStateNoticed(OldState.KEY_USED_TWICE));
        village.server.reachHub();
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.LogTakenBack.class)).isNotEmpty();
        assertThat(bob.texts(channel)).containsExactly("before", "mine");
        assertThat(alice.texts(channel)).containsExactly("before", "mine");
        assertThat(unreadable(alice)).isEmpty();
        assertTheyTalk("after");
    }

    /** What alice says, as it came to her server, which does not answer. */
    private List<Record> caughtOnItsWay(String text) {
        List<Record> caught = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()) {
                caught.add(Record.of(new Record.Content(
                        channel,
                        FakeServer.NAME,
                        1,
                        1,
                        RecordKind.APPLICATION,
                        frame.getSubmit().getEpoch(),
                        new IdempotencyKey(Stored.bytes(frame.getSubmit().getIdempotencyKey())),
                        Optional.of(device),
                        Stored.bytes(frame.getSubmit().getPayload()),
                        1)));
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        alice.send(channel, text);
        village.server.check = (device, frame) -> Optional.empty();
        assertThat(caught).hasSize(1);
        return caught;
    }

    @Test
    @DisplayName("says it once to whoever hears, wherever it crashes meanwhile")
    void crashes() {
        int commit = 1;
        while (new KeysUsedTwiceTest().survives(commit)) {
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(5, CRASHES_MAX);
    }

    /** Whether the crash came. */
    private boolean survives(int commit) {
        theyTalk();
        String as = "crash before commit " + commit;
        MemoryStore copy = alice.store.copy();
        sealedForNobody("mine");
        MemoryStore sealed = alice.store;
        goOnWith(copy);
        alice.send(channel, "other");
        village.pass(1_000);
        alice.stop();
        sealed.crashBefore(sealed.commits() + commit);
        boolean crashed = false;
        for (Runnable step :
                List.<Runnable>of(() -> goOnWith(sealed), () -> village.pass(A_WHILE_MILLIS), () -> village.pass(1))) {
            try {
                step.run();
            } catch (MemoryStore.Crash e) {
                crashed = true;
                sealed.crashNoMore();
                goOnWith(sealed);
            }
        }
        sealed.crashNoMore();
        village.pass(A_WHILE_MILLIS);
        assertThat(bob.texts(channel)).as(as).containsExactly("before", "other", "mine");
        assertThat(alice.texts(channel)).as(as).containsExactly("before", "mine");
        assertTheyTalk(as);
        return crashed;
    }
}
