package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Frames that leave out what a device knows say what whole ones say, or are asked for again. */
@DisplayName("Of frames that leave out what a device knows, it")
class TerseFramesTest {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(59);
    private final List<TerseEntries> sent = new ArrayList<>();
    private Resident alice;
    private Resident bob;
    private ChannelId channel;

    @BeforeEach
    void theyTalk() {
        village.server.isTerse = true;
        village.server.bend = this::noted;
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        alice.send(channel, "before");
        village.pass(1_000);
        sent.clear();
        village.server.log.clear();
    }

    private TerseEntries noted(TerseEntries frame) {
        sent.add(frame);
        return frame;
    }

    private long follows() {
        return village.server.log.stream()
                .filter(ClientFrame.BodyCase.FOLLOW::equals)
                .count();
    }

    private void assertTheyTalk() {
        village.server.bend = this::noted;
        alice.send(channel, "alice now");
        bob.send(channel, "bob now");
        village.pass(A_WHILE_MILLIS);
        for (Resident each : List.of(alice, bob)) {
            assertThat(each.texts(channel)).as(each.name).containsOnlyOnce("alice now", "bob now");
            assertThat(each.pendingTexts(channel)).as(each.name).isEmpty();
            assertThat(each.engine().channel(channel).orElseThrow().membership())
                    .as(each.name)
                    .isEqualTo(Membership.MEMBER);
            assertThat(each.events(ClientEvent.LogWithheld.class)).as(each.name).isEmpty();
        }
    }

    @Test
    @DisplayName("reads what others have said, and its own, which has no payload there")
    void readsThem() {
        alice.send(channel, "hello");
        bob.send(channel, "hello alice");
        village.pass(1_000);

        assertThat(alice.texts(channel)).containsExactly("before", "hello", "hello alice");
        assertThat(bob.texts(channel)).containsExactly("before", "hello", "hello alice");
        assertThat(sent).hasSize(4);
        assertThat(sent.stream().filter(frame -> isOwn(frame.getEntries(0)))).hasSize(2);
        assertThat(follows()).isZero();
    }

    private void receive(Resident who, TerseEntries frame) {
        who.receive(ServerFrame.newBuilder().setTerseEntries(frame).build());
        village.pass(1_000);
    }

    @Test
    @DisplayName("takes one again that it has read: it was on its way when this device said again where it stands")
    void ownMessageAgain() {
        alice.dropConnection();
        alice.reconnect();
        village.pass(1_000);
        sent.clear();
        village.server.log.clear();
        alice.send(channel, "once");
        village.pass(1_000);
        TerseEntries own = sent.stream()
                .filter(frame -> isOwn(frame.getEntries(0)))
                .findFirst()
                .orElseThrow();

        receive(alice, own);

        assertThat(follows()).as("how often it follows anew").isZero();
        assertThat(alice.texts(channel)).containsExactly("before", "once");
        bob.send(channel, "and on");
        village.pass(1_000);
        assertThat(alice.texts(channel)).containsExactly("before", "once", "and on");
        assertThat(follows()).isZero();
    }

    @Test
    @DisplayName("forgets none of its messages for frames that the hub has not signed, which name others of them")
    void forgedFrames() {
        village.server.frameBytesMax = Integer.MAX_VALUE;
        ChannelId other = alice.create("next town");
        alice.dropConnection();
        alice.reconnect();
        village.pass(1_000);
        sent.clear();
        alice.send(channel, "once");
        village.pass(1_000);
        TerseEntries own = sent.stream()
                .filter(frame -> isOwn(frame.getEntries(0)))
                .findFirst()
                .orElseThrow();
        village.server.hubIsCut = true;
        Random random = new Random(1);
        for (int i = 0; i < 60; i++) {
            StringBuilder text = new StringBuilder();
            random.ints(8_000, 'a', 'z').forEach(letter -> text.append((char) letter));
            alice.send(other, text.toString());
        }
        village.settle();
        village.server.bend = frame -> frame.toBuilder()
                .setHead(frame.getHead().toBuilder().setSignature(ByteString.copyFrom(new byte[64])))
                .build();
        // What was on its way to where it stood before may come as long as the server has not answered where it stands
        // now.
        village.server.tamper = frame -> frame.hasDone()
                ? ServerFrame.newBuilder().setPong(Pong.getDefaultInstance()).build()
                : frame;
        village.server.reachHub();
        village.pass(1_000);
        assertThat(alice.texts(other)).hasSize(60);
        village.server.bend = this::noted;
        village.server.log.clear();

        receive(alice, own);

        assertThat(follows()).as("how often it follows anew").isZero();
        assertThat(alice.texts(channel)).containsExactly("before", "once");
    }

    @Test
    @DisplayName(
            "reads what comes for where it stood before, as long as the server has not answered where it stands now")
    void saidTwice() {
        alice.dropConnection();
        alice.reconnect();
        village.pass(1_000);
        sent.clear();
        // The server's answers are late.
        village.server.tamper = frame -> frame.hasDone()
                ? ServerFrame.newBuilder().setPong(Pong.getDefaultInstance()).build()
                : frame;
        bob.send(channel, "heard twice");
        village.pass(1_000);
        TerseEntries before = sent.stream()
                .filter(frame -> !isOwn(frame.getEntries(0)))
                .findFirst()
                .orElseThrow();
        village.server.log.clear();
        alice.create("next town");
        village.pass(1_000);
        long follows = follows();
        assertThat(follows).as("it follows its new channel").isPositive();

        receive(alice, before);

        assertThat(follows()).as("how often it follows").isEqualTo(follows);
        assertThat(alice.texts(channel)).containsExactly("before", "heard twice");
    }

    private static boolean isOwn(SlimEntry entry) {
        return entry.getDevice().isEmpty()
                && entry.getPayload().isEmpty()
                && entry.getMessage().isEmpty();
    }

    @Test
    @DisplayName("asks once for its own message of a state that it has lost, and reads it as if it had come whole")
    void ownMessageGone() {
        village.server.forgetsCounts = true;
        MemoryStore copy = alice.store.copy();
        alice.send(channel, "of a later state");
        village.pass(1_000);
        alice.stop();
        alice.store = copy;
        village.server.log.clear();
        alice.start();
        village.settle();

        assertThat(follows()).as("how often it follows").isGreaterThanOrEqualTo(2);
        village.pass(A_WHILE_MILLIS);
        assertThat(alice.events(ClientEvent.OldStateNoticed.class)).hasSize(1);
        assertThat(bob.texts(channel)).containsExactly("before", "of a later state");
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "asks where a frame points to another of its messages than stands there, and shows each in its own place")
    void anotherRow() {
        village.server.hubIsCut = true;
        alice.send(channel, "one");
        alice.send(channel, "two");
        village.settle();
        village.server.bend = frame -> {
            if (frame.getEntriesCount() != 2 || !isOwn(frame.getEntries(0))) {
                return frame;
            }
            ByteString first = frame.getEntries(0).getIdempotencyKey();
            TerseEntries.Builder exchanged = frame.toBuilder();
            exchanged.getEntriesBuilder(0).setIdempotencyKey(frame.getEntries(1).getIdempotencyKey());
            exchanged.getEntriesBuilder(1).setIdempotencyKey(first);
            return exchanged.build();
        };
        village.server.reachHub();
        village.pass(1_000);

        assertThat(alice.texts(channel)).containsExactly("before", "one", "two");
        assertThat(bob.texts(channel)).containsExactly("before", "one", "two");
        assertThat(follows()).isEqualTo(1);
        assertTheyTalk();
    }

    @Test
    @DisplayName("asks where a frame is said to be of another channel, and reads both")
    void anotherChannel() {
        ChannelId other = alice.create("next town");
        village.pass(1_000);
        village.server.bend = frame -> frame.toBuilder()
                .setChannelStart(ByteString.copyFrom(other.bytes().slice(0, 4).toByteArray()))
                .build();
        alice.send(channel, "said here");
        alice.send(other, "said there");
        village.pass(A_WHILE_MILLIS);

        assertTheyTalk();
        assertThat(alice.texts(channel)).containsOnlyOnce("said here");
        assertThat(alice.texts(other)).containsExactly("said there");
    }

    @Test
    @DisplayName("asks once a channel and session, whatever a server goes on to send")
    void asksOnce() {
        village.server.bend = frame -> frame.toBuilder()
                .setHead(frame.getHead().toBuilder().setSignature(ByteString.copyFrom(new byte[64])))
                .build();
        for (int i = 0; i < 10; i++) {
            bob.send(channel, "text " + i);
            village.pass(1_000);
        }

        assertThat(alice.texts(channel)).hasSize(11);
        assertThat(follows()).as("of two devices").isEqualTo(2);
        assertTheyTalk();
    }

    @Test
    @DisplayName(
            "keeps as evidence what whole frames are, where its hub has signed two logs and a frame begins in the other")
    void anotherLog() {
        alice.send(channel, "read by both");
        village.pass(1_000);
        FakeChannel real = village.server.channel(channel);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        for (int i = 1; i <= 2; i++) {
            forged.append(
                    RecordKind.APPLICATION,
                    record.epoch(),
                    new IdempotencyKey(Bytes.ofHex(("0" + i).repeat(16))),
                    record.device(),
                    record.payload());
        }
        forged.readable.putAll(real.readable);
        village.server.channels.put(channel, forged);
        village.server.push();
        village.pass(A_WHILE_MILLIS);

        for (Resident each : List.of(alice, bob)) {
            assertThat(sent)
                    .as("frames that begin behind what is another entry here")
                    .isNotEmpty();
            assertThat(each.events(ClientEvent.ForkDetected.class))
                    .as(each.name)
                    .singleElement()
                    .satisfies(fork -> assertThat(fork.frozen()).isTrue());
            assertThat(each.engine().channel(channel).orElseThrow().membership())
                    .as(each.name)
                    .isEqualTo(Membership.FROZEN);
        }
    }

    @Test
    @DisplayName("is sent none by a server of an earlier version, and reads what that sends")
    void serverOfBefore() {
        village.server.isTerse = false;
        alice.dropConnection();
        bob.dropConnection();
        village.pass(A_WHILE_MILLIS);
        sent.clear();

        assertTheyTalk();
        assertThat(sent).isEmpty();
    }
}
