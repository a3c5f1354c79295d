package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A frame of small messages that are large when they are unpacked")
class TurnBoundTest {
    private static final int COUNT = 200;

    /** One message is taken whole: its text, and what is around it. */
    private static final long ONE_MESSAGE_BYTES_MAX = 2L * chat.samara.wire.Limits.TEXT_BYTES_MAX;

    private final Village village = new Village(19);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private final List<String> said = new ArrayList<>();

    @BeforeEach
    void bobIsAway() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
        bob.cut();
    }

    private static String small(int number) {
        return number + "x".repeat(chat.samara.wire.Limits.TEXT_BYTES_MAX - 16);
    }

    private void sayMuch(IntFunction<String> text) {
        said.clear();
        IntStream.range(0, COUNT).mapToObj(text).forEach(it -> {
            said.add(it);
            alice.send(channel, it);
        });
        bob.store.resetLargestCommit();
    }

    @Test
    @DisplayName("is applied in turns of bounded size, in order, each message told once")
    void bounded() {
        sayMuch(TurnBoundTest::small);
        bob.reconnect();
        assertThat(bob.told()).isEqualTo(said);
        assertThat(bob.texts(channel)).isEqualTo(said);
        assertThat(bob.largestTellingChars)
                .isLessThan(Limits.TURN_BYTES_MAX + ONE_MESSAGE_BYTES_MAX)
                .isGreaterThan(Limits.TURN_BYTES_MAX / 2);
        alice.send(channel, "on");
        bob.send(channel, "on, too");
        assertThat(alice.told()).containsExactly("on, too");
        assertThat(bob.told()).hasSize(COUNT + 1);
    }

    @Test
    @DisplayName("is gone on with after a restart in its middle")
    void restartedInTheMiddle() {
        sayMuch(TurnBoundTest::small);
        bob.store.crashAfter(bob.store.commits() + 4);
        try {
            bob.reconnect();
            throw new AssertionError("it did not crash");
        } catch (MemoryStore.Crash expected) {
            bob.store.crashNoMore();
        }
        bob.stop();
        bob.start();
        village.settle();
        assertThat(bob.texts(channel)).isEqualTo(said);
        assertThat(bob.told()).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("is taken back in turns of bounded size where it was not the log, also with a restart in its middle")
    void takenBack() {
        sayMuch(TurnBoundTest::small);
        FakeChannel log = village.server.channel(channel);
        int first = log.typed.size() - COUNT;
        FakeChannel fork = log.forkBefore(first + 1L);
        log.typed.stream()
                .skip(first)
                .map(Entry::record)
                .forEach(record -> fork.append(
                        record.kind(), record.epoch(), record.idempotencyKey(), record.device(), record.payload()));
        village.server.frameBytesMax = Integer.MAX_VALUE;
        village.server.tamper = frame ->
                frame.hasEntries() && frame.getEntries().getEntriesCount() == COUNT
                        ? frame.toBuilder()
                                .setEntries(Entries.newBuilder()
                                        .setChannelId(frame.getEntries().getChannelId())
                                        .addAllEntries(fork.entries.subList(first, fork.entries.size())))
                                .build()
                        : frame;
        bob.reconnect();
        assertThat(bob.texts(channel).equals(said)).isTrue();
        bob.store.resetLargestCommit();
        bob.store.crashAfter(bob.store.commits() + 1);
        ServerFrame word = ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .setHead(log.head()))
                .build();
        assertThatThrownBy(() -> bob.receive(word)).isInstanceOf(MemoryStore.Crash.class);
        bob.store.crashNoMore();
        bob.stop();
        village.server.tamper = frame -> frame;
        bob.start();
        village.pass(1_000);
        assertThat(bob.store.largestCommitBytes()).isLessThan(Limits.TURN_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
        assertThat(bob.largestTellingChars).isLessThan(Limits.TURN_BYTES_MAX + ONE_MESSAGE_BYTES_MAX);
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        assertThat(bob.texts(channel).equals(said)).isTrue();
        assertThat(bob.told().equals(said)).isTrue();
    }

    @Test
    @DisplayName("makes what comes behind it wait, up to what the server was given credit for")
    void flood() {
        sayMuch(TurnBoundTest::small);
        List<ServerFrame> frames = new ArrayList<>();
        village.server.tamper = frame -> {
            if (frame.hasEntries() && frame.getEntries().getEntriesCount() > COUNT / 2) {
                frames.add(frame);
            }
            return frame;
        };
        bob.holdGoingOn = true;
        bob.reconnect();
        assertThat(frames).hasSize(1);
        ServerFrame frame = frames.get(0);
        for (int i = 0; i < 1_000 && bob.engine().connection() == ConnectionState.ONLINE; i++) {
            bob.receive(frame);
        }
        assertThat(bob.engine().connection()).isNotEqualTo(ConnectionState.ONLINE);
        bob.holdGoingOn = false;
        village.pass(120_000);
        assertThat(bob.texts(channel)).isEqualTo(said);
        assertThat(bob.told()).isEqualTo(said);
    }

    @Test
    @DisplayName("costs no credit of the other channels where its channel is forgotten before it is read")
    void forgotten() {
        sayMuch(TurnBoundTest::small);
        bob.reconnect();
        List<Long> submitted = new ArrayList<>();
        village.server.check = (device, frame) -> {
            if (frame.hasSubmit()
                    && device.equals(bob.engine().account().orElseThrow().device())) {
                submitted.add(frame.getRequestId());
                throw new FakeServer.NoAnswer();
            }
            return Optional.empty();
        };
        bob.send(channel, "to a server that says it does not know this channel");
        bob.cut();
        said.forEach(text -> alice.send(channel, text));
        List<ServerFrame> frames = new ArrayList<>();
        village.server.tamper = frame -> {
            if (frame.hasEntries() && frame.getEntries().getEntriesCount() > COUNT / 2) {
                frames.add(frame);
            }
            return frame;
        };
        bob.holdGoingOn = true;
        bob.reconnect();
        ServerFrame frame = frames.get(0);
        for (long waits = 0; waits < Village.CONFIG.creditBytes(); waits += frame.getSerializedSize()) {
            bob.receive(frame);
        }
        bob.receive(ServerFrame.newBuilder()
                .setRequestId(submitted.get(submitted.size() - 1))
                .setError(Error.newBuilder().setCode(ErrorCode.UNKNOWN_CHANNEL))
                .build());
        assertThat(bob.engine().connection()).isEqualTo(ConnectionState.ONLINE);
        village.server.log.clear();
        long forgetting = bob.nextCommand();
        bob.command(new DeviceEvent.ForgetChannel(forgetting, channel));
        bob.holdGoingOn = false;
        village.settle();
        assertThat(bob.outcome(forgetting)).isInstanceOf(Outcome.Done.class);
        assertThat(village.server.log)
                .contains(ClientFrame.BodyCase.CREDIT)
                .doesNotContain(ClientFrame.BodyCase.FOLLOW);
    }
}
